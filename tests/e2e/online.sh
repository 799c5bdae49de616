#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: whether a certificate was revoked is asked over the network, when the citizen says so and only then
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need openssl python3

# verdict STATUS COMMAND...: it must exit with STATUS; ./last keeps what it prints
verdict() {
    local wanted=$1 status=0
    shift
    timeout 60 "$@" >"$story/last" 2>&1 </dev/null || status=$?
    [ "$status" = "$wanted" ] || fail "exit $status, not $wanted: $*"
}
asked() { grep -c "answered by\|came from" "$story/last" || true; }

letter surat.pdf
printf 'anggaran' >anggaran.txt
succeed pena sign surat.pdf
succeed pena sign anggaran.txt
succeed pena sign --attached anggaran.txt
rm "$PENA_CRL_DIR"/* # this computer knows nothing by itself

say "without --online nobody is asked, and the verdict says what is missing and what to do"
for file in surat-signed.pdf anggaran.txt anggaran.txt.p7m; do
    verdict 1 pena verify $file
    shows "NOT CONFIRMED: signed by Sari Wulandari"
    shows "it is not known whether the certificate has been revoked"
    shows "What to do: Verify again with --online"
    shows "TRY_LATER"
    [ "$(asked)" = 0 ] || fail "somebody was asked"
done

say "with --online the authority is asked, and the report says so"
for file in surat-signed.pdf anggaran.txt anggaran.txt.p7m; do
    verdict 0 pena verify --online $file
    shows "VALID: signed by Sari Wulandari"
    shows "whether it was revoked"
done
succeed pena verify --online --json surat-signed.pdf
python3 - <<'PY'
import json
online = json.load(open("last"))["files"][0]["report"]["online"]
assert {entry["about"] for entry in online} == {"revocation"} and all(entry["answer"] for entry in online), online
PY

say "what it answered is used again, and nobody is asked for it"
succeed pena verify surat-signed.pdf
shows "VALID: signed by Sari Wulandari"
[ "$(asked)" = 0 ] || fail "somebody was asked"
succeed pena verify --json surat-signed.pdf
python3 - <<'PY'
import json
report = json.load(open("last"))["files"][0]["report"]
assert "online" not in report and report["kept"] and all(entry["answer"] for entry in report["kept"]), report
PY

say "several files, and those that carry all they need"
succeed pena sign --level B-LTA --output kelak.pdf surat.pdf
succeed pena verify --online kelak.pdf
mkdir arsip
cp surat-signed.pdf kelak.pdf arsip/
succeed pena verify --online arsip
shows "2 valid"

say "an issuer that neither the signature nor this computer has is fetched; a certificate that was revoked is named"
official() { # NAME: signs NAME.txt with a key of its own, without its issuer's certificate
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -subj "/C=ID/CN=$1" -out "$1.csr" 2>/dev/null
    succeed pena-devca issue --csr "$1.csr" --out "$1.pem" --url "$PENA_CA_URL" "$PENA_RIG_DIR/ca"
    echo isi >"$1.txt"
    succeed openssl cms -sign -cades -binary -outform DER -signer "$1.pem" -inkey "$1.key" -in "$1.txt" -out "$1.txt.p7s"
}
official Ani
official Budi
succeed pena-devca revoke --certificate Budi.pem --reason keyCompromise "$PENA_RIG_DIR/ca"
cp "$PENA_RIG_DIR/ca/issuing.pem" issuing.pem
cp "$PENA_RIG_DIR/ca/root.pem" "$PENA_RIG_DIR/ca/issuing.pem"
verdict 1 pena verify Ani.txt
shows "NO_CERTIFICATE_CHAIN_FOUND"
verdict 0 pena verify --online Ani.txt
shows "VALID: signed by Ani"
shows "its issuer's certificate came from 127.0.0.1"
verdict 0 pena verify Ani.txt # the issuer that came is kept, as answers about revocation are
shows "VALID: signed by Ani"
[ "$(asked)" = 0 ] || fail "somebody was asked"
verdict 1 pena verify --online Budi.txt
shows "REVOKED"
shows "the certificate of Budi was revoked"

say "that one was revoked is remembered, too"
cp issuing.pem "$PENA_RIG_DIR/ca/issuing.pem"
verdict 1 pena verify Budi.txt
shows "REVOKED"
shows "the certificate of Budi was revoked"

say "an OCSP answer that lies in the folder of revocation lists speaks"
official Dodi
verdict 1 pena verify Dodi.txt
shows "TRY_LATER"
succeed openssl ocsp -issuer issuing.pem -cert Dodi.pem -url "$(openssl x509 -noout -ocsp_uri -in Dodi.pem)" -CAfile \
    "$PENA_RIG_DIR/ca/root.pem" -verify_other issuing.pem -respout "$PENA_CRL_DIR/dodi.ors"
verdict 0 pena verify Dodi.txt
shows "VALID: signed by Dodi"
[ "$(asked)" = 0 ] || fail "somebody was asked"

say "nobody answers: that is named, and the verdict stays open"
official Cici
kill "$(cat "$PENA_RIG_DIR/ca-server.pid")"
verdict 1 pena verify --online Cici.txt
shows "NOT CONFIRMED: signed by Cici"
shows "What to do: The authority did not answer as it should"
shows "TRY_LATER"
shows "127.0.0.1"
verdict 1 pena verify --online --json Cici.txt
python3 - <<'PY'
import json
online = json.load(open("last"))["files"][0]["report"]["online"]
assert [entry["code"] for entry in online if entry["certificate"] == "Cici"] == ["revocation-unavailable"], online
PY

say "nobody is asked about a certificate that leads to no authority that is trusted"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout asing.key -subj "/CN=Asing" -days 30 -out asing.pem \
    -addext "authorityInfoAccess=OCSP;URI:http://127.0.0.1:9/ocsp" 2>/dev/null
echo isi >asing.txt
succeed openssl cms -sign -cades -binary -outform DER -signer asing.pem -inkey asing.key -in asing.txt -out asing.txt.p7s
verdict 1 pena verify --online asing.txt
shows "there was nothing to ask"
