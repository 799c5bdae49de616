#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: a damaged letter is refused, and a repaired copy of it is signed when that is wanted
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need qpdf pdfsig
letter surat.pdf
sed 's/^startxref$/startxreg/' surat.pdf >rusak.pdf
cp rusak.pdf before.pdf

say "refused without --repair, with the way out"
refuse 5 document-damaged pena sign --json rusak.pdf
shows '--repair'
! prompts | grep -q . || fail "a passphrase was asked for"

say "a repaired copy is signed when that is wanted; prompt and answer say so, the file stays"
succeed pena sign --repair rusak.pdf
shows 'a repaired copy of it was signed'
cmp rusak.pdf before.pdf || fail "the damaged file was changed"
prompts | grep -qF 'repaired copy' || fail "the prompt does not tell"
succeed pena verify rusak-signed.pdf
succeed qpdf --check rusak-signed.pdf
pdfsig -nocert rusak-signed.pdf >last 2>&1 || true
shows 'Signature Validation: Signature is Valid.'
succeed pena sign --json --repair --force rusak.pdf
grep -qE '"repaired" *: *true' last || fail "the JSON does not tell"

say "a sound letter is signed as it is"
succeed pena sign --json --repair surat.pdf
grep -qE '"repaired" *: *false' last || fail "a sound letter was repaired"
cmp -n "$(wc -c <surat.pdf)" surat.pdf surat-signed.pdf || fail "the original is not kept"

say "a damaged letter that bears a signature is not repaired, nor is what is beyond repair"
sed 's/^startxref$/startxreg/' surat-signed.pdf >rusak-bertanda.pdf
refuse 5 document-unrepairable pena sign --json --repair rusak-bertanda.pdf
echo 'bukan PDF' >teks.pdf
refuse 5 document-not-pdf pena sign --json --repair teks.pdf
head -c 300 surat.pdf >potongan.pdf
refuse 5 document-unrepairable pena sign --json --repair potongan.pdf
[ ! -e teks-signed.pdf ] && [ ! -e rusak-bertanda-signed.pdf ] && [ ! -e potongan-signed.pdf ] || fail "a refused file left an output"

say "an encrypted one stays encrypted"
qpdf --encrypt rahasia rahasia 256 -- surat.pdf rahasia.pdf
sed -i 's/^startxref$/startxreg/' rahasia.pdf
echo rahasia >kata-sandi
succeed pena sign --repair --document-password-file kata-sandi rahasia.pdf
qpdf --password=rahasia --show-encryption rahasia-signed.pdf >last 2>&1 || fail "qpdf cannot read it"
shows 'R = 6'

say "from a program: the whole document comes back, and says what was signed"
curl -sS --unix-socket "$PENA_SOCKET" -H 'Content-Type: application/pdf' --data-binary @rusak.pdf -D head \
    'http://pena/pena/v1/sign?repair=1&name=rusak.pdf' -o lewat-http.pdf
grep -qi '^Pena-Repaired-SHA256: [0-9a-f]\{64\}' head || fail "no Pena-Repaired-SHA256"
grep -qi "^Pena-Document-SHA256: $(sha256sum rusak.pdf | cut -d' ' -f1)" head || fail "not the hash of what was sent"
succeed pena verify lewat-http.pdf
curl -sS --unix-socket "$PENA_SOCKET" -H 'Content-Type: application/pdf' --data-binary @rusak.pdf \
    'http://pena/pena/v1/sign?repair=1&return=update' -o last
shows 'request-invalid'
