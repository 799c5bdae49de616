#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: GnuPG makes keys on a virtual OpenPGP card, signs and decrypts with it, and moves its own keys there
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"
# shellcheck source=tests/interop/gpg.sh
. "$source_dir/tests/interop/gpg.sh"
need gpg python3
own_gnupg
card_status() { succeed gpg --card-status; }

# make_keys NAME: on the card, of the kind that its attributes say
make_keys() {
    answered cardedit.prompt=admin cardedit.prompt=generate cardedit.prompt=quit cardedit.genkeys.backup_enc=n \
        cardedit.genkeys.replace_keys=y keygen.valid=0 "keygen.name=Percobaan $1" "keygen.email=$1@example.org" \
        keygen.userid.cmd=O -- --card-edit
}
key_attributes() { # ALGORITHM CURVE-OR-BITS, as gpg numbers them
    answered cardedit.prompt=admin cardedit.prompt=key-attr cardedit.prompt=quit "cardedit.genkeys.algo=$1" \
        "keygen.curve=$2" "cardedit.genkeys.size=$2" -- --expert --card-edit
}

say "the card is known, and blank"
card_status
shows "Application type .: OpenPGP"
shows "Version ..........: 3.4"
shows "Signature key ....: [none]"

say "gpg makes RSA keys on it; they sign and decrypt"
make_keys rsa
card_status
shows "Key attributes ...: rsa2048 rsa2048 rsa2048"
signs_and_decrypts rsa@example.org

say "a wrong PIN costs a try, the right one gives it back"
printf 999999 >pin
timeout 60 gpg --batch --local-user rsa@example.org --output wrong.gpg --sign data >last 2>&1 && fail "a wrong PIN is good"
card_status
grep -qE "PIN retry counter : [0-2] 0 3" last || fail "no try was spent"
printf %s "$PENA_PIN" >pin
signs_and_decrypts rsa@example.org
card_status
shows "PIN retry counter : 3 0 3"

say "it makes Curve 25519 and NIST keys"
key_attributes 2 1
make_keys curve25519
card_status
shows "Key attributes ...: ed25519 cv25519 ed25519"
signs_and_decrypts curve25519@example.org
for bits in 256:3 384:4; do
    key_attributes 2 "${bits#*:}"
    make_keys "nistp${bits%:*}"
    card_status
    shows "Key attributes ...: nistp${bits%:*} nistp${bits%:*} nistp${bits%:*}"
    signs_and_decrypts "nistp${bits%:*}@example.org"
done

say "it moves keys of its own there: RSA-3072 and Curve 25519"
key_attributes 1 3072
for kind in rsa3072:rsa3072 ed25519:cv25519; do
    who=moved-${kind%:*}@example.org
    succeed gpg --batch --passphrase '' --quick-generate-key "$who" "${kind%:*}" sign never
    fingerprint=$(gpg --batch --with-colons --list-secret-keys "$who" 2>/dev/null | sed -n 's/^fpr:*\([^:]*\):$/\1/p' | head -n 1)
    succeed gpg --batch --passphrase '' --quick-add-key "$fingerprint" "${kind#*:}" encrypt never
    answered keyedit.prompt=keytocard "keyedit.prompt=key 1" keyedit.prompt=keytocard keyedit.prompt=save \
        keyedit.keytocard.use_primary=y cardedit.genkeys.storekeytype=1 cardedit.genkeys.storekeytype=2 \
        cardedit.genkeys.replace_key=y -- --edit-key "$who"
    succeed gpg --list-secret-keys "$who"
    shows "sec>"
    shows "ssb>"
    signs_and_decrypts "$who"
done

say "name, PINs, resetting code, key derivation"
answered cardedit.prompt=admin cardedit.prompt=name cardedit.prompt=lang cardedit.prompt=quit \
    keygen.smartcard.surname=Wulandari keygen.smartcard.givenname=Sari cardedit.change_lang=id -- --card-edit
card_status
shows "Name of cardholder: Sari Wulandari"
answered cardedit.prompt=admin cardedit.prompt=kdf-setup cardedit.prompt=quit -- --card-edit
card_status
shows "KDF setting ......: on"
signs_and_decrypts moved-ed25519@example.org

say "a factory reset leaves a blank card"
answered cardedit.prompt=admin cardedit.prompt=factory-reset cardedit.prompt=quit cardedit.factory-reset.proceed=y \
    cardedit.factory-reset.really=yes -- --card-edit
card_status
shows "Signature key ....: [none]"
shows "KDF setting ......: off"
