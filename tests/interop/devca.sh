#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: OpenSSL judges what the development CA makes: devca.sh PENA-DEVCA
# Copyright (C) 2026 the Pena authors
set -eu
devca=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
fail() {
    echo "FAILED: $*" >&2
    exit 1
}
command -v openssl >/dev/null || {
    echo "skipped: openssl is not installed"
    exit 77
}
judge() { # CERTIFICATE: the verdict on it, revocation of the whole chain included
    openssl verify -crl_check_all -x509_strict -CAfile ca/root.pem -untrusted ca/issuing.pem \
        -CRLfile root.crl.pem -CRLfile issuing.crl.pem "$1" 2>&1
}
lists() {
    for ca in root issuing; do
        "$devca" crl ca --ca $ca --out $ca.crl 2>/dev/null
        openssl crl -inform DER -in $ca.crl -out $ca.crl.pem
    done
}

for kind in p256 p384 rsa3072; do
    rm -rf ca
    "$devca" init ca --key $kind >/dev/null 2>said
    grep -q 'never for production' said || fail "it does not say what it is not for"
    openssl req -new -newkey rsa:2048 -nodes -keyout key.pem -out request.csr -utf8 2>/dev/null \
        -subj "/C=ID/O=Pemerintah Kabupaten Tirta Kencana/title=Kepala Dinas/CN=Sari Wulandari/serialNumber=197803152005012003"
    for profile in signing authentication encryption; do
        "$devca" issue ca --csr request.csr --out $profile.pem --profile $profile >/dev/null 2>&1
    done
    lists
    judge signing.pem | grep -q ': OK$' || fail "$kind: $(judge signing.pem)"
    "$devca" revoke ca --certificate signing.pem --reason keyCompromise 2>/dev/null
    lists
    judge signing.pem | grep -q 'certificate revoked' || fail "$kind: a revoked certificate is not refused"
    judge authentication.pem | grep -q ': OK$' || fail "$kind: another certificate suffers"
    openssl crl -in issuing.crl.pem -noout -text | grep -q 'Key Compromise' || fail "no reason in the list"
    [ "$(openssl crl -in issuing.crl.pem -noout -crlnumber)" = crlNumber=0x02 ] || fail "the number does not count up"
done

# its index is read by OpenSSL's own responder
ask=(-issuer ca/issuing.pem -cert signing.pem -cert authentication.pem -no_nonce)
openssl ocsp "${ask[@]}" -reqout ocsp.request >/dev/null
openssl ocsp -index ca/index.txt -rsigner ca/issuing.pem -rkey ca/issuing.key -CA ca/issuing.pem \
    -reqin ocsp.request -respout ocsp.response >/dev/null
openssl ocsp "${ask[@]}" -respin ocsp.response -CAfile ca/root.pem -verify_other ca/issuing.pem >said 2>&1 ||
    fail "openssl ocsp: $(cat said)"
grep -q 'signing.pem: revoked' said || fail "openssl ocsp: $(cat said)"
grep -q 'authentication.pem: good' said || fail "openssl ocsp: $(cat said)"

# several at once lose nothing
for number in 1 2 3 4 5 6 7 8; do
    "$devca" issue ca --csr request.csr --out many$number.pem >/dev/null 2>&1 &
done
wait
[ "$(grep -c ^V ca/index.txt)" = 10 ] || fail "entries of the index were lost: $(cat ca/index.txt)"
[ "$(cut -f4 ca/index.txt | sort -u | wc -l)" = 11 ] || fail "a serial number was given twice"

# errors: exit status and cause
status=0
"$devca" init ca >said 2>&1 || status=$?
[ $status = 6 ] || fail "a second init gives exit $status"
status=0
"$devca" issue ca --csr key.pem --out none.pem >said 2>&1 || status=$?
[ $status = 5 ] && [ ! -e none.pem ] || fail "a file that is no request gives exit $status"
status=0
"$devca" revoke ca --serial 1234 >said 2>&1 || status=$?
[ $status = 6 ] || fail "an unknown serial number gives exit $status"
status=0
"$devca" revoke ca --certificate signing.pem >said 2>&1 || status=$?
[ $status = 3 ] && grep -q 'was revoked on 20' said || fail "a second revocation gives exit $status"
