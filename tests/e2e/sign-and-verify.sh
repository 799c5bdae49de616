#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: an official signs a letter and a spreadsheet, and a citizen checks both
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

letter surat.pdf
sha256sum surat.pdf >before
succeed pena sign surat.pdf
sha256sum -c --quiet before || fail "the letter itself was changed"
prefix_of surat.pdf surat-signed.pdf
succeed pena verify surat-signed.pdf
shows "Sari Wulandari"
shows "B-B"

say "the prompt said what was signed, and never the passphrase"
prompts | grep -q surat.pdf || fail "the prompt does not name the document"
prompts | grep -q "$(sha256sum surat.pdf | cut -c1-4)" || fail "the prompt does not show the fingerprint"
! prompts | grep -q "$PENA_PIN" || fail "the passphrase is in the log of the prompt"

say "any other file gets its signature beside it"
head -c 100000 /dev/urandom >anggaran.xlsx
succeed pena sign anggaran.xlsx
[ -s anggaran.xlsx.p7s ] || fail "no anggaran.xlsx.p7s"
succeed pena verify anggaran.xlsx.p7s
succeed pena verify anggaran.xlsx
succeed openssl cms -verify -cades -binary -inform DER -in anggaran.xlsx.p7s -content anggaran.xlsx -CAfile "$PENA_TRUST" \
    -purpose any -out /dev/null
printf x >>anggaran.xlsx
status=0
pena verify anggaran.xlsx.p7s >last 2>&1 || status=$?
[ $status = 1 ] || fail "a changed spreadsheet gives exit $status"

say "a letter without signature is not called valid"
status=0
pena verify surat.pdf >last 2>&1 || status=$?
[ $status = 1 ] || fail "an unsigned letter gives exit $status"
