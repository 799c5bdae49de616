#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: a blank OpenPGP card is provisioned through the module, used, and known to GnuPG
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/interop/pkcs11-lib.sh
. "$(dirname "$0")/pkcs11-lib.sh"
# shellcheck source=tests/interop/gpg.sh
. "$source_dir/tests/interop/gpg.sh"
officer=12345678
so() { tool --login --login-type so --so-pin "$officer" "$@"; }
head -c 100 /dev/urandom >data

say "only the administrator makes keys"
refused CKR_USER_NOT_LOGGED_IN --login --pin "$PENA_PIN" --keypairgen --key-type rsa:2048 --id 01

# make ID KIND: a key, whose public part is then in ID.pub
make() {
    so --keypairgen --key-type "$2" --id "$1"
    shows "Key pair generated"
    tool -r --type pubkey --id "$1" -o "$1.der"
    openssl pkey -pubin -inform der -in "$1.der" -out "$1.pub" || fail "the public key cannot be read"
}
# certify ID: a certificate of a CA that only this story knows
certify() {
    [ -f ca.pem ] || openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=Percobaan -days 2 2>last
    openssl req -new -newkey rsa:2048 -nodes -keyout x.key -subj /CN=Uji -out x.csr 2>last
    openssl x509 -req -in x.csr -force_pubkey "$1.pub" -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -outform der \
        -out "$1.cert" 2>last
    so --write-object "$1.cert" --type cert --id "$1"
    tool -r --type cert --id "$1" -o back.cert
    cmp "$1.cert" back.cert || fail "another certificate came back"
}

say "RSA keys in all places, without certificates: they sign and decrypt"
for id in 01 02 03; do make $id rsa:2048; done
for id in 01 03; do
    login --sign --id $id -m SHA256-RSA-PKCS -i data -o signature
    succeed openssl dgst -sha256 -verify $id.pub -signature signature data
done
printf rahasia >plain
openssl pkeyutl -encrypt -pubin -inkey 02.pub -in plain -out sealed
login --decrypt --id 02 -m RSA-PKCS -i sealed -o opened
cmp plain opened || fail "what was decrypted is something else"

say "certificates for each, and one taken off again"
for id in 01 02 03; do certify $id; done
so --delete-object --type cert --id 02
! certificate 02 || fail "the certificate is still there"

if command -v gpg >/dev/null; then
    say "GnuPG knows the keys by the fingerprints that were written, and signs with them"
    own_gnupg
    succeed gpg --card-status
    shows "Key attributes ...: rsa2048 rsa2048 rsa2048"
    shows "Signature PIN ....: forced"
    # A fingerprint covers the date: gpg is told to live in the second in which the key was made.
    made=$(gpg --with-colons --card-status 2>/dev/null | sed -n 's/^fprtime:\([0-9]*\):.*/\1/p')
    answered keygen.algo=14 keygen.cardkey=1 keygen.valid=0 "keygen.name=Percobaan" "keygen.email=kartu@example.org" \
        keygen.userid.cmd=O -- --faked-system-time "$made!" --full-generate-key
    succeed gpg --card-status
    shows "General key info..: pub  rsa2048/"
    printf 'naskah dinas' >letter
    succeed gpg --batch --local-user kartu@example.org --output letter.gpg --sign letter
    succeed gpg --batch --verify letter.gpg
    shows "Good signature"
    gpgconf --kill all
fi

say "a key from outside takes the place of a deleted one; curves sign and agree"
so --delete-object --type cert --id 03
so --delete-object --type privkey --id 03
openssl ecparam -name prime256v1 -genkey -noout -out own.key
openssl ec -in own.key -outform der -out own.der 2>last
so --write-object own.der --type privkey --id 03
openssl ec -in own.key -pubout -out 03.pub 2>last
login --sign --id 03 -m ECDSA-SHA256 --signature-format openssl -i data -o signature
succeed openssl dgst -sha256 -verify 03.pub -signature signature data
so --delete-object --type privkey --id 02
make 02 EC:prime256v1
openssl ecparam -name prime256v1 -genkey -noout -out peer.key
openssl ec -in peer.key -pubout -outform der -out peer.der 2>last
login --derive --id 02 -m ECDH1-DERIVE -i peer.der -o secret
openssl pkeyutl -derive -inkey peer.key -peerkey 02.pub -out expected
cmp secret expected || fail "both sides agree on different secrets"

say "the passphrase is changed and changed back; a wrong one is told as such"
tool --change-pin --pin "$PENA_PIN" --new-pin "kata sandi baru"
refused CKR_PIN_INCORRECT --login --pin "$PENA_PIN" -O
tool --change-pin --pin "kata sandi baru" --new-pin "$PENA_PIN"
tool -L
! grep -q 'count low' last || fail "a try is lost"
echo "ok: OpenPGP"
