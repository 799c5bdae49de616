#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: validation data and time-stamps in an encrypted letter
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need qpdf
letter surat.pdf
echo rahasia >kata-sandi
with=(--document-password-file kata-sandi)

sound() { # FILE LEVEL: for us, for qpdf, and nothing in it can be read without the password
    succeed pena verify "${with[@]}" "$1"
    shows VALID
    shows "$2"
    qpdf --password-file=kata-sandi --check "$1" >last 2>&1 || fail "qpdf: not clean"
    ! grep -qaF 'Rahasia jabatan' "$1" || fail "the reason can be read in the file"
    ! grep -qaF 'Pena Development' "$1" || fail "the certificates in the store can be read in the file"
}

qpdf --allow-weak-crypto --encrypt rahasia pemilik 40 -- surat.pdf rc4-40.pdf
qpdf --allow-weak-crypto --encrypt rahasia pemilik 128 --use-aes=n -- surat.pdf rc4-128.pdf
qpdf --allow-weak-crypto --encrypt rahasia pemilik 128 --use-aes=y -- surat.pdf aes-128.pdf
qpdf --object-streams=generate --encrypt rahasia pemilik 256 -- surat.pdf aes-256.pdf
for kind in rc4-40 rc4-128 aes-128 aes-256; do
    say "$kind: signed as B-LTA, and extended step by step"
    succeed pena sign "${with[@]}" --level B-LTA --reason 'Rahasia jabatan' --output "$kind-lta.pdf" $kind.pdf
    sound "$kind-lta.pdf" B-LTA
    prefix_of $kind.pdf "$kind-lta.pdf"
    succeed pena extend "${with[@]}" --output "$kind-lagi.pdf" "$kind-lta.pdf"
    sound "$kind-lagi.pdf" B-LTA
    prefix_of "$kind-lta.pdf" "$kind-lagi.pdf"
done
succeed pena sign "${with[@]}" --reason 'Rahasia jabatan' --output satu.pdf aes-256.pdf
for level in B-T B-LT B-LTA; do
    succeed pena extend "${with[@]}" --level $level --output dua.pdf satu.pdf
    sound dua.pdf $level
    mv dua.pdf satu.pdf
done

say "without its password nothing is extended"
refuse 5 document-password-needed pena extend --json --output x.pdf satu.pdf
echo salah >salah
refuse 5 document-password-wrong pena extend --json --document-password-file salah --output x.pdf satu.pdf
[ ! -e x.pdf ] || fail "a refused letter left something behind"
