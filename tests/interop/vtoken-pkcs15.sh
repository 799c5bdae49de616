#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: OpenSC reads a virtual PKCS#15 token, and uses it where it knows the kind of card
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"
need opensc-tool pkcs15-tool pkcs11-tool openssl
cp11() { succeed pkcs11-tool --module opensc-pkcs11.so "$@"; }
kind=$1

# Cards of no maker that OpenSC knows are read only when it is told so.
printf 'app default { enable_default_driver = true; }\n' >opensc.conf
export OPENSC_CONF=$PWD/opensc.conf

say "it is read as a PKCS#15 card"
succeed pkcs15-tool --dump
shows "PKCS#15 Card [Pena virtual token]"
shows "Last update"
shows "PIN [PIN]"
shows "unblockingPin"
[ "$(grep -c '^Private .* Key' last)" = 2 ] || fail "two private keys"
[ "$(grep -c '^Public .* Key' last)" = 2 ] || fail "two public keys"
[ "$(grep -c '^X.509 Certificate' last)" = 2 ] || fail "two certificates"
[ "$(grep -c "^Data object 'Catatan'" last)" = 1 ] || fail "one data object"
for id in 01 02; do
    succeed pkcs15-tool --read-certificate $id
    cp last certificate.pem
    succeed openssl verify -partial_chain -CAfile "$PENA_RIG_DIR/ca/issuing.pem" certificate.pem
    openssl x509 -in certificate.pem -pubkey -noout >public.pem
    succeed pkcs15-tool --read-public-key $id
    # OpenSC leaves the curve out: what is compared is modulus and exponent, or the point.
    cmp <(sed '/-----/d' public.pem | base64 -d | tail -c 64) <(sed -n '/BEGIN/,/END/p' last | sed '/-----/d' | base64 -d | tail -c 64) ||
        fail "another public key than the certificate's"
done

case $kind in
pkcs15-records-* | pkcs15-vendor-*) exit 0 ;; # not a kind that OpenSC can use
esac
succeed opensc-tool --name
shows "IsoApplet"

say "OpenSC tests the keys"
cp11 --login --pin "$PENA_PIN" --test
shows "No errors"

say "a signature with each key, checked by openssl"
printf 'naskah dinas' >data
openssl dgst -sha256 -binary -out hash data
ids="01 02"
case $kind in *two-pins*) ids=01 ;; esac # the other one is in a slot of its own
for id in $ids; do
    succeed pkcs15-tool --read-certificate $id
    openssl x509 -in last -pubkey -noout >public.pem
    case $kind in
    *rsa*) mechanism=SHA256-RSA-PKCS input=data ;;
    # The only one with curves that OpenSC 0.23 offers for this kind of card, to which it leaves the hashing: so the card,
    # which does none, gets what is given here.
    *) mechanism=ECDSA-SHA1 input=hash ;;
    esac
    cp11 --login --pin "$PENA_PIN" --id $id --sign --mechanism $mechanism --signature-format openssl --input-file $input \
        --output-file signature
    succeed openssl dgst -sha256 -verify public.pem -signature signature data
done
case $kind in
*two-pins*)
    say "the signing key with its own PIN"
    succeed pkcs15-tool --read-certificate 02
    openssl x509 -in last -pubkey -noout >public.pem
    cp11 --slot-index 1 --login --pin 654321 --id 02 --sign --mechanism SHA256-RSA-PKCS --input-file data --output-file signature
    succeed openssl dgst -sha256 -verify public.pem -signature signature data
    exit 0
    ;;
esac

say "a wrong PIN costs a try, the right one gives them back"
! timeout 60 pkcs11-tool --module opensc-pkcs11.so --login --pin 999999 --list-objects >last 2>&1 || fail "a wrong PIN is good"
shows CKR_PIN_INCORRECT
cp11 --login --pin "$PENA_PIN" --list-objects --type privkey

say "PIN changed, blocked, unblocked by the PUK"
succeed pkcs15-tool --change-pin --auth-id 01 --pin "$PENA_PIN" --new-pin 998877
for _ in 1 2 3; do
    ! timeout 60 pkcs15-tool --verify-pin --auth-id 01 --pin 111111 >last 2>&1 || fail "a wrong PIN is good"
done
! timeout 60 pkcs15-tool --verify-pin --auth-id 01 --pin 998877 >last 2>&1 || fail "a blocked PIN is good"
succeed pkcs15-tool --unblock-pin --auth-id 01 --puk 12345678 --new-pin "$PENA_PIN"
succeed pkcs15-tool --verify-pin --auth-id 01 --pin "$PENA_PIN"
