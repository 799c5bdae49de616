#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: OpenSC knows a virtual token for an OpenPGP card, signs and decrypts with it, and manages it
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"
need opensc-tool openpgp-tool pkcs11-tool pkcs15-tool openssl
cp11() { succeed pkcs11-tool --module opensc-pkcs11.so "$@"; }

say "it is taken for an OpenPGP card"
succeed opensc-tool --name
shows "OpenPGP card v3.4"
succeed openpgp-tool -C -K
shows "Version:         3.4"
succeed pkcs15-tool --dump
shows "SIG certificate"

say "a signature with the signature key (OpenSC shows each PIN as a slot), checked by openssl"
printf 'naskah dinas' >data
openssl dgst -sha256 -binary -out hash data
cp11 --slot-index 1 --read-object --type cert --id 01 --output-file certificate.der
openssl x509 -inform DER -in certificate.der -pubkey -noout >public.pem
case $(openssl x509 -inform DER -in certificate.der -noout -text) in
*rsaEncryption*)
    cp11 --slot-index 1 --login --pin "$PENA_PIN" --id 01 --sign --mechanism SHA256-RSA-PKCS --input-file data --output-file signature
    kind=rsa
    ;;
*)
    cp11 --slot-index 1 --login --pin "$PENA_PIN" --id 01 --sign --mechanism ECDSA --signature-format openssl --input-file hash --output-file signature
    kind=ec
    ;;
esac
succeed openssl dgst -sha256 -verify public.pem -signature signature data

say "the decryption key gives back what openssl encrypted"
if [ $kind = rsa ]; then
    cp11 --read-object --type cert --id 02 --output-file encryption.der
    openssl x509 -inform DER -in encryption.der -pubkey -noout >encryption.pem
    openssl pkeyutl -encrypt -pubin -inkey encryption.pem -in data -out data.enc
    cp11 --login --pin "$PENA_PIN" --id 02 --decrypt --mechanism RSA-PKCS --input-file data.enc --output-file data.out
    cmp data data.out || fail "something else was decrypted"
fi

say "a wrong PIN costs a try, the right one gives it back"
! timeout 60 pkcs11-tool --module opensc-pkcs11.so --login --pin 999999 --list-objects >last 2>&1 || fail "a wrong PIN is good"
succeed pkcs15-tool --list-pins
shows "Tries left     : 2"
cp11 --login --pin "$PENA_PIN" --list-objects --type privkey
succeed pkcs15-tool --list-pins
shows "Tries left     : 3"

say "openpgp-tool makes a key of its own and reads it"
succeed openpgp-tool --verify CHV3 --pin 12345678 --gen-key 3 --key-type rsa2048
cp11 --read-object --type pubkey --id 03 --output-file made.der
succeed openssl pkey -pubin -inform DER -in made.der -noout -text
