#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: somebody's own stamp template, or what was asked of a stamp, is wrong: it is said where, in the language of who asks
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
letter surat.pdf

mistake() { # LINE TEXT: the template in stempel.stamp is refused, and the line is named, in the text and for programs
    refuse 2 stamp-invalid pena sign --json --stamp ./stempel.stamp surat.pdf
    shows "\"line\":$1"
    LANGUAGE=id pena sign --stamp ./stempel.stamp surat.pdf >last 2>&1 || true
    shows "baris $1: $2"
}
template() { # LINE...: after the two lines of [stamp]
    printf '%s\n' '[stamp]' 'size=100 50' "$@" >stempel.stamp
}

say "in the template"
template 'fnt=Sans 8'
mistake 3 "tidak ada kunci 'fnt'"
template 'page=-1'
mistake 3 'page adalah bilangan mulai dari 1'
template '' '[text]' 'box=0 0 50 50' '# nama' 'text={nama}'
mistake 7 '[text] memuat isian {nama} yang tidak ada'
template '' '[barcode]' 'content=bukan angka' 'box=0 0 90 40' 'kind=ean13'
mistake 5 '[barcode] tidak dapat dibuat dari isi ini'

say "in the images beside it"
template '' '[image logo]' 'box=0 0 50 50' 'file=logo.png'
mistake 6 'logo.png: '
head -c 1100000 /dev/zero >logo.png
mistake 6 'logo.png: terlalu besar'
template '' '[image logo]' 'file=../logo.png' 'box=0 0 50 50'
mistake 5 'logo.png: '

say "an empty one"
: >stempel.stamp
refuse 2 stamp-invalid pena sign --json --stamp ./stempel.stamp surat.pdf
shows 'neither a group [stamp] nor a group [footer]'

say "what a shell made nothing of is not passed over"
# shellcheck disable=SC2154 # that is the mistake
for wish in --anchor="${ttd-}" --field= --lock= --credential= --stamp=; do
    refuse 2 request-invalid pena sign --json --stamp qr "$wish" surat.pdf
done
LANGUAGE=id pena sign --stamp qr --anchor= surat.pdf >last 2>&1 || true
shows "parameter 'anchor' kosong"
for page in 0 -1 akhir; do
    refuse 2 request-invalid pena sign --json --stamp qr --page=$page surat.pdf
done
LANGUAGE=id pena sign --stamp qr --rect kiri,atas surat.pdf >last 2>&1 || true
shows "parameter 'rect' harus x,y atau x,y,lebar,tinggi"

! prompts | grep -q . || fail "a passphrase was asked for"
[ ! -e surat-signed.pdf ] || fail "a refused letter was signed"
