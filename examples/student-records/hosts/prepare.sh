#!/bin/sh
# What a machine with docker needs once, before the first release of the student records comes to it. As root; may be run again:
#   ssh deploy@MACHINE sudo sh -s <prepare.sh
set -eu
# In the container it is user 1000 who writes; out here that is nobody in particular.
install -d -m 755 /srv/student-records
install -d -m 2770 -o 1000 -g "${SUDO_GID:-1000}" /srv/student-records/data
