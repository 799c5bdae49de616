#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: pkcs11-tool makes keys, puts keys and certificates on the token and takes them off, and manages PINs
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/interop/pkcs11-lib.sh
. "$(dirname "$0")/pkcs11-lib.sh"

tool -L
case $(sed -n 's/^ *token model *: *//p' last) in
PIV*) officer=010203040506070801020304050607080102030405060708 puk=12345678 where=03 other=04 ;;
OpenPGP*) officer=12345678 puk='' where=02 other=03 ;;
*) skip "nothing can be put on a token of this kind" ;;
esac
# PIV has a place for certificates only once the administrator has shown himself; so has every card.
so() { tool --login --login-type so --so-pin "$officer" "$@"; }
refused_so() {
    local code=$1
    shift
    refused "$code" --login --login-type so --so-pin "$officer" "$@"
}

say "only the administrator makes keys"
refused CKR_USER_NOT_LOGGED_IN --login --pin "$PENA_PIN" --keypairgen --key-type EC:prime256v1 --id "$where"

say "a key in use is not replaced by a slip"
in_use=$(a_key sign || a_key decrypt) || skip "this token has no key"
refused_so "(0x1b)" --keypairgen --key-type EC:prime256v1 --id "$in_use" # CKR_ACTION_PROHIBITED

clear_place() { # ID: what is there is given up
    ! certificate "$1" || so --delete-object --type cert --id "$1"
}
clear_place "$where"
clear_place "$other"

for kind in EC:prime256v1 rsa:2048; do
    say "a key made on the token ($kind), its certificate, and what it decrypts or agrees on"
    so --keypairgen --key-type $kind --id "$where"
    shows "Key pair generated"
    tool -r --type pubkey --id "$where" -o made.der
    openssl pkey -pubin -inform der -in made.der -out made.pub || fail "the public key cannot be read"
    openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=Percobaan -days 2 2>last
    openssl req -new -newkey rsa:2048 -nodes -keyout x.key -subj /CN=Uji -out x.csr 2>last
    openssl x509 -req -in x.csr -force_pubkey made.pub -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out made.pem 2>last
    openssl x509 -in made.pem -outform der -out made.cert
    so --write-object made.cert --type cert --id "$where"
    tool -r --type cert --id "$where" -o back.cert
    cmp made.cert back.cert || fail "another certificate came back"
    if [ $kind = rsa:2048 ]; then
        printf rahasia >plain
        tool -M
        if grep -q RSA-PKCS-OAEP last; then
            openssl pkeyutl -encrypt -pubin -inkey made.pub -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 \
                -in plain -out sealed
            login --decrypt --id "$where" -m RSA-PKCS-OAEP --hash-algorithm SHA256 --mgf MGF1-SHA256 -i sealed -o opened
        else
            openssl pkeyutl -encrypt -pubin -inkey made.pub -in plain -out sealed
            login --decrypt --id "$where" -m RSA-PKCS -i sealed -o opened
        fi
        cmp plain opened || fail "what was decrypted is something else"
    else
        openssl ecparam -name prime256v1 -genkey -noout -out peer.key
        openssl ec -in peer.key -pubout -outform der -out peer.der 2>last
        login --derive --id "$where" -m ECDH1-DERIVE -i peer.der -o secret
        openssl pkeyutl -derive -inkey peer.key -peerkey made.pub -out expected
        cmp secret expected || fail "both sides agree on different secrets"
    fi
    so --delete-object --type cert --id "$where"
    ! certificate "$where" || fail "the certificate is still there"
done

say "a key from outside"
openssl ecparam -name prime256v1 -genkey -noout -out own.key
openssl ec -in own.key -outform der -out own.der 2>last
openssl req -x509 -key own.key -subj /CN=Impor -days 2 -outform der -out own.cert
so --write-object own.der --type privkey --id "$other"
so --write-object own.cert --type cert --id "$other"
head -c 100 /dev/urandom >data
login --sign --id "$other" -m ECDSA-SHA256 --signature-format openssl -i data -o signature
openssl ec -in own.key -pubout -out own.pub 2>last
succeed openssl dgst -sha256 -verify own.pub -signature signature data

say "the passphrase is changed, blocked and given anew"
tool --change-pin --pin "$PENA_PIN" --new-pin 87654321
tool --change-pin --pin 87654321 --new-pin "$PENA_PIN"
if [ -n "$puk" ]; then
    for _ in 1 2; do refused CKR_PIN_INCORRECT --login --pin 999999 -O; done
    tool -L
    shows "final user PIN try"
    refused CKR_PIN_LOCKED --login --pin 999999 -O # pkcs11-tool has seen that it is the last
    tool -L
    shows "user PIN locked"
    refused CKR_PIN_INCORRECT --unlock-pin --puk 99999999 --new-pin "$PENA_PIN"
    tool --unlock-pin --puk "$puk" --new-pin "$PENA_PIN"
else
    say "the administrator gives a new passphrase"
    so --init-pin --new-pin 66666666
    tool --change-pin --pin 66666666 --new-pin "$PENA_PIN"
fi
login -O

say "the token is made as new, and the administrator stays who he is"
tool --init-token --so-pin "$officer" --label "Token baru"
tool -L
shows "Token baru"
tool -O
! grep -q "Certificate Object" last || fail "a certificate has survived"
so --keypairgen --key-type EC:prime256v1 --id "$where"
echo "ok: provisioning"
