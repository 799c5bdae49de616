#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: the time-stamp authority answers, but nobody says what was revoked; or the other way round
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

await() { # FILE
    for _ in $(seq 100); do
        [ ! -e "$1" ] || return 0
        sleep 0.1
    done
    fail "no sign of $1"
}
trap '[ -z "${server:-}" ] || kill "$server" "${proxy:-$server}" 2>/dev/null || true' EXIT

kill "$(cat "$PENA_RIG_DIR/ca-server.pid")"
rm -f "$PENA_CRL_DIR"/*.crl # what the administrator has at hand would do
pena-devca serve "$PENA_RIG_DIR/ca" --port-file "$story/port" >"$story/serve.log" 2>&1 &
server=$!
await "$story/port"
: >"$story/rules"
python3 "$source_dir/tests/e2e/ca-proxy.py" "$(cat "$PENA_RIG_DIR/ca.port")" "$(cat "$story/port")" "$story/rules" "$story/ready" \
    >"$story/proxy.log" 2>&1 &
proxy=$!
await "$story/ready"
rules() { printf '%s\n' "$@" >"$story/rules"; }
count_prompts() { prompts | grep -c . || true; }

succeed pena tokens --json
python3 - last >keys <<'PY'
import json, sys
print(*[c["id"] for t in json.load(open(sys.argv[1]))["tokens"] for c in t["credentials"] if c["can_sign"]], sep="\n")
PY
[ "$(wc -l <keys)" = 2 ] || fail "two keys are expected"
key=$(sed -n 1p keys) other=$(sed -n 2p keys)
letter surat.pdf
printf 'anggaran' >anggaran.txt
revocation_down=('/ocsp down' '/issuing.crl down' '/root.crl down')

say "no word about revocation: what was asked for is refused before anybody is asked to sign"
rules "${revocation_down[@]}"
before=$(count_prompts)
for level in B-LT B-LTA; do
    refuse 6 revocation-unavailable pena sign --json --credential "$key" --level $level --output x.pdf surat.pdf
    refuse 6 revocation-unavailable pena sign --json --credential "$key" --level $level --output x.p7s anggaran.txt
done
[ "$(count_prompts)" = "$before" ] || fail "a passphrase was asked for in vain"
[ ! -e x.pdf ] && [ ! -e x.p7s ] || fail "a failure left something behind"
succeed pena sign --json --credential "$key" --level B-T --output t.pdf surat.pdf
shows '"B-T"'

say "with --allow-lower: as high as can be reached, and why"
for file in surat.pdf anggaran.txt; do
    succeed pena sign --json --credential "$key" --level B-LTA --allow-lower $file
    shows '"B-T"'
    shows revocation-unavailable
done
refuse 6 revocation-unavailable pena extend --json --output x.pdf surat-signed.pdf
succeed pena extend --json --allow-lower --output tetap.pdf surat-signed.pdf
cmp surat-signed.pdf tetap.pdf || fail "nothing could be added, but something was"

say "what the services say is garbage, or has no end: the same"
for how in garbage huge; do
    rules "/ocsp $how" "/issuing.crl $how" "/root.crl $how"
    refuse 6 revocation-unavailable pena sign --json --credential "$key" --level B-LT --output x.pdf surat.pdf
    rules "/tsa $how"
    succeed pena sign --json --credential "$key" --force --level B-LT --allow-lower --output b.pdf surat.pdf
    shows '"B-B"'
done

say "without OCSP the lists serve"
rules '/ocsp down'
succeed pena sign --json --credential "$key" --level B-LTA --output daftar.pdf surat.pdf
shows '"B-LTA"'

say "all is well again"
: >"$story/rules"
succeed pena extend --json --output lengkap.pdf surat-signed.pdf
shows '"B-LTA"'
prefix_of surat-signed.pdf lengkap.pdf
succeed pena extend --json --force anggaran.txt.p7s
shows '"B-LTA"'

say "a certificate that only the services know to be revoked is found before anybody is asked to sign"
succeed pena sign --credential "$other" --output lain.p7s anggaran.txt
succeed openssl cms -verify -noverify -binary -inform DER -in lain.p7s -content anggaran.txt -signer signer.pem -out /dev/null
succeed pena-devca revoke --certificate signer.pem "$PENA_RIG_DIR/ca"
before=$(count_prompts)
for file in surat.pdf anggaran.txt; do
    refuse 3 certificate-revoked pena sign --json --credential "$other" --level B-LT --allow-lower --output x $file
done
[ "$(count_prompts)" = "$before" ] || fail "a passphrase was asked for in vain"
[ ! -e x ] || fail "a refused letter left something behind"
