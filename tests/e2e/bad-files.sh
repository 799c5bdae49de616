#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: files that cannot be signed are refused by name and stay as they are
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need qpdf
letter surat.pdf

: >kosong.pdf
echo "bukan PDF" >teks.pdf
head -c 3000 surat.pdf >terpotong.pdf
qpdf --encrypt rahasia rahasia 256 -- surat.pdf terenkripsi.pdf
pageless tanpa-halaman.pdf
mkdir folder.pdf
sha256sum ./*.pdf >before 2>/dev/null || true

refuse 5 document-missing pena sign --json tidak-ada.pdf
refuse 5 document-missing pena sign --json folder.pdf
refuse 5 document-empty pena sign --json kosong.pdf
refuse 5 document-not-pdf pena sign --json teks.pdf
refuse 5 document-damaged pena sign --json terpotong.pdf
refuse 5 document-password-needed pena sign --json terenkripsi.pdf
refuse 5 document-no-pages pena sign --json --stamp naskah-dinas tanpa-halaman.pdf
refuse 2 level-unsupported pena sign --json --level B-Z surat.pdf
sha256sum -c --quiet before || fail "a refused file was changed"
[ -z "$(find . -name '*-signed*')" ] || fail "a refused file left an output: $(find . -name '*-signed*')"
! prompts | grep -q . || fail "a passphrase was asked for before the file was looked at"

say "every refusal tells the next step in plain words, in both languages"
pena sign terenkripsi.pdf >last 2>&1 || true
shows "give --document-password-file"
LANGUAGE=id pena sign terenkripsi.pdf >last 2>&1 || true
! grep -qF "at a terminal" last || fail "not in Indonesian"

say "reasons come in the language of who asks, not of who asked before"
LANGUAGE=id pena sign --field Lain surat.pdf >last 2>&1 || true
shows "tidak ada bidang tanda tangan kosong"
pena sign --field Lain surat.pdf >last 2>&1 || true
shows "there is no empty signature field"

mkdir berkas.pdf
refuse 5 document-missing pena sign --json berkas.pdf
shows "it is a folder; name the files in it"

say "a value that an option does not have is told in the language of who asks"
LANGUAGE=id pena sign --digest md5 surat.pdf >last 2>&1 && fail "md5"
shows "--digest bernilai sha256, sha384, atau sha512"
refuse 2 request-invalid pena sign --json --padding oaep surat.pdf

say "names that look like options or hold anything a file name can hold"
cp surat.pdf ./-aneh.pdf
cp surat.pdf $'dua baris\nnama.pdf'
succeed pena sign -- -aneh.pdf
succeed pena sign $'dua baris\nnama.pdf'
[ -s ./-aneh-signed.pdf ] || fail "no -aneh-signed.pdf"
