#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: two tokens are plugged in, and only the person may choose
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
letter surat.pdf
refuse 4 token-ambiguous pena sign --json surat.pdf
[ ! -e surat-signed.pdf ] || fail "signed without a choice"
succeed pena tokens --json
python3 - last >ids <<'PY'
import json, sys
tokens = json.load(open(sys.argv[1]))["tokens"]
for token in tokens:
    for credential in token["credentials"]:
        if credential["can_sign"] and credential["status"] == "ok":
            print(credential["id"])
PY
[ "$(sort -u ids | wc -l)" = 2 ] || fail "two signing certificates are expected: $(cat ids)"
while read -r id; do
    succeed pena sign --credential "$id" --output "signed-$id.pdf" surat.pdf
    succeed pena verify "signed-$id.pdf"
done <ids
refuse 4 credential-unknown pena sign --json --credential 00000000000000000000000000000000 surat.pdf

say "setting up asks which token as well"
refuse 4 tokens-several pena token show --json
refuse 4 tokens-several pena token show --json --token PIV
pena token list --json | grep -oE '"serial":"[0-9a-f]+' | cut -d'"' -f4 >serials
[ "$(sort -u serials | wc -l)" = 2 ] || fail "two serials are expected: $(cat serials)"
while read -r serial; do
    succeed pena token show --json --token "$serial"
    shows "$serial"
done <serials
refuse 3 not-confirmed pena token reset --json --token "$(head -1 serials)" --serial "$(tail -1 serials)"
