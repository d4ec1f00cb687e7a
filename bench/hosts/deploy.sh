#!/usr/bin/env bash
# What a careful person writes by hand: rsync and one ssh to each host, all hosts at once, over one connection each.
#   deploy.sh RELEASE HOST...      needs SSH_CONFIG, SOCKETS and FROM (folders), REPO, ROOT, UNIT, APP_PORT
set -euo pipefail
release=$1
shift
ssh=(ssh -F "$SSH_CONFIG" -o BatchMode=yes -o ControlMaster=auto -o "ControlPath=$SOCKETS/%C" -o ControlPersist=60)

one() {
  rsync -a --delete -e "${ssh[*]}" "$FROM/" "$1:$ROOT/releases/$release/"
  "${ssh[@]}" "$1" "RELEASE=$release ROOT=$ROOT UNIT=$UNIT PORT=$APP_PORT bash -s" <<'THERE'
set -euo pipefail
cd "$ROOT/releases/$RELEASE"
sha256sum --quiet --check SUMS
install -d var
install -m 600 settings.sample var/settings
chmod 755 app.py
test -s files/100
df -P . >var/disk
stat -c %s files/0 >var/size
cp VERSION var/seen
sort -o var/sorted SUMS
touch var/installed
ln -sfn "$PWD" "$ROOT/current.new"
mv -T "$ROOT/current.new" "$ROOT/current"
sudo -n systemctl restart "$UNIT"
for _ in $(seq 200); do
  if curl --fail --silent --max-time 2 "http://127.0.0.1:$PORT/" | grep -qF "\"$RELEASE\""; then
    systemctl is-active --quiet "$UNIT"
    exit
  fi
  sleep 0.05
done
exit 1
THERE
}

rm -rf "$FROM" && mkdir "$FROM"
git -C "$REPO" archive "$release" | tar -x -C "$FROM"
running=()
for host in "$@"; do
  one "$host" &
  running+=($!)
done
for each in "${running[@]}"; do wait "$each"; done
