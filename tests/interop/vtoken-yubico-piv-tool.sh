#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: yubico-piv-tool provisions a blank virtual token and uses its keys
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"
need yubico-piv-tool openssl
succeed_piv() { succeed yubico-piv-tool --reader=Virtual "$@"; }
fail_piv() { ! timeout 60 yubico-piv-tool --reader=Virtual "$@" >last 2>&1 </dev/null || fail "must not work: $*"; }

openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=ca 2>last
certify() { # PUBLIC-KEY CERTIFICATE; the tool's own requests and self-signed certificates fail with OpenSSL 3 before a card is asked
    succeed openssl x509 -new -subj /CN=Percobaan -force_pubkey "$1" -CA ca.pem -CAkey ca.key -out "$2"
}

say "a blank card"
succeed_piv -a status
shows "PIN tries left:	3"
succeed_piv -a set-chuid -a set-ccc

pin=123456
for kind in 9a:RSA2048 9c:RSA2048 9d:RSA2048 9c:ECCP256 9d:ECCP256 9a:ECCP384 9d:ECCP384; do
    slot=${kind%:*} algorithm=${kind#*:}
    say "$algorithm in $slot: key, certificate, use"
    succeed_piv -a generate -s "$slot" -A "$algorithm" -o public.pem
    certify public.pem certificate.pem
    succeed_piv -a import-certificate -s "$slot" -i certificate.pem
    succeed_piv -a verify-pin -P $pin -a test-signature -s "$slot" -i certificate.pem
    [ "$slot" != 9d ] || succeed_piv -a verify-pin -P $pin -a test-decipher -s "$slot" -i certificate.pem
    succeed_piv -a read-certificate -s "$slot" -o again.pem
    cmp <(openssl x509 -in certificate.pem) <(openssl x509 -in again.pem) || fail "another certificate came back"
done

say "without the PIN no signature"
fail_piv -a test-signature -s 9d -i certificate.pem

say "a retired key, and the card's word that it made it"
succeed_piv -a generate -s 82 -A ECCP256 -o public.pem
succeed_piv -a attest -s 82 -o statement.pem
succeed_piv -a read-certificate -s f9 -o attester.pem
succeed openssl verify -partial_chain -trusted attester.pem statement.pem
cmp <(openssl x509 -in statement.pem -noout -pubkey) public.pem || fail "the statement is about another key"
certify public.pem certificate.pem
succeed_piv -a import-certificate -s 82 -i certificate.pem
succeed_piv -a verify-pin -P $pin -a test-decipher -s 82 -i certificate.pem

say "keys from outside"
for kind in RSA2048:rsa:2048 ECCP256:ec:P-256 ECCP384:ec:P-384; do
    IFS=: read -r algorithm type size <<<"$kind"
    case $type in
    rsa) succeed openssl genrsa -traditional -out key.pem "$size" ;;
    ec) succeed openssl ecparam -name "$size" -genkey -noout -out key.pem ;;
    esac
    succeed openssl req -x509 -new -key key.pem -subj /CN=Luar -out certificate.pem
    succeed_piv -a import-key -s 9e -A "$algorithm" -i key.pem
    succeed_piv -a import-certificate -s 9e -i certificate.pem
    succeed_piv -a test-signature -s 9e -i certificate.pem
done

say "PIN and PUK"
succeed_piv -a change-pin -P 123456 -N 654321
fail_piv -a verify-pin -P 123456
succeed_piv -a status
shows "PIN tries left:	2"
succeed_piv -a verify-pin -P 654321
succeed_piv -a change-puk -P 12345678 -N 87654321
fail_piv -a unblock-pin -P 12345678 -N 112233
for _ in 1 2 3; do fail_piv -a verify-pin -P 999999; done
succeed_piv -a status
shows "PIN tries left:	0"
succeed_piv -a unblock-pin -P 87654321 -N 112233
succeed_piv -a verify-pin -P 112233 -a pin-retries --pin-retries=6 --puk-retries=4
succeed_piv -a status
shows "PIN tries left:	6"
succeed_piv -a verify-pin -P 123456

say "management key"
new=010203040506070809010203040506070809010203040506
succeed_piv -a set-mgm-key -n $new
fail_piv -a generate -s 9a -A ECCP256
succeed_piv --key=$new -a delete-certificate -s 9a
fail_piv -a read-certificate -s 9a

say "back to blank, only when both are blocked"
fail_piv -a reset
for _ in 1 2 3 4 5 6; do fail_piv -a verify-pin -P 999999; done
for _ in 1 2 3 4; do fail_piv -a unblock-pin -P 99999999 -N 112233; done
succeed_piv -a reset
fail_piv -a read-certificate -s 9c
succeed_piv -a verify-pin -P 123456
