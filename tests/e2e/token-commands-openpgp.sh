#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: IT staff makes keys on an OpenPGP card, whose administrator has a passphrase of his own
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need openssl

secret() { printf '%s\n' "$2" >"$1"; }
secret makers 123456
secret admin 12345678
secret wrong 99887761
secret passphrase 739152

say "init: what cannot be is refused before anything is spent"
secret code 40718263
secret short 739153
secret other-admin 58302617
new=(--new-passphrase-file passphrase --new-puk-file code --new-admin-file other-admin)
refuse 2 request-invalid pena token init --json --new-passphrase-file passphrase --new-puk-file code
shows "--new-admin-file"
refuse 2 passphrase-weak pena token init --json --new-passphrase-file passphrase --new-puk-file short --new-admin-file other-admin
refuse 2 passphrase-weak pena token init --json --new-passphrase-file passphrase --new-puk-file code --new-admin-file code
refuse 4 admin-wrong pena token init --json --management-key-file wrong "${new[@]}"
shows '"done":[]'
succeed pena token list
shows "Tries left, passphrase: 3"
shows "Tries left, administrator: 2"

say "init that fails goes on from where it was"
refuse 4 pin-wrong pena token init --json --passphrase-file short "${new[@]}"
shows '"done":["admin-passphrase-known"]'
succeed pena token init --label "Kartu Ratna" "${new[@]}"
shows "Keep the resetting code"
XDG_CACHE_HOME=/dev/null succeed pena token list
shows "Kartu Ratna"
refuse 4 admin-wrong pena token generate --json --place sig --management-key-file admin
succeed pena token unblock --puk-file code --new-passphrase-file passphrase
succeed pena token init --passphrase-file passphrase --management-key-file other-admin "${new[@]}"
succeed pena token reset --serial "$(pena token list --json | grep -oE '"serial":"[0-9a-f]+' | cut -d'"' -f4)"

say "a key needs the administrator"
refuse 2 request-invalid pena token generate --json --place sig
shows "--management-key-file"
refuse 4 admin-wrong pena token generate --json --place sig --management-key-file wrong
succeed pena token list
shows "Tries left, administrator: 2"
refuse 2 request-invalid pena token generate --json --place 9c --management-key-file admin
succeed pena token generate --place sig --management-key-file admin --output sig.pem
succeed pena token generate --place aut --algorithm p384 --management-key-file admin --output aut.pem
succeed openssl pkey -pubin -in aut.pem -noout
refuse 4 key-place-taken pena token generate --json --place sig --management-key-file admin
succeed pena token show
shows "sig: EC 256, no certificate"
shows "aut: EC 384, no certificate"

say "passphrases"
succeed pena token change-passphrase --passphrase-file makers --new-passphrase-file passphrase
refuse 4 puk-blocked pena token unblock --json --puk-file admin --new-passphrase-file passphrase

say "what this kind of token cannot do is refused by name"
refuse 4 token-operation-unsupported pena token attest --json --place sig

say "reset"
succeed pena token reset --serial "$(pena token list --json | grep -oE '"serial":"[0-9a-f]+' | cut -d'"' -f4)"
succeed pena token show
shows "no key and no certificate"
echo "ok: token commands, OpenPGP"
