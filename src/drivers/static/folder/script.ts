/**
 * What a place does for a site in one of its folders: POSIX sh, with the few programs that every Linux and macOS has.
 *
 *     current -> shown/v2~3f2a91bc0d1e     a link, changed in one move: the web server shows this
 *     shown/<id>~<digest>/                 the release's files, and with them what pages of others still ask for
 *     releases/<id>/                       what was sent: site/, names, hashed, sums, manifest.json, release.json
 *     marks/<id>.shown, .accepted          milliseconds; whether a run with it was accepted
 *     marks/<id>~<digest>.hashed           names of a shown folder's own files with a hash
 *     fence                                owners, one per line
 *
 * A shown folder is made of hard links, so that it costs nothing and is never changed but by adding files whose names
 * say what is in them. What is being made begins with a dot until it is whole. Words on stdout, one line each:
 * fenced N | foreign | missing | damaged PATH | serves | unwritable USER PATH | …, as each verb says.
 *
 *   look DOCUMENT                  shown NAME; document SHA256; record JSON; kept ID SHOWN ACCEPTED
 *   begin FENCE                    base ID, if any; then `ok`
 *   check ID                       ok: what was sent is whole
 *   manifests [ID]                 of all that is there, or of one: their texts, a line each
 *   lay FENCE ID NAME              laid NAME: the shown folder is there, and the files with a hash also where visitors are now
 *   switch FENCE ID NAME MS DOCUMENT   document SHA256
 *   hide FENCE                     ok: nothing is shown
 *   retire FENCE ID                kept | gone
 *   remove FENCE                   ok
 *   settle FENCE ID FORGOTTEN…     ok
 */
