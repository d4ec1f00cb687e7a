/**
 * The fixed programs for sh that run on a machine: values are their arguments, their environment or their stdin, never
 * a piece of their text. Each is one round trip.
 */

/** One line of JSON for a container; its configuration as a whole, since a template that names a part which is not there is refused. */
const FIELDS = [
  'C {"id":{{json .Id}}',
  '"name":{{json .Name}}',
  '"state":{{json .State}}',
  '"created":{{json .Created}}',
  '"restarts":{{.RestartCount}}',
  '"config":{{json .Config}}',
  '"mode":{{json .HostConfig.NetworkMode}}',
  '"image":{{json .Image}}',
  '"ports":{{json .NetworkSettings.Ports}}',
  '"networks":{{json .NetworkSettings.Networks}}}',
].join(",");

/** A machine's clock, in nanoseconds where it can tell. */
const NOW = `printf 'T %s\\n' "$(date +%s%N)"`;

const NEWEST = `newest() { sort -n "$folder/fence" 2>/dev/null | tail -n 1; }`;

/**
 * What a machine has of a target. $1 folder, $2 owner, $3 fence or nothing, then names that are wanted.
 *
 * A line is added for each new owner, never replaced: two that write at the same time can't make each other forgotten.
 */
export const SEE = `set -eu
folder=$1 owner=$2 fence=$3
shift 3
${NEWEST}
if [ -n "$fence" ]; then
  mkdir -p "$folder/releases"
  chmod 700 "$folder"
  seen=$(newest)
  if [ "\${seen:-0}" -lt "$fence" ]; then
    echo "$fence" >>"$folder/fence"
    sync "$folder/fence"
  fi
  seen=$(newest)
  echo "F $seen"
  [ "$seen" -le "$fence" ] || exit 0
fi
${NOW}
if [ -f "$folder/serving" ]; then printf 'S %s\\n' "$(cat "$folder/serving")"; fi
for file in "$folder"/releases/*.json; do
  if [ -f "$file" ]; then printf 'R %s\\n' "$(cat "$file")"; fi
done
ids=$(docker ps -aq --no-trunc --filter "label=seaworthy.target=$owner")
for name in "$@"; do
  more=$(docker ps -aq --no-trunc --filter "name=^/\${name}(--before)?\\$")
  ids="$ids
$more"
done
ids=$(printf '%s\\n' "$ids" | sort -u)
# One that is removed meanwhile is left out.
[ -z "$ids" ] || docker container inspect -f '${FIELDS}' $ids 2>/dev/null || true`;

/** Writes a record whole or not at all. $1 folder, $2 its name, $3 the release that serves, or nothing; the record on stdin. */
export const NOTE = `set -eu
umask 077
mkdir -p "$1/releases"
cat >"$1/releases/.$2.new"
sync "$1/releases/.$2.new"
mv -f "$1/releases/.$2.new" "$1/releases/$2"
if [ -n "$3" ]; then
  printf '%s\\n' "$3" >"$1/.serving.new"
  sync "$1/.serving.new"
  mv -f "$1/.serving.new" "$1/serving"
fi
sync "$1/releases"`;

/** Forgets records. $1 folder, then their names; \`all\` is everything but the fence. */
export const FORGET = `set -eu
cd "$1" 2>/dev/null || exit 0
shift
for name in "$@"; do
  if [ "$name" = all ]; then rm -rf releases serving; else rm -f "releases/$name"; fi
done`;

/**
 * Makes a container under its name, once. $1 name, $2 network to be there, or nothing, $3 owner, $4 whether files for it
 * come by stdin, then the arguments of \`docker create\`.
 *
 * Only one that has all that it needs gets the name: it is the mark of being whole.
 */
export const CREATE = `set -eu
name=$1 network=$2 owner=$3 files=$4
shift 4
if docker container inspect "$name" >/dev/null 2>&1; then exit 0; fi
if [ -n "$network" ] && ! docker network inspect "$network" >/dev/null 2>&1; then
  docker network create --label "seaworthy.target=$owner" "$network" >/dev/null
fi
docker rm -f "$name.making" >/dev/null 2>&1 || true
docker create --name "$name.making" "$@" >/dev/null
if [ -n "$files" ]; then docker cp - "$name.making:/"; fi
docker rename "$name.making" "$name"`;

/** Does what changes containers, word by word; each may be done again. $1 folder, $2 fence or nothing, then the moves. */
export const MOVE = `set -eu
folder=$1 fence=$2
shift 2
${NEWEST}
if [ -n "$fence" ]; then
  seen=$(newest)
  if [ "\${seen:-0}" -gt "$fence" ]; then echo "F $seen" && exit 0; fi
fi
there() { docker container inspect "$1" >/dev/null 2>&1; }
# One that is just being started or ended has no network for a moment, and then the engine renames it not.
name() {
  tries=0
  until [ "$(docker container inspect -f '{{.Name}}' "$1")" = "/$2" ] || docker rename "$1" "$2"; do
    tries=$((tries + 1))
    [ "$tries" -lt 10 ] || return 1
    sleep 0.5
  done
}
while [ $# -gt 0 ]; do
  move=$1 id=$2 how=$3
  shift 3
  case $move in
    rename) name "$id" "$how" ;;
    policy) docker update --restart "$how" "$id" >/dev/null ;;
    start) docker start "$id" >/dev/null ;;
    stop) docker stop --time "$how" "$id" >/dev/null || ! there "$id" ;;
    remove) docker rm -f "$id" >/dev/null || ! there "$id" ;;
    untag) docker rmi "$id" >/dev/null 2>&1 || true ;;
  esac
done`;

