#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: the network is down while somebody signs; what can be had is had, and the rest comes later
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

port=$(cat "$PENA_RIG_DIR/ca.port")
serve() {
    rm -f "$story/ready"
    pena-devca serve "$PENA_RIG_DIR/ca" --port "$port" --port-file "$story/ready" >"$story/serve.log" 2>&1 &
    server=$!
    for _ in $(seq 100); do
        [ ! -e "$story/ready" ] || return 0
        sleep 0.1
    done
    fail "the CA does not come back"
}
trap '[ -z "${server:-}" ] || kill "$server" 2>/dev/null || true' EXIT

letter surat.pdf
printf 'anggaran' >anggaran.txt
kill "$(cat "$PENA_RIG_DIR/ca-server.pid")"

say "without a time-stamp authority: what was asked for fails, and nothing is left behind"
for level in B-T B-LTA; do
    refuse 6 tsa-unreachable pena sign --json --level $level --output x.pdf surat.pdf
    refuse 6 tsa-unreachable pena sign --json --level $level --output x.p7s anggaran.txt
done
[ ! -e x.pdf ] && [ ! -e x.p7s ] || fail "a failure left something behind"

say "with --allow-lower: the level that can be reached, and why"
for file in surat.pdf anggaran.txt; do
    succeed pena sign --json --level B-LTA --allow-lower $file
    shows '"B-B"'
    shows tsa-unreachable
done
succeed pena verify surat-signed.pdf
cp anggaran.txt.p7s sebelum.p7s
refuse 6 tsa-unreachable pena extend --json --output x.pdf surat-signed.pdf
refuse 6 tsa-unreachable pena extend --json --force anggaran.txt.p7s
cmp sebelum.p7s anggaran.txt.p7s || fail "a failure changed the signature"
succeed pena extend --json --allow-lower --output tetap.pdf surat-signed.pdf
shows '"B-B"'
cmp surat-signed.pdf tetap.pdf || fail "nothing could be added, but something was"

say "later the network is back"
serve
succeed pena extend --json --output lengkap.pdf surat-signed.pdf
shows '"B-LTA"'
prefix_of surat-signed.pdf lengkap.pdf
succeed pena extend --json --force anggaran.txt.p7s
shows '"B-LTA"'

say "a certificate that was revoked meanwhile is no outage"
succeed openssl cms -verify -noverify -binary -inform DER -in sebelum.p7s -content anggaran.txt -signer signer.pem -out /dev/null
succeed pena-devca revoke --certificate signer.pem "$PENA_RIG_DIR/ca"
sleep 1.5 # the answer of before the revocation must be older than the next time-stamp, which tells whole seconds
cp surat-signed.pdf lain.pdf
refuse 3 certificate-revoked pena extend --json --allow-lower --output x.pdf lain.pdf
[ ! -e x.pdf ] || fail "a refused letter left something behind"