export const FOLDER_SCRIPT = String.raw`
set -u
export LC_ALL=C
umask 022
verb=$1 root=$2
shift 2
if command -v sha256sum >/dev/null 2>&1; then sha() { sha256sum "$@"; }; sum=sha256sum
else sha() { shasum -a 256 "$@"; }; sum='shasum -a 256'; fi
fail() { echo "$*" >&2; exit 1; }
told() { echo "$*"; exit 0; }
current() { # the name of what is shown
  if [ -L "$root/current" ]; then
    to=$(readlink "$root/current")
    case $to in shown/*~*) printf '%s\n' "\${to#shown/}" ;; *) echo foreign ;; esac
  elif [ -e "$root/current" ]; then echo foreign; fi
}
own() { [ "$1" != foreign ] || told foreign; }
untouched() { # nothing of ours was ever put here
  for each in releases shown marks current fence; do
    if [ -e "$root/$each" ] || [ -L "$root/$each" ]; then return 1; fi
  done
}
writable() { # also one that is still to be made
  at=$root
  while [ ! -e "$at" ] && [ ! -L "$at" ]; do at=\${at%/*} at=\${at:-/}; done
  [ -d "$at" ] && [ -w "$at" ] && [ -x "$at" ]
}
fence() { # the newest owner is remembered; one before it is refused
  [ "$1" = - ] && return
  seen=0
  if [ -e "$root/fence" ]; then seen=$(sort -n "$root/fence" | tail -n 1); fi
  if [ "$seen" -lt "$1" ]; then mkdir -p "$root" && echo "$1" >>"$root/fence" || fail "$root can't be written"; fi
  seen=$(sort -n "$root/fence" | tail -n 1)
  [ "$seen" -le "$1" ] || told "fenced $seen"
}
sums() { # FOLDER NAMES: one digest of the digests of these files, in this order
  (cd -- "$1" && xargs -0 $sum -- <"$2" 2>/dev/null) | grep -oE '^\\?[0-9a-f]{64} ' | tr -d '\\ ' | sha | cut -c 1-64
}
whole() { [ "$(sums "$1" "$root/releases/$2/names")" = "$(cat "$root/releases/$2/sums")" ]; }
link_missing() { # NAMES FROM TO: hard links of these files, where there is none of that name
  (cd -- "$2" && xargs -0 sh -c 'to=$1; shift
    for each; do
      [ -e "$to/$each" ] || [ ! -e "$each" ] || {
        in=$to/$each; in=\${in%/*}
        [ -d "$in" ] || mkdir -p -- "$in"
        ln -- "$each" "$to/$each" 2>/dev/null || [ -e "$to/$each" ]
      } || exit 255
    done' sh "$3") <"$1"
}
move() { mv -T -- "$1" "$2" 2>/dev/null || mv -h -- "$1" "$2"; }
flush() { sync -f "$root" 2>/dev/null || sync; }
ids() { # what was sent as a whole
  for each in "$root"/releases/*/release.json; do
    [ -e "$each" ] || continue
    each=\${each%/release.json}
    case $each in *.sending-* | *.replaced-*) ;; *) printf '%s\n' "\${each##*/}" ;; esac
  done
}
mark() { if [ -e "$root/marks/$1" ]; then cat "$root/marks/$1"; else echo 0; fi; }
forget() { # first what makes it a release
  rm -f -- "$root/releases/$1/release.json"
  rm -rf -- "$root/releases/$1" "$root/shown/$1~"* "$root/marks/$1.shown" "$root/marks/$1.accepted" \
    "$root/marks/$1~"*
}

case $verb in
begin) writable || told "unwritable $(id -un) $at" ;;
hide | retire | remove)
  # A way back needs no right that the way there did not have.
  if untouched && ! writable; then told ok; fi
  ;;
esac

case $verb in
look)
  name=$(current)
  own "$name"
  for id in $(ids); do echo "kept $id $(mark "$id.shown") $(mark "$id.accepted")"; done
  [ -n "$name" ] || exit 0
  echo "shown $name"
  [ ! -f "$root/current/$1" ] || echo "document $(sha <"$root/current/$1" | cut -c 1-64)"
  record=$root/releases/\${name%%~*}/release.json
  [ ! -e "$record" ] || echo "record $(cat "$record")"
  ;;
begin)
  own "$(current)"
  fence "$1"
  mkdir -p "$root/releases" "$root/shown" "$root/marks" || fail "$root can't be written"
  [ -w "$root" ] && [ -w "$root/releases" ] || fail "$root can't be written"
  best='' when=-1
  for id in $(ids); do
    at=$(mark "$id.shown")
    if [ "$at" -gt "$when" ]; then best=$id when=$at; fi
  done
  [ -z "$best" ] || echo "base $best"
  echo ok
  ;;
check)
  [ -e "$root/releases/$1/release.json" ] || told missing
  whole "$root/releases/$1/site" "$1" || told "damaged $root/releases/$1/site"
  echo ok
  ;;
manifests)
  for id in \${1-$(ids)}; do
    if [ -e "$root/releases/$id/release.json" ]; then cat "$root/releases/$id/manifest.json"; fi
  done
  ;;
lay)
  fence "$1"
  id=$2 name=$3
  [ -e "$root/releases/$id/release.json" ] || told missing
  now=$(current)
  own "$now"
  if [ "\${now%~b}" = "$name" ]; then
    if whole "$root/shown/$now" "$id"; then told "laid $now"; fi
    # What visitors are in is not mended under their feet: they get another one.
    if [ "$now" = "$name" ]; then name=$name~b; fi
  fi
  whole "$root/releases/$id/site" "$id" || told "damaged $root/releases/$id/site"
  fresh=$root/shown/.$name.$$
  rm -rf -- "$fresh" && mkdir -- "$fresh" && cp -Rl -- "$root/releases/$id/site/." "$fresh/" || fail "$fresh can't be made"
  for other in $(ids); do
    [ "$other" != "$id" ] && [ -e "$root/marks/$other.shown" ] || continue
    link_missing "$root/releases/$other/hashed" "$root/releases/$other/site" "$fresh" || fail "files of $other can't be kept"
  done
  if [ -e "$root/marks/$now.hashed" ]; then
    # It may be the same release, built anew: then what was sent of it is not what visitors have.
    link_missing "$root/marks/$now.hashed" "$root/shown/$now" "$fresh" || fail "files of $now can't be kept"
  fi
  cp -- "$root/releases/$id/hashed" "$root/marks/$name.hashed" || fail "$root/marks can't be written"
  rm -rf -- "$root/shown/$name"
  move "$fresh" "$root/shown/$name" || fail "$root/shown/$name can't be made"
  if [ -n "$now" ]; then
    link_missing "$root/releases/$id/hashed" "$root/releases/$id/site" "$root/shown/$now" || fail "files can't be added to what is shown"
  fi
  flush
  echo "laid $name"
  ;;
switch)
  fence "$1"
  id=$2 name=$3
  [ -d "$root/shown/$name" ] || told missing
  if [ "$(current)" != "$name" ]; then
    # Before it is shown it is known as one whose pages may be open somewhere.
    echo "$4" >"$root/marks/$id.shown"
    ln -s "shown/$name" "$root/.current.$$" && move "$root/.current.$$" "$root/current" || fail "$root/current can't be changed"
    flush
  elif [ ! -e "$root/marks/$id.shown" ]; then echo "$4" >"$root/marks/$id.shown"; fi
  echo "document $(sha <"$root/current/$5" | cut -c 1-64)"
  ;;
hide)
  fence "$1"
  own "$(current)"
  rm -f "$root/current"
  echo ok
  ;;
retire)
  fence "$1"
  now=$(current)
  own "$now"
  [ "\${now%%~*}" != "$2" ] || told serves
  [ ! -e "$root/marks/$2.accepted" ] || told kept
  forget "$2"
  echo gone
  ;;
remove)
  fence "$1"
  now=$(current)
  if [ "$now" != foreign ]; then rm -f "$root/current"; fi
  for id in $(ids); do forget "$id"; done
  rm -rf -- "$root/releases" "$root/shown" "$root/marks"
  rm -f "$root"/.current.*
  echo ok
  ;;
settle)
  fence "$1"
  id=$2
  shift 2
  now=$(current)
  own "$now"
  [ -n "$now" ] && [ "\${now%%~*}" = "$id" ] || told moved
  echo 1 >"$root/marks/$id.accepted"
  for each in "$root"/shown/* "$root"/shown/.[!.]*; do
    [ "$each" = "$root/shown/$now" ] || rm -rf -- "$each"
  done
  for each in "$root"/marks/*.hashed; do
    [ "$each" = "$root/marks/$now.hashed" ] || rm -f -- "$each"
  done
  for each; do forget "$each"; done
  rm -f "$root"/.current.*
  flush
  echo ok
  ;;
esac
`.replaceAll("\\${", "${");
