#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: a certificate that must not sign: what is wrong with it is told, and no passphrase is asked for
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need openssl certtool python3
letter surat.pdf
echo anggaran >anggaran.xlsx
echo 010203040506070801020304050607080102030405060708 >management-key
succeed pena token export-certificate --place 9c --output before.pem
openssl x509 -in before.pem -pubkey -noout >key.pem

# give ACTIVATION EXPIRATION USAGE...: the key for signing gets a certificate like that
give() {
    printf 'cn = "Sari Percobaan"\nserial = 77\nactivation_date = "%s"\nexpiration_date = "%s"\n' "$1" "$2" >template
    shift 2
    printf '%s\n' "$@" >>template
    succeed certtool --generate-certificate --load-pubkey key.pem --load-ca-certificate "$PENA_RIG_DIR/ca/issuing.pem" \
        --load-ca-privkey "$PENA_RIG_DIR/ca/issuing.key" --template template --outfile now.pem
    succeed pena token import-certificate --force --place 9c --management-key-file management-key now.pem
    rm -f "$PENA_RIG_DIR/prompts.log"
}

# cannot_sign CODE NEXT ARGUMENT...: whatever is to be made, with this cause and this next step
cannot_sign() {
    local code=$1 next=$2
    shift 2
    refuse 4 "$code" pena sign --json "$@" surat.pdf
    shows "$next"
    refuse 4 "$code" pena sign --json "$@" --stamp qr --page 1 --rect 100,100 surat.pdf
    refuse 4 "$code" pena sign --json "$@" --attached --format cades anggaran.xlsx
    refuse 4 "$code" pena sign --json "$@" anggaran.xlsx surat.pdf
    [ ! -e surat-signed.pdf ] && [ ! -e anggaran.xlsx.p7s ] && [ ! -e anggaran.xlsx.p7m ] ||
        fail "$code left an output"
    [ -z "$(prompts)" ] || fail "$code: a passphrase was asked for in vain"
    succeed pena token list
    shows "Tries left, passphrase: 3"
}

id_of() { # STATUS: the certificate with it
    pena tokens --json | python3 -c '
import json, sys
print([credential["id"] for token in json.load(sys.stdin)["tokens"] for credential in token["credentials"]
       if credential["status"] == sys.argv[1]][0])' "$1"
}

say "expired"
give "2020-01-01 00:00:00 UTC" "2024-02-29 00:00:00 UTC" signing_key
cannot_sign certificate-expired "Ask the RA for a renewal."
refuse 4 certificate-expired pena sign --json surat.pdf
shows "expired on 2024-02-29"
succeed pena tokens
shows "expired: Sari Percobaan"
refuse 4 certificate-expired pena doctor --json

say "not valid yet"
give "2037-01-01 00:00:00 UTC" "2038-01-01 00:00:00 UTC" signing_key
cannot_sign certificate-not-yet-valid "Check the date of this computer."
refuse 4 certificate-not-yet-valid pena sign --json surat.pdf
shows "only from 2037-01-01"
succeed pena tokens
shows "not valid yet: Sari Percobaan"

say "for logging in"
give "2020-01-01 00:00:00 UTC" "2040-01-01 00:00:00 UTC" tls_www_client
cannot_sign certificate-usage "Choose another one"
cannot_sign certificate-usage "Choose another one" --credential "$(id_of wrong-usage)"
succeed pena tokens
shows "not meant for signing documents: Sari Percobaan"

say "one that is well signs again"
give "2020-01-01 00:00:00 UTC" "2040-01-01 00:00:00 UTC" signing_key
succeed pena sign surat.pdf
succeed pena verify surat-signed.pdf
