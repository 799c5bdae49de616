#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: poppler, zbar, qpdf and pyHanko judge visible signatures on pages of every kind
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"
need pdftoppm pdftotext pdfsig qpdf zbarimg
here=$source_dir/tests/interop
python=${PENA_INTEROP_PYTHON:-python3}
kinds="portrait landscape rotate90 rotate180 rotate270 cropped cropped90 tiny huge userunit moved pieces"
python3 "$here/stamp_pages.py" make .

sound() { # FILE: structure and signature
    succeed qpdf --check "$1"
    pdfsig -nocert "$1" >last
    shows "Signature is Valid."
    [ "$(grep -c 'Signature #' last)" = 1 ] || fail "pdfsig finds more than one signature in $1"
}
decodes() { # FILE PAGE: what a reader gets from the QR code on it
    pdftoppm -f "$2" -l "$2" -cropbox -scale-to 3000 -gray -singlefile "$1" seen
    zbarimg -q --raw seen.pgm >last 2>/dev/null || fail "no code is read from $1, page $2"
}

for kind in $kinds; do
    say "$kind: by the template"
    succeed pena sign --force --stamp naskah-dinas --stamp-field "pangkat=Pembina" "$kind.pdf"
    id=$(grep -oE 'ID [0-9A-Z]{26}' last | cut -c4-)
    sound "$kind-signed.pdf"
    succeed python3 "$here/stamp_pages.py" upright "$kind-signed.pdf"
    if [ $kind != huge ]; then # 70 points of 14000 are too few for a camera
        decodes "$kind-signed.pdf" 1
        shows "$id"
    fi
    prefix_of "$kind.pdf" "$kind-signed.pdf"
    say "$kind: in place of an anchor"
    # shellcheck disable=SC2016
    succeed pena sign --force --stamp naskah-dinas --anchor '${ttd}' "$kind.pdf"
    sound "$kind-signed.pdf"
    succeed python3 "$here/stamp_pages.py" upright "$kind-signed.pdf"
done

say "in a field, on a page that lies on its side"
qpdf --warning-exit-0 fields-raw.pdf fields.pdf 2>/dev/null
succeed pena sign --stamp naskah-dinas --field seen fields.pdf
succeed python3 "$here/stamp_pages.py" upright fields-signed.pdf
succeed qpdf --check fields-signed.pdf
pdfsig -nocert fields-signed.pdf >last
shows "Signature is Valid."
refuse 2 request-invalid pena sign --json --force --stamp qr --field unseen fields.pdf
refuse 2 request-invalid pena sign --json --force --stamp qr --field seen --page 1 fields.pdf

say "in an encrypted letter"
qpdf --encrypt "" pemilik 256 -- portrait.pdf sandi.pdf
succeed pena sign --stamp naskah-dinas sandi.pdf
sound sandi-signed.pdf
succeed python3 "$here/stamp_pages.py" upright sandi-signed.pdf

say "on all pages: one signature"
succeed pena sign --stamp qr --page all all.pdf
sound all-signed.pdf
decodes all-signed.pdf 3
succeed pena sign --stamp footer --output foot.pdf all.pdf
sound foot.pdf
[ "$(pdftotext foot.pdf - | grep -c 'Dokumen ini telah')" = 12 ] || fail "the footer is not on every page"

say "several officials: nobody's stamp hides another's"
cp portrait.pdf bersama0.pdf
for n in 1 2 3 4; do
    succeed pena sign --stamp naskah-dinas --output "bersama$n.pdf" "bersama$((n - 1)).pdf"
    grep -oE 'ID [0-9A-Z]{26}' last | cut -c4- >>ids
done
pdftoppm -r 200 -gray -singlefile bersama4.pdf seen
zbarimg -q --raw seen.pgm >last 2>/dev/null || fail "no code is read"
for id in $(cat ids); do shows "$id"; done
succeed pena verify bersama4.pdf

