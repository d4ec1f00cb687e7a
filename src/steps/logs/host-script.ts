/**
 * What a host says of a log file that is cut by size (`FILE`, `FILE.1` …), or copied and emptied.
 *
 *   mark FILE                     `mark ID AT SUM`: which file, how far, what stood right before; or `none`
 *   since FILE MOST ID AT SUM     what came since that mark; its newest MOST bytes
 *   all FILE MOST                 the newest MOST bytes of the file
 *
 * A reading begins with a line, `from LOST` (bytes that are gone or left out; 1: nobody knows how many), or `none`. Of what
 * stood there at the mark, only the 256 bytes are read that show that it is the same file. It ends with 3 when a file can't be
 * read, and with 4 when they were moved meanwhile.
 */
export const LOG_SCRIPT = String.raw`
exec 2>/dev/null
export LC_ALL=C
verb=$1 file=$2 most=$3
identity() { stat -L -c '%d:%i:%W' -- "$1"; }
size() { stat -L -c %s -- "$1"; }
readable() { [ -f "$1" ] && [ -r "$1" ]; }
# stretch FILE FROM BYTES
stretch() { [ "$3" -le 0 ] || tail -c "+$(($2 + 1))" -- "$1" | head -c "$3"; }
# before FILE AT: a digest of what stands right before that place.
before() {
  start=$(($2 > 256 ? $2 - 256 : 0))
  stretch "$1" "$start" $(($2 - start)) | sha256sum | cut -c 1-32
}
# whole FILE SIZE: a line that is still being written belongs to what comes after.
whole() {
  if [ "$2" -eq 0 ] || [ -z "$(stretch "$1" $(($2 - 1)) 1)" ]; then echo "$2"; return; fi
  start=$(($2 > 65536 ? $2 - 65536 : 0))
  rest=$(stretch "$1" "$start" $(($2 - start)) | tail -n 1 | wc -c)
  echo $((rest < $2 - start ? $2 - rest : $2))
}
# All numbers of the log, oldest first, each as .N, the newest as .0.
path() { case $1 in .0) echo "$file" ;; *) echo "$file$1" ;; esac; }

numbers=
for number in .0 .1 .2 .3 .4 .5 .6 .7 .8 .9 .10; do
  here=$(path "$number")
  [ -e "$here" ] || { [ "$number" = .0 ] && continue; break; }
  readable "$here" || exit 3
  numbers="$number $numbers"
  [ "$verb" = since ] || break
done
[ -n "$numbers" ] || { echo none; exit 0; }

if [ "$verb" = mark ]; then
  [ "$numbers" = ".0 " ] || { echo none; exit 0; }
  at=$(whole "$file" "$(size "$file")")
  echo "mark $(identity "$file") $at $(before "$file" "$at")"
  exit 0
fi

# Which of them was marked: the very file; else a copy of it that is long enough to be told.
marked= lost=0 begin=0
if [ "$verb" = since ]; then
  for number in $numbers; do
    here=$(path "$number")
    [ "$(size "$here")" -ge "$5" ] && [ "$(before "$here" "$5")" = "$6" ] || continue
    if [ "$(identity "$here")" = "$4" ]; then marked=$number; break; fi
    if [ "$5" -ge 256 ] && [ -z "$marked" ]; then marked=$number; fi
  done
  if [ -n "$marked" ]; then begin=$5; else lost=1; fi
fi

chosen= total=0 seen=
[ -n "$marked" ] || seen=yes
for number in $numbers; do
  [ "$number" = "$marked" ] && seen=yes
  [ -n "$seen" ] || continue
  here=$(path "$number")
  length=$(($(size "$here") - begin))
  chosen="$chosen $number:$begin:$length:$(identity "$here")"
  total=$((total + length)) begin=0
done
skip=$((total > most ? total - most : 0))
echo "from $((skip > 0 ? skip : lost))"
for each in $chosen; do
  IFS=: read -r number begin length rest <<X
$each
X
  left=$((skip > length ? length : skip))
  skip=$((skip - left))
  stretch "$(path "$number")" $((begin + left)) $((length - left))
done
for each in $chosen; do
  IFS=: read -r number begin length rest <<X
$each
X
  here=$(path "$number")
  [ "$(identity "$here")" = "$rest" ] && [ "$(size "$here")" -ge $((begin + length)) ] || exit 4
done
exit 0
`;
