#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: a stamp for which nobody chose a place, on pages with and without room for it
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need pdftotext

page() { # NAME CONTENT: a page with this drawn on it
    echo "$2" >isi
    write_page "$1" isi
}
left_edge() { # FILE: where the stamp's name begins, in points
    pdftotext -bbox "$1" - | sed -n 's/.*xMin="\([0-9]*\).*>Sari<.*/\1/p' | head -1
}
says_nothing() { ! grep -q "Note:" last || fail "there is nothing to note"; }

say "where there is room, it goes there and nothing is said"
page kosong.pdf ""
page kanan.pdf "400 0 195 400 re f"
succeed pena sign --stamp naskah-dinas kosong.pdf
says_nothing
succeed pena sign --stamp naskah-dinas kanan.pdf
says_nothing
[ "$(left_edge kosong-signed.pdf)" -gt 300 ] || fail "not on the right: $(left_edge kosong-signed.pdf)"
[ "$(left_edge kanan-signed.pdf)" -lt 200 ] || fail "not on the left: $(left_edge kanan-signed.pdf)"

say "where there is none, it is said in both languages"
page penuh.pdf "0 0 595 300 re f 0 300 595 300 re f 0 600 595 242 re f"
succeed pena sign --stamp naskah-dinas penuh.pdf
shows "Note: There was no blank place for the stamp"
LANGUAGE=id succeed pena sign --force --stamp naskah-dinas penuh.pdf
shows "Catatan: Tidak ada tempat kosong untuk stempel"
succeed pena sign --force --json --stamp naskah-dinas penuh.pdf
shows '"note"'
succeed pena verify penuh-signed.pdf

say "a mark that is covered by somebody's stamp is used up: the next stamp does not hide it"
cat >isi <<'CONTENT'
BT /F 10 Tf 100 500 Td (Nomor #12) Tj 0 -200 Td (#) Tj ET
CONTENT
write_page tanda.pdf isi '/Contents 4 0 R /Resources << /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>'
succeed pena sign --stamp naskah-dinas --anchor '#' tanda.pdf
refuse 5 anchor-missing pena sign --json --stamp qr --anchor '#' tanda-signed.pdf

say "whoever has chosen a place knows it"
succeed pena sign --force --stamp naskah-dinas --rect 100,100 penuh.pdf
says_nothing
