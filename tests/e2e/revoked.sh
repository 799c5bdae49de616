#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: a certificate is revoked: no more signatures, and what was signed is not confirmed any more
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need openssl python3
letter surat.pdf
succeed pena sign surat.pdf
succeed pena verify surat-signed.pdf
shows "not on the list of revoked certificates"

say "the RA revokes it and publishes its list"
pena tokens --json >tokens.json
python3 - <<'PY'
import base64, json
usable = [credential for token in json.load(open("tokens.json"))["tokens"] for credential in token["credentials"]
          if credential["status"] == "ok"]
open("certificate.der", "wb").write(base64.b64decode(usable[0]["certificate"]))
PY
openssl x509 -inform der -in certificate.der -out certificate.pem
succeed pena-devca revoke "$PENA_RIG_DIR/ca" --certificate certificate.pem --reason keyCompromise
succeed pena-devca crl "$PENA_RIG_DIR/ca" --out "$PENA_CRL_DIR/issuing.crl"

say "it cannot sign, whatever other certificates the token holds"
refuse 3 certificate-revoked pena sign --json --output dua.pdf surat.pdf
[ ! -e dua.pdf ] || fail "a revoked certificate left an output"
! prompts | grep -q dua || fail "a passphrase was asked for in vain"

say "what it signed is not confirmed, and the report does not contradict itself"
status=0
pena verify surat-signed.pdf >last 2>&1 || status=$?
[ "$status" = 1 ] || fail "exit $status for the signature of a revoked certificate"
shows "NOT CONFIRMED"
shows "WAS REVOKED"
! grep -q "not on the list" last || fail "says that it is not on the list"

say "doctor and tokens name the cause"
refuse 3 certificate-revoked pena doctor --json
succeed pena tokens
shows "revoked: Sari Wulandari"
