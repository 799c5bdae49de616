#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: pkcs11-tool, p11tool and ssh-keygen use the PKCS#11 module; openssl judges what comes of it
# Copyright (C) 2026 the Pena authors
# Runs inside pena-rig, or wherever PENA_MODULE, PENA_PIN and, for a private pcscd, PCSCLITE_CSOCK_NAME are set and a token
# with certificates in 9A and 9C is plugged in.
set -eu
: "${PENA_MODULE:?}" "${PENA_PIN:?}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
fail() {
    echo "FAILED: $*" >&2
    [ ! -f said ] || cat said >&2
    exit 1
}
# Runs a client, which must not hang; what it says is in "said".
run() {
    timeout 60 "$@" >said 2>&1 </dev/null
}
expect() { # PATTERN WHAT
    grep -q -e "$1" said || fail "$2"
}
missing=
for program in pkcs11-tool p11tool ssh-keygen openssl; do
    command -v "$program" >/dev/null || missing="$missing $program"
done
[ -z "$missing" ] || {
    echo "skipped: not installed:$missing"
    exit 77
}

tool() {
    run pkcs11-tool --module "$PENA_MODULE" "$@" || fail "pkcs11-tool $*"
}
tool -L
expect 'token flags.*login required' "pkcs11-tool -L shows no token"
tool -M
expect 'SHA256-RSA-PKCS, .*sign' "pkcs11-tool -M: no mechanism for RSA"
expect 'ECDSA-SHA256, .*sign' "pkcs11-tool -M: no mechanism for ECDSA"
tool -O
[ "$(grep -c 'Certificate Object' said)" = 2 ] || fail "pkcs11-tool -O does not show two certificates"
[ "$(grep -c 'Public Key Object' said)" = 2 ] || fail "pkcs11-tool -O does not show two public keys"
! grep -q 'Private Key' said || fail "private keys are shown before login"
kind=ec
! grep -q 'RSA 2048' said || kind=rsa
tool --login --pin "$PENA_PIN" -O
pss=no
! grep -q 'RSA-PKCS-PSS' said || pss=yes
expect 'always authenticate' "the signing key does not want its PIN each time"
tool --login --pin "$PENA_PIN" --test
expect '^No errors' "pkcs11-tool --test finds errors"
[ $kind = ec ] || [ "$(grep -c ': OK' said)" -ge 6 ] || fail "pkcs11-tool --test skips what it should try"

# A signature by each key with each mechanism, judged by openssl with the certificate's key.
head -c 5000 /dev/urandom >data
head -c 5000 /dev/urandom >other
judge() { # OPTIONS of openssl dgst
    openssl dgst "$@" -verify key.pem -signature signature data >/dev/null 2>&1 || fail "openssl does not accept: $*"
    ! openssl dgst "$@" -verify key.pem -signature signature other >/dev/null 2>&1 || fail "openssl accepts anything"
}
sign() { # ID MECHANISM OPTIONS of pkcs11-tool
    rm -f signature
    tool --login --pin "$PENA_PIN" --sign --id "$1" -m "$2" -i data -o signature "${@:3}"
}
for id in 01 02; do
    tool -r --type cert --id $id -o certificate.der
    openssl x509 -inform der -in certificate.der -noout -pubkey >key.pem
    for bits in 256 384 512; do
        if [ $kind = rsa ]; then
            sign $id SHA$bits-RSA-PKCS
            judge -sha$bits
            [ $pss = yes ] || continue # the card pads by itself, and not so
            sign $id SHA$bits-RSA-PKCS-PSS --salt-len -1
            judge -sha$bits -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest
        else
            sign $id ECDSA-SHA$bits --signature-format openssl
            judge -sha$bits
        fi
    done
done

# What was encrypted to the certificate comes back.
if [ $kind = rsa ]; then
    tool -r --type cert --id 01 -o certificate.der
    openssl x509 -inform der -in certificate.der -noout -pubkey >key.pem
    printf 'rahasia' >plain
    openssl pkeyutl -encrypt -pubin -inkey key.pem -in plain -out sealed
    tool --login --pin "$PENA_PIN" --decrypt --id 01 -m RSA-PKCS -i sealed -o opened
    cmp -s plain opened || fail "decryption gives something else"
fi

# A wrong passphrase is told as such and the right one still works.
! run pkcs11-tool --module "$PENA_MODULE" --login --pin 987654 -O || fail "a wrong PIN is taken"
expect 'CKR_PIN_INCORRECT' "a wrong PIN is not told as such"
tool -L
expect 'user PIN count low' "the lost try is not told"
tool --login --pin "$PENA_PIN" -O

run p11tool --provider "$PENA_MODULE" --list-all || fail "p11tool --list-all"
[ "$(grep -c 'type=cert' said)" = 2 ] || fail "p11tool does not show two certificates"
for id in %01 %02; do
    GNUTLS_PIN=$PENA_PIN run p11tool --provider "$PENA_MODULE" --login --test-sign "pkcs11:id=$id;type=private" ||
        fail "p11tool --test-sign $id"
    expect 'Verifying against public key in the token... ok' "p11tool does not accept the signature of $id"
done

run ssh-keygen -D "$PENA_MODULE" || fail "ssh-keygen -D"
[ "$(grep -c -E '^(ssh-rsa|ecdsa-sha2-nistp256) ' said)" = 2 ] || fail "ssh-keygen does not show two keys"
echo "ok: pkcs11-tool, p11tool, ssh-keygen, openssl ($kind)"
