/** What sh is asked by its stdin, with GNU's find, stat, xargs and sha256sum. Its first argument is the folder. */

/** All that is in it but ours, by name: kind, mode, owner, quoted name with where a link leads; then the digest of each file. */
export const LIST = `cd -- "$1"
export LC_ALL=C QUOTING_STYLE=shell-escape-always
all() { find . -path './.seaworthy-*' -prune -o ! -type s "$@" -print0 | sort -z; }
all | xargs -0 -r stat -c '%F|%a|%u|%g|%N' --
echo
all -type f | xargs -0 -r sha256sum --
`;

/** A copy that was unpacked on trial may be read by us, whatever its files' modes are. */
export const READABLE = `chmod -R u+rwX -- "$1"
`;

/** The folder itself as it was, with its owner and mode. The second argument is the number of the run. */
export const MANNERS = `new="$1/.seaworthy-new-$2"
[ -d "$new" ] || exit 0
chmod --reference="$new" -- "$1"
chown --reference="$new" -- "$1" 2>/dev/null || [ "$(id -u)" != 0 ]
`;

/** What a restore that did not come to its end has unpacked. */
export const CLEAR = `rm -rf -- "$1/.seaworthy-new-$2"
`;