say "after initials, which bring the footer along, the official's stamp ends nothing"
succeed pena sign --stamp paraf --stamp-field paraf=SW --output paraf.pdf portrait.pdf
succeed pena sign --stamp naskah-dinas --output dua.pdf paraf.pdf
pdfsig -nocert dua.pdf >last
[ "$(grep -c 'Signature is Valid' last)" = 2 ] || fail "not two valid signatures"
succeed pena verify dua.pdf
succeed qpdf --check dua.pdf
[ "$(pdftotext dua.pdf - | grep -c 'Dokumen ini telah')" = 1 ] || fail "the footer is there twice"
refuse 2 request-invalid pena sign --json --force --stamp qr --page all --output no.pdf all-signed.pdf

say "barcode and text"
succeed pena sign --stamp barcode --rect 100,100 --output barcode.pdf portrait.pdf
id=$(grep -oE 'ID [0-9A-Z]{26}' last | cut -c4-)
decodes barcode.pdf 1
shows "$id"
pdftotext barcode.pdf - | grep -q "$id" || fail "the text cannot be selected"
[ "$(pdffonts barcode.pdf | awk 'NR > 2 && /Liberation|DejaVu/ && !/ yes yes yes /' | wc -l)" = 0 ] || fail "a font is not an embedded subset with Unicode"
[ "$(stat -c %s barcode.pdf)" -lt 60000 ] || fail "the stamp is too large"

if "$python" -c "import pyhanko" 2>/dev/null; then
    crls=()
    for crl in "$PENA_CRL_DIR"/*; do crls+=(--crl "$crl"); done
    say "pyHanko"
    for file in portrait-signed.pdf all-signed.pdf barcode.pdf dua.pdf; do
        succeed "$python" "$here/validate_pdf.py" --trust "$PENA_TRUST" "${crls[@]}" "$file"
    done
fi

say "mistakes"
# shellcheck disable=SC2016
refuse 5 anchor-missing pena sign --json --force --stamp qr --anchor '${lain}' portrait.pdf
refuse 5 anchor-ambiguous pena sign --json --force --stamp qr --anchor 'i' portrait.pdf
refuse 2 stamp-unknown pena sign --json --force --stamp tiada portrait.pdf
refuse 2 request-invalid pena sign --json --force --stamp qr --page 9 portrait.pdf
refuse 2 request-invalid pena sign --json --force --stamp qr --rect 500,800 portrait.pdf
refuse 2 request-invalid pena sign --json --force --page 1 portrait.pdf
refuse 2 request-invalid pena sign --json --force --stamp naskah-dinas --stamp-field name=Lain portrait.pdf
printf '[stamp]\nsize=100 50\n\n[text]\nbox=0 0 100 500\ntext=x\n' >salah.stamp
refuse 2 stamp-invalid pena sign --json --force --stamp salah.stamp portrait.pdf
shows "line 5"

say "images beside the template, and what is no image"
pdftoppm -r 20 -png -singlefile portrait.pdf logo
pdftoppm -r 20 -jpeg -singlefile portrait.pdf foto
head -c 300 logo.png >rusak.png
template() { # FILE
    printf '[stamp]\nsize=100 50\n\n[image]\nbox=0 0 50 50\nfile=%s\n\n[footer]\nsize=300 20\n\n[footer image]\nbox=0 0 20 20\nfile=logo.png\n' \
        "$1" >gambar.stamp
}
for image in logo.png foto.jpg; do
    template $image
    succeed pena sign --force --stamp gambar.stamp portrait.pdf
    sound portrait-signed.pdf
    [ "$(pdfimages -list portrait-signed.pdf | wc -l)" -ge 3 ] || fail "$image is not in the PDF"
done
for image in rusak.png all.pdf ../portrait.pdf /etc/passwd tiada.png; do
    template $image
    refuse 2 stamp-invalid pena sign --json --force --stamp gambar.stamp portrait.pdf
done