/** Sends what comes by stdin, and says what comes back. */
const PYTHON = `import socket,sys
s=socket.create_connection((sys.argv[1].strip("[]"),int(sys.argv[2])),5)
s.sendall(sys.stdin.buffer.read())
while True:
  b=s.recv(65536)
  if not b: break
  sys.stdout.buffer.write(b)`;

/**
 * How a container is, and what it answers. $1 its id, $2 and $3 where it is asked, or nothing, $4 path, $5 Host header,
 * $6 whether its own health check is run as well, whose words follow. Whatever tool there is asks: what follows the
 * line A is the answer as it came.
 */
export const PROBE = `id=$1 address=$2 port=$3 path=$4 host=$5 check=$6
shift 6
${NOW}
docker container inspect -f '${FIELDS}' "$id" || exit 1
if [ -n "$check" ] && timeout 10 docker exec "$id" "$@" >/dev/null 2>&1; then echo H; fi
[ -n "$port" ] || exit 0
echo A
request=$(printf 'GET %s HTTP/1.0\\r\\nHost: %s\\r\\nAccept: */*\\r\\nConnection: close\\r\\n\\r\\n.' "$path" "$host")
request=\${request%.}
if command -v curl >/dev/null; then
  exec curl --silent --show-error --include --globoff --path-as-is --noproxy '*' --max-time 5 --max-filesize 1000000 \\
    --header "Host: $host" "http://$address:$port$path"
elif command -v python3 >/dev/null; then
  printf %s "$request" | exec timeout 5 python3 -c '${PYTHON}' "$address" "$port"
elif command -v bash >/dev/null; then
  exec timeout 5 bash -c 'exec 3<>"/dev/tcp/$1/$2" && printf %s "$3" >&3 && cat <&3' bash "$address" "$port" "$request"
fi
echo 'neither curl, python3 nor bash is there to ask with' >&2
exit 94`;

/** Writes a router's file and has it read. $1 file, $2 whether to read it anyway; its text on stdin, the command after it. Says \`reloaded\`. */
export const ROUTE = `set -eu
file=$1 anyway=$2
shift 2
new=$(mktemp "$file.XXXXXX")
trap 'rm -f "$new"' EXIT
cat >"$new"
if [ -f "$file" ] && cmp -s "$new" "$file"; then [ -n "$anyway" ] || exit 0; fi
old=
if [ -f "$file" ]; then
  old=$(mktemp "$file.XXXXXX")
  cp -p "$file" "$old"
  chmod --reference="$file" "$new"
else
  chmod 644 "$new"
fi
mv -f "$new" "$file"
if "$@"; then
  if [ -n "$old" ]; then rm -f "$old"; fi
  echo reloaded
  exit 0
fi
# What it refuses must not be there when it is started the next time.
if [ -n "$old" ]; then mv -f "$old" "$file"; else rm -f "$file"; fi
exit 1`;

/** Pulls images signed in, and forgets the sign-in. $1 registry or nothing, $2 user, then images; the password on stdin. */
export const PULL = `set -eu
registry=$1 user=$2
shift 2
if [ -n "$registry" ]; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  trap 'exit 143' TERM INT HUP
  docker --config "$folder" login --username "$user" --password-stdin "$registry" >/dev/null 2>"$folder/said" || { cat "$folder/said" >&2; exit 1; }
  for image in "$@"; do docker --config "$folder" pull --quiet "$image" >/dev/null; done
else
  for image in "$@"; do docker pull --quiet "$image" >/dev/null; done
fi`;

/** Ids of images that are there, one line each, nothing for one that is not: \`NAME ID DIGESTS\`. */
export const IMAGES = `docker version -f '{{.Server.Version}}' >/dev/null || exit 1
for image in "$@"; do
  printf '%s ' "$image"
  docker image inspect -f '{{.Id}} {{json .RepoDigests}}' "$image" 2>/dev/null || echo
done`;

/** Gives images names, two words for each: its id and the name. */
export const TAG = `set -eu
while [ $# -gt 1 ]; do
  docker tag "$1" "$2"
  shift 2
done`;

/** The layers of every image that is there, one line of JSON each. */
export const LAYERS = `ids=$(docker image ls --all --quiet --no-trunc | sort -u)
[ -z "$ids" ] || docker image inspect -f '{{json .RootFS.Layers}}' $ids || true`;
