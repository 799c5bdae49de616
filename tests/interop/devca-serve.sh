#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: OpenSSL judges what the development CA answers over HTTP. Runs in a rig with --ca.
# Copyright (C) 2026 the Pena authors
set -eu
ca=$PENA_RIG_DIR/ca
work=$PENA_RIG_DIR/work
mkdir "$work"
cd "$work"
fail() {
    echo "FAILED: $*" >&2
    exit 1
}
for program in openssl curl; do
    command -v $program >/dev/null || {
        echo "skipped: $program is not installed"
        exit 77
    }
done
openssl req -new -newkey rsa:2048 -nodes -keyout key.pem -out request.csr -subj "/CN=Sari Wulandari" 2>/dev/null
pena-devca issue "$ca" --csr request.csr --out signer.pem >/dev/null 2>&1

echo "# the addresses in a certificate lead to its issuer and to a list of it"
uris=$(openssl x509 -in signer.pem -noout -ext authorityInfoAccess,crlDistributionPoints | grep -o 'http://[^ ]*')
grep -qx "$PENA_CA_URL/ocsp" <<<"$uris" || fail "no OCSP address: $uris"
curl -sSf "$PENA_CA_URL/issuing.cer" -o issuing.cer
openssl x509 -inform DER -in issuing.cer -out issuing.pem
openssl verify -CAfile "$PENA_TRUST" -untrusted issuing.pem signer.pem >/dev/null || fail "the issuer does not fit"
lists() {
    for name in root issuing; do
        curl -sSf "$PENA_CA_URL/$name.crl" -o $name.crl
        openssl crl -inform DER -in $name.crl -out $name.crl.pem
    done
}
judge() {
    openssl verify -crl_check_all -x509_strict -CAfile "$PENA_TRUST" -untrusted issuing.pem -CRLfile root.crl.pem \
        -CRLfile issuing.crl.pem signer.pem 2>&1
}
lists
judge | grep -q ': OK$' || fail "$(judge)"

echo "# OCSP, for certificates of the issuing authority and of the root"
ask() { # ISSUER CERTIFICATE
    openssl ocsp -issuer "$1" -cert "$2" -url "$PENA_CA_URL/ocsp" -CAfile "$PENA_TRUST" -verify_other issuing.pem 2>&1
}
for pair in "issuing.pem signer.pem" "$PENA_TRUST $ca/tsa.pem" "$PENA_TRUST $ca/issuing.pem"; do
    # shellcheck disable=SC2086 # two words
    ask $pair >said
    grep -q 'Response verify OK' said && grep -q ': good' said || fail "$pair: $(cat said)"
    if grep -q WARNING said; then fail "$pair: $(cat said)"; fi
done
openssl ocsp -issuer issuing.pem -cert signer.pem -no_nonce -reqout request.der >/dev/null
curl -sSf "$PENA_CA_URL/ocsp/$(base64 -w0 request.der)" -o response.der
openssl ocsp -issuer issuing.pem -cert signer.pem -respin response.der -CAfile "$PENA_TRUST" -verify_other issuing.pem -no_nonce \
    >said 2>&1 && grep -q 'signer.pem: good' said || fail "GET: $(cat said)"

echo "# a revocation shows at once, in both"
pena-devca revoke "$ca" --certificate signer.pem --reason keyCompromise 2>/dev/null
ask issuing.pem signer.pem | grep -q 'Reason: keyCompromise' || fail "$(ask issuing.pem signer.pem)"
lists
judge | grep -q 'certificate revoked' || fail "the list does not tell of it"
pena-devca revoke "$ca" --ca root --certificate "$ca/tsa.pem" --reason cessationOfOperation 2>/dev/null
ask "$PENA_TRUST" "$ca/tsa.pem" | grep -q ': revoked' || fail "the root does not tell of its own"

echo "# time-stamps"
for hash in sha256 sha384 sha512; do
    openssl ts -query -data signer.pem -$hash -cert -out query.tsq 2>/dev/null
    curl -sSf -H 'Content-Type: application/timestamp-query' --data-binary @query.tsq "$PENA_CA_URL/tsa" -o reply.tsr
    openssl ts -verify -queryfile query.tsq -in reply.tsr -CAfile "$PENA_TRUST" >said 2>&1 || fail "$hash: $(cat said)"
done

echo "# what cannot be answered is refused, and the server goes on"
status() { # CURL-ARGUMENT...
    curl -s -o answer -w '%{http_code}' "$@"
}
[ "$(status "$PENA_CA_URL/nothing")" = 404 ] || fail "an unknown path"
[ "$(status -X PUT "$PENA_CA_URL/tsa")" = 405 ] || fail "an unknown method"
[ "$(status --data-binary @signer.pem "$PENA_CA_URL/tsa")" = 415 ] || fail "a wrong media type"
head -c 100000 /dev/zero >large
[ "$(status -H 'Content-Type: application/ocsp-request' --data-binary @large "$PENA_CA_URL/ocsp")" = 413 ] || fail "a large body"
status -H 'Content-Type: application/ocsp-request' --data-binary @signer.pem "$PENA_CA_URL/ocsp" >/dev/null
openssl ocsp -respin answer -noverify 2>&1 | grep -q malformedrequest || fail "no malformedRequest"
status -H 'Content-Type: application/timestamp-query' --data-binary @signer.pem "$PENA_CA_URL/tsa" >/dev/null
openssl ts -reply -in answer -text 2>/dev/null | grep -q 'Status: Rejected' || fail "no rejection"

echo "# it ends when it is told to"
pid=$(cat "$PENA_RIG_DIR/ca-server.pid")
kill -TERM "$pid"
for _ in $(seq 100); do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
done
if kill -0 "$pid" 2>/dev/null; then fail "the server goes on after SIGTERM"; fi
