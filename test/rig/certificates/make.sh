#!/bin/sh
# Makes the certificates that the tests use: an authority, and what it signed. None of the keys is used anywhere else.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: >"$work/index.txt"
echo 1000 >"$work/serial"
cat >"$work/ca.conf" <<CONF
[ca]
default_ca = this
[this]
database = $work/index.txt
new_certs_dir = $work
serial = $work/serial
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
CONF

key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }

# NAME, SUBJECT, NAMES, FIRST DAY, LAST DAY
signed() {
  key "$1"
  openssl req -new -key "$1.key" -subj "/CN=$2" -addext "subjectAltName=$3" -out "$work/$1.csr"
  openssl ca -batch -notext -config "$work/ca.conf" -cert ca.pem -keyfile "$work/ca.key" \
    -in "$work/$1.csr" -out "$1.pem" -startdate "$4" -enddate "$5" 2>/dev/null
}

openssl ecparam -name prime256v1 -genkey -noout -out "$work/ca.key"
openssl req -x509 -new -key "$work/ca.key" -subj "/CN=Seaworthy test authority" -days 36500 -out ca.pem

here=DNS:localhost,IP:127.0.0.1
signed good localhost "$here" 20200101000000Z 21200101000000Z
signed expired localhost "$here" 20200101000000Z 20210101000000Z
signed early localhost "$here" 21190101000000Z 21200101000000Z
signed other other.test DNS:other.test,DNS:*.elsewhere.test 20200101000000Z 21200101000000Z
signed client "A test client" DNS:client.test 20200101000000Z 21200101000000Z

key alone
openssl req -x509 -new -key alone.key -subj "/CN=localhost" -addext "subjectAltName=$here" -days 36500 -out alone.pem
