/**
 * What sh is asked by its stdin. Its first argument is the folder of the volume, its second the number of the run.
 * Only what busybox has too is used, and everything stays on the volume's own disk, where moving is quick.
 */

/** What is ours in a volume for the time of a restore begins so, and is never counted. */
const OURS = ".seaworthy-";

/** Where a copy is unpacked before it takes the place of the live files. */
export const freshIn = (path: string, run: string): string => `${path}/${OURS}new-${run}`;
/** Where the files are that it took the place of. */
export const oldIn = (path: string, run: string): string => `${path}/${OURS}old-${run}`;

const NAMES = `cd "$1"
new="${OURS}new-$2" old="${OURS}old-$2" moving="${OURS}moving-$2"
`;

/** The sizes of all files, added up as they come, whatever their names are. */
export const COUNT = `cd "$1"
find . -path './${OURS}*' -prune -o -type f -exec stat -c %s {} + | awk '{ files++; bytes += $1 } END { printf "%d %.0f\\n", files, bytes }'
`;

/** Says how far a restore of the same run came before a crash; only a fresh one needs the copy unpacked. */
export const PREPARE = `${NAMES}if [ -e "$moving" ]; then echo moving
elif [ -e "$old" ] && [ ! -e "$new" ]; then echo moved
else
  mkdir -p "$new"
  find "$new" -mindepth 1 -maxdepth 1 -exec rm -rf {} +
  echo fresh
fi
`;

/** Live files out of the way first, then those of the copy in; the name of their folder says which of the two has begun. */
export const SWAP = `${NAMES}if [ ! -e "$moving" ]; then
  mkdir -p "$old"
  find . -mindepth 1 -maxdepth 1 ! -name '${OURS}*' -exec mv -f {} "$old/" \\;
  mv "$new" "$moving"
fi
find "$moving" -mindepth 1 -maxdepth 1 -exec mv -f {} . \\;
rmdir "$moving"
`;

export const FORGET = `${NAMES}rm -rf "$old"
`;

export function counted(said: string): { readonly files: number; readonly bytes: number } {
  const [files = 0, bytes = 0] = said.trim().split(" ").map(Number);
  return { files, bytes };
}
