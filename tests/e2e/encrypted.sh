#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: an encrypted letter is signed with its password, and stays encrypted
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need qpdf pdfsig
letter surat.pdf
echo rahasia >kata-sandi
echo pemilik >pemilik
echo salah >salah

signs() { # PASSWORD-FILE NAME: NAME.pdf is signed as NAME-signed.pdf; qpdf reads it with the user's password and finds no fault
    succeed pena sign --document-password-file "$1" --reason 'Rahasia jabatan' "$2.pdf"
    [ "$(head -c "$(wc -c <"$2.pdf")" "$2-signed.pdf" | sha256sum)" = "$(sha256sum <"$2.pdf")" ] || fail "the original is not kept"
    ! grep -qaF 'Rahasia jabatan' "$2-signed.pdf" || fail "the reason can be read in the file"
    succeed pena verify --document-password-file kata-sandi "$2-signed.pdf"
    shows 'Rahasia jabatan'
    qpdf --password-file=kata-sandi --check "$2-signed.pdf" >last 2>&1 || fail "qpdf: not clean"
    pdfsig -nocert -upw "$(cat kata-sandi)" "$2-signed.pdf" >last 2>&1 || true
    shows 'Signature Validation: Signature is Valid.'
    shows 'Total document signed'
}

say "every kind of encryption, with the user's and with the owner's password"
password=$(cat kata-sandi)
qpdf --allow-weak-crypto --encrypt "$password" pemilik 40 -- surat.pdf rc4-40.pdf
qpdf --allow-weak-crypto --encrypt "$password" pemilik 128 --use-aes=n -- surat.pdf rc4-128.pdf
qpdf --allow-weak-crypto --encrypt "$password" pemilik 128 --use-aes=y -- surat.pdf aes-128.pdf
qpdf --object-streams=generate --encrypt "$password" pemilik 256 -- surat.pdf aes-256.pdf
for kind in rc4-40 rc4-128 aes-128 aes-256; do
    signs kata-sandi "$kind"
    rm "$kind-signed.pdf"
    signs pemilik "$kind"
done

say "without its password, with a wrong one, and from standard input"
refuse 5 document-password-needed pena sign --json --force aes-256.pdf
refuse 5 document-password-wrong pena sign --json --force --document-password-file salah aes-256.pdf
refuse 5 document-password-wrong pena verify --json --document-password-file salah aes-256-signed.pdf
refuse 2 request-invalid pena sign --json --document-password-file tidak-ada surat.pdf
pena sign --force --document-password-file - aes-256.pdf <kata-sandi >last 2>&1 || fail "from standard input"

say "the empty password is not asked for, and what the author forbids is not done"
qpdf --encrypt '' pemilik 256 --modify=none -- surat.pdf terbatas.pdf
refuse 5 document-restricted pena sign --json terbatas.pdf
succeed pena sign --document-password-file pemilik terbatas.pdf
succeed pena verify terbatas-signed.pdf

say "at a terminal the password is asked for, without showing it"
python3 "$source_dir/tests/e2e/at-terminal.py" 'Password of the document aes-128.pdf' 'pemilik\n' \
    pena sign --force aes-128.pdf >last 2>&1 || fail "exit $? at the terminal"
shows 'Signed'
! grep -qF pemilik last || fail "the password was shown"
