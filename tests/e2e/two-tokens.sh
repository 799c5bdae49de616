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
