#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: a report on a verification that goes into the file
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need pdftotext pdffonts pdfinfo qpdf

# verdict STATUS COMMAND...: it must exit with STATUS; ./last keeps what it prints
verdict() {
    local wanted=$1 status=0
    shift
    timeout 120 "$@" >"$story/last" 2>&1 </dev/null || status=$?
    [ "$status" = "$wanted" ] || fail "exit $status, not $wanted: $*"
}
tells() { # FILE TEXT...: the PDF says so, whatever the line breaks
    local file=$1 text
    shift
    pdftotext "$file" - | tr -s ' \n\f' ' ' >told
    for text in "$@"; do
        grep -qF -- "$text" told || { cat told; fail "$file does not tell: $text"; }
    done
}

letter surat.pdf
succeed pena sign surat.pdf
say "the verdict, which file it was, and the details, as text that can be selected"
verdict 0 pena verify --report laporan.pdf surat-signed.pdf
shows "Report: laporan.pdf"
tells laporan.pdf "Verification of electronic signatures" "VALID" "Signed by Sari Wulandari" "surat-signed.pdf" \
    "$(sha256sum <surat-signed.pdf | cut -d' ' -f1)" "Pena 0." "PAdES B-B"
succeed qpdf --check laporan.pdf
pdfinfo laporan.pdf | grep -q "Title: *Verification of electronic signatures" || fail "no title"
[ "$(pdffonts laporan.pdf | awk 'NR > 2 && $(NF-4) != "yes"' | wc -l)" = 0 ] || fail "a font is not embedded"
LANGUAGE=id verdict 0 pena verify --report laporan-id.pdf surat-signed.pdf
tells laporan-id.pdf "Pemeriksaan tanda tangan elektronik" "SAH" "Ditandatangani oleh Sari Wulandari"

say "several files, a part each, those included that are not valid"
cp surat-signed.pdf rusak.pdf
printf X | dd of=rusak.pdf bs=1 seek=1000 conv=notrunc status=none
verdict 1 pena verify --report semua.pdf surat-signed.pdf rusak.pdf surat.pdf tidak-ada.pdf
tells semua.pdf "NOT VALID" "What to do: Do not rely on it" "NOT SIGNED" "NOT EXAMINED" "Summary"
pdfinfo semua.pdf | grep -q "Pages: *5" || fail "not a page a file"
mkdir arsip
for number in $(seq 300); do ln surat-signed.pdf "arsip/$number.pdf"; done
verdict 0 pena verify --json --report arsip.pdf arsip
python3 -c 'import json; assert json.load(open("last"))["summary"]["report_file"] == "arsip.pdf"'
pdfinfo arsip.pdf | grep -q "Pages: *301" || fail "not a page a file of the folder"

say "names cannot write anything else into the report, and any name is drawn"
cp surat-signed.pdf "$(printf 'aneh \\"<b>\342\200\256\001 \360\237\230\200.pdf')"
verdict 0 pena verify --report aneh-laporan.pdf aneh*.pdf
tells aneh-laporan.pdf "VALID"

say "nothing is overwritten unasked, and a failure leaves what was there"
echo lama >lama.pdf
refuse 5 output-exists pena verify --json --report lama.pdf surat-signed.pdf
[ "$(cat lama.pdf)" = lama ] || fail "an output was overwritten"
refuse 2 request-invalid pena verify --json --force --report surat-signed.pdf surat-signed.pdf
refuse 2 request-invalid pena verify --json --report laporan.html surat-signed.pdf
refuse 5 output-failed pena verify --json --report tidak/ada.pdf surat-signed.pdf
! pena verify --report tidak/ada.pdf surat-signed.pdf >last 2>&1 || fail "a report in a folder that is not there"
shows "tidak/ada.pdf: The output cannot be written"
succeed pena verify surat-signed.pdf
mkdir penuh
if mount -t tmpfs -o size=16k tmpfs penuh 2>/dev/null; then
    echo lama >penuh/lama.pdf
    refuse 5 disk-full pena verify --json --force --report penuh/lama.pdf surat-signed.pdf
    [ "$(cat penuh/lama.pdf)" = lama ] || fail "a full disk lost the earlier report"
    [ "$(ls -A penuh)" = lama.pdf ] || fail "a full disk left something: $(ls -A penuh)"
    umount penuh
else
    say "mounting is not allowed here; the full disk is left out"
fi
verdict 0 pena verify --force --report lama.pdf surat-signed.pdf
tells lama.pdf "VALID"
timeout --signal=INT --preserve-status 0.4 pena verify --report putus.pdf arsip arsip arsip arsip arsip arsip >last 2>&1 &&
    fail "was not interrupted"
[ ! -e putus.pdf ] || fail "an interrupt left a report"
[ -z "$(find . -name '.pena-*')" ] || fail "something was left behind"

say "without fonts that is said"
mkdir kosong
conf=$XDG_CONFIG_HOME/pena/agent.conf
cp "$conf" agent.conf
printf '\n[stamp]\nfonts=%s/kosong\n' "$story" >>"$conf"
refuse 2 config-invalid pena verify --json --report huruf.pdf surat-signed.pdf
cp agent.conf "$conf"
[ ! -e huruf.pdf ] || fail "a report without letters"
