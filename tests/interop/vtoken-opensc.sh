#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: OpenSC knows a virtual token for a PIV card, provisions it, and signs with it
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"
need opensc-tool pkcs11-tool pkcs15-tool piv-tool openssl
cp11() { succeed pkcs11-tool --module opensc-pkcs11.so "$@"; }

say "it is taken for a PIV card"
succeed opensc-tool --name
shows "Personal Identity Verification Card"
succeed pkcs15-tool --dump
shows "SIGN key"
shows "Certificate for Digital Signature"

say "OpenSC tests the keys"
cp11 --login --pin "$PENA_PIN" --test
shows "No errors"

say "a signature with each key, checked by openssl"
printf 'naskah dinas' >data
openssl dgst -sha256 -binary -out hash data
for id in 01 02; do
    cp11 --read-object --type cert --id $id --output-file certificate.der
    openssl x509 -inform DER -in certificate.der -pubkey -noout >public.pem
    case $(openssl x509 -inform DER -in certificate.der -noout -text) in
    *rsaEncryption*) cp11 --login --pin "$PENA_PIN" --id $id --sign --mechanism SHA256-RSA-PKCS --input-file data --output-file signature ;;
    *) cp11 --login --pin "$PENA_PIN" --id $id --sign --mechanism ECDSA --signature-format openssl --input-file hash --output-file signature ;;
    esac
    succeed openssl dgst -sha256 -verify public.pem -signature signature data
done

say "a wrong PIN costs a try, the right one gives them back"
! timeout 60 pkcs11-tool --module opensc-pkcs11.so --login --pin 999999 --list-objects >last 2>&1 || fail "a wrong PIN is good"
shows CKR_PIN_INCORRECT
cp11 --login --pin "$PENA_PIN" --list-objects --type privkey

say "piv-tool, with management keys of all kinds, stores a certificate"
await_reader() { # Yes or No: whether there is a card in the second reader
    for _ in $(seq 100); do
        timeout 10 opensc-tool --list-readers 2>&1 | grep -qE "^1 +$1 " && return
        sleep 0.1
    done
    fail "the second reader does not change to $1"
}
part=01:02:03:04:05:06:07:08
openssl req -x509 -newkey rsa:2048 -nodes -keyout own.key -out own.pem -subj /CN=Percobaan 2>last
openssl x509 -in own.pem -outform DER -out own.der
export PIV_EXT_AUTH_KEY=$PWD/management.key
for kind in "3des 03 $part:$part:$part" "aes128 08 $part:$part" "aes192 0A $part:$part:$part" "aes256 0C $part:$part:$part:$part"; do
    read -r name algorithm key <<<"$kind"
    printf %s "$key" >management.key
    vtoken-personalise --state "$name.state" --blank --admin-key "$name"
    vtoken-card --state "$name.state" --port "$PENA_VPCD_PORT" --parent-death &
    await_reader Yes
    # Its exit status says nothing: it is the number of bytes written.
    timeout 60 piv-tool --reader 1 --admin "M:9B:$algorithm" --cert 9E --in own.pem >last 2>&1 || true
    cp11 --slot-index 1 --read-object --type cert --id 04 --output-file back.der
    cmp own.der back.der || fail "another certificate came back"
    kill $!
    wait $! || true
    await_reader No
done
