/**
 * What a host's own programs are asked by their stdin; the first argument says which of the three.
 * `copy DIR NAME TEMP`, `inspect DIR NAME`, `restore DIR NAME TEMP OWNER MODE`: TEMP lies in DIR, and OWNER and MODE are for a
 * database that is not there any more. Each answer is a line of JSON: of each table, of the bytes, of what SQLite finds wrong.
 */

/** By sqlite3 of Python: counts and copy are of one moment wherever the database is in WAL mode. */
export const PYTHON = `
import hashlib, json, os, sqlite3, sys, time
from urllib.parse import quote

verb, folder, name = sys.argv[1:4]
os.umask(0o077)
path = os.path.join(folder, name)

def tell(**words):
    print(json.dumps(words))

def read_only(file):
    uri = "file:" + quote(os.fsencode(os.path.abspath(file))) + "?mode=ro"
    return sqlite3.connect(uri, uri=True, timeout=5, isolation_level=None)

def tables(database):
    names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' "
        "AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name").fetchall()
    for (table,) in names:
        rows = database.execute('SELECT count(*) FROM "%s"' % table.replace('"', '""')).fetchone()[0]
        yield {"name": table, "rows": rows}

def backup(source, target):
    end = time.monotonic() + 10
    def patience(status, remaining, total):
        if status in (5, 6) and time.monotonic() > end:
            raise sqlite3.OperationalError("database is locked")
    source.backup(target, pages=-1, progress=patience)

def room():
    need = sum(os.path.getsize(path + end) for end in ("", "-wal") if os.path.exists(path + end))
    disk = os.statvfs(folder)
    free = disk.f_bavail * disk.f_frsize
    if free < need + 65536:
        tell(need=need + 65536, free=free)
        sys.exit(0)

def digest(file):
    sum = hashlib.sha256()
    with open(file, "rb") as opened:
        for piece in iter(lambda: opened.read(1 << 20), b""):
            sum.update(piece)
    tell(sha256=sum.hexdigest(), bytes=os.path.getsize(file))

def inspect(file):
    database = read_only(file)
    found = database.execute("PRAGMA integrity_check(1)").fetchone()[0]
    tell(integrity=found)
    if found == "ok":
        for each in tables(database):
            tell(**each)

def forget(file):
    for end in ("", "-wal", "-shm", "-journal"):
        if os.path.exists(file + end):
            os.unlink(file + end)

def copy(to):
    room()
    forget(to)
    os.close(os.open(to, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        source = read_only(path)
        if source.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
            source.execute("BEGIN")
            for each in tables(source):
                tell(**each)
        target = sqlite3.connect(to, isolation_level=None)
        backup(source, target)
        # One file without companions is what can be moved, checked and kept.
        target.execute("PRAGMA journal_mode = DELETE")
        target.close()
        digest(to)
    except BaseException:
        forget(to)
        raise

def restore(source, owner, mode):
    fresh = path if os.path.exists(path) else source + ".fresh"
    forget(fresh) if fresh != path else None
    target = sqlite3.connect(fresh, timeout=5, isolation_level=None)
    backup(read_only(source), target)
    target.close()
    if fresh != path:
        if os.geteuid() == 0:
            os.chown(fresh, *[int(each) for each in owner.split(":")])
        os.chmod(fresh, int(mode, 8))
        os.rename(fresh, path)
    inspect(path)

try:
    {"copy": copy, "inspect": lambda: inspect(path), "restore": restore}[verb](
        *[os.path.join(folder, sys.argv[4]), *sys.argv[5:]] if verb != "inspect" else [])
except (sqlite3.Error, OSError) as error:
    sys.exit(str(error))
`;

const TABLES = `SELECT 'SELECT json_object(''name'', ' || quote(name) || ', ''rows'', (SELECT count(*) FROM "' || replace(name, '"', '""') || '"));' FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name;`;

/** By the program sqlite3, where there is no Python. Names of ours are the only ones that its own commands see. */
export const PROGRAM = `verb=$1 name=./$3
cd -- "$2"
umask 077
ask() { sqlite3 -init /dev/null -batch -bail "$@"; }
tables() {
  cat <<'SQL'
${TABLES}
SQL
}
forget() { rm -f -- "$1" "$1-wal" "$1-shm" "$1-journal"; }
size() { if [ -e "$1" ]; then wc -c <"$1"; else echo 0; fi; }
inspect() {
  found=$(ask "$1" 'PRAGMA integrity_check(1);')
  ask :memory: "SELECT json_object('integrity', '$(printf %s "$found" | sed "s/'/''/g")');"
  [ "$found" != ok ] || tables | ask "$1" | ask "$1"
}
copy() {
  need=$(( $(size "$name") + $(size "$name-wal") + 65536 ))
  free=$(( $(df -Pk . | awk 'NR == 2 { print $4 }') * 1024 ))
  if [ "$free" -lt "$need" ]; then
    printf '{"need":%s,"free":%s}\\n' "$need" "$free"
    exit 0
  fi
  forget "$1"
  trap 'forget "$to"' EXIT
  : >"$1"
  counts=$(tables | ask "$name")
  printf '.timeout 5000\\nBEGIN;\\n%s\\n.backup main "%s"\\nCOMMIT;\\n' "$counts" "$1" | ask "$name"
  ask "$1" 'PRAGMA journal_mode = DELETE;' >/dev/null
  printf '{"sha256":"%s","bytes":%s}\\n' "$(sha256sum <"$1" | cut -c1-64)" "$(size "$1")"
  trap - EXIT
}
restore() {
  fresh=$name
  if [ ! -e "$name" ]; then
    fresh=$1.fresh
    forget "$fresh"
  fi
  # It gives up at once when somebody else writes; a moment later it may do.
  for try in 1 2 3 4 5 6 7 8 9 10; do
    if printf '.timeout 5000\\n.restore main "%s"\\n' "$1" | ask "$fresh"; then break; fi
    [ "$try" -lt 10 ]
    sleep 1
  done
  if [ "$fresh" != "$name" ]; then
    if [ "$(id -u)" = 0 ]; then chown -- "$2" "$fresh"; fi
    chmod -- "$3" "$fresh"
    mv -- "$fresh" "$name"
  fi
  inspect "$name"
}
case $verb in
copy) to=./$4; copy "$to" ;;
inspect) inspect "$name" ;;
restore) restore "./$4" "$5" "$6" ;;
esac
`;

/** Which of the two the host has, and of the database, or of its folder where it is gone: its owner and its mode. */
export const ASK = `if python3 -c 'import sqlite3' 2>/dev/null; then echo python; elif command -v sqlite3 >/dev/null; then echo program; else echo none; fi
if [ -e "$1" ]; then stat -c '%u:%g %a' -- "$1"; else echo "$(stat -c '%u:%g' -- "$(dirname -- "$1")") 640"; fi
`;

/** Removes what ours is beside a database. */
export const FORGET = `cd -- "$1"
for end in "" -wal -shm -journal .fresh; do rm -f -- "./$2$end"; done
`;

/** Takes a database away, with what is not yet in the file itself. */
export const TAKE_AWAY = `cd -- "$1"
rm -f -- "./$2-wal" "./$2-shm" "./$2-journal" "./$2"
`;

/** Writes what comes on stdin into a new file, and says what its digest is. */
export const RECEIVE = 'cd -- "$1"; umask 077; rm -f -- "./$2"; cat >"./$2"; sha256sum <"./$2"';
