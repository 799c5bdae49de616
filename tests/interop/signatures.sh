#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: pdfsig, pyHanko and openssl judge what Pena signs
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"
need pdfsig openssl qpdf
python=${PENA_INTEROP_PYTHON:-python3}
crls=() judged=()
for crl in "$PENA_CRL_DIR"/*; do crls+=(--crl "$crl"); done

letter surat.pdf
pageless tanpa-halaman.pdf
succeed pena sign surat.pdf
succeed pena sign tanpa-halaman.pdf
succeed pena sign --output dua.pdf surat-signed.pdf

say "poppler"
for file in tanpa-halaman-signed.pdf surat-signed.pdf dua.pdf; do
    pdfsig -nocert "$file" >last
    shows "Signature is Valid."
    shows "ETSI.CAdES.detached"
    ! grep -q "Signature is Invalid" last || fail "pdfsig: $file"
done
shows "Total document signed"

say "qpdf finds the structure sound"
succeed qpdf --check dua.pdf
succeed qpdf --check tanpa-halaman-signed.pdf

say "openssl, on the CMS inside the PDF"
python3 - <<'PY'
import re
data = open("surat-signed.pdf", "rb").read()
a, b, c, d = map(int, re.search(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)", data).groups())
open("inhalt", "wb").write(data[a:a + b] + data[c:c + d])
der = bytes.fromhex(data[b + 1:c - 1].decode())
length = 4 + int.from_bytes(der[2:4], "big")
assert der[:2] == b"\x30\x82" and not any(der[length:])
open("cms.der", "wb").write(der[:length])
PY
succeed openssl cms -verify -cades -binary -inform DER -in cms.der -content inhalt -CAfile "$PENA_TRUST" -purpose any -out /dev/null

say "openssl, on a detached CAdES, the CRLs included"
head -c 200000 /dev/urandom >data.bin
succeed pena sign data.bin
for crl in "$PENA_CRL_DIR"/*; do openssl crl -inform DER -in "$crl"; done >crls.pem
succeed openssl cms -verify -cades -binary -inform DER -in data.bin.p7s -content data.bin -CAfile <(cat "$PENA_TRUST" crls.pem) \
    -crl_check_all -purpose any -out /dev/null

say "every digest and padding that the key can make"
paddings=(pkcs1)
case $(openssl pkcs7 -inform DER -in cms.der -print_certs | openssl x509 -noout -text) in *rsaEncryption*) paddings+=(pss) ;; esac
for digest in sha256 sha384 sha512; do
    for padding in "${paddings[@]}"; do
        succeed pena sign --force --digest $digest --padding "$padding" data.bin
        succeed openssl cms -verify -cades -binary -inform DER -in data.bin.p7s -content data.bin -CAfile "$PENA_TRUST" \
            -purpose any -out /dev/null
        succeed pena sign --force --digest $digest --padding "$padding" --output "$digest-$padding.pdf" surat.pdf
        pdfsig -nocert "$digest-$padding.pdf" >last
        shows "Signature is Valid."
        judged+=("$digest-$padding.pdf")
    done
done

if "$python" -c 'import pyhanko' 2>/dev/null; then
    say "pyHanko"
    for file in tanpa-halaman-signed.pdf surat-signed.pdf dua.pdf "${judged[@]}"; do
        succeed "$python" "$source_dir/tests/interop/validate_pdf.py" "$file" --trust "$PENA_TRUST" "${crls[@]}"
    done
    cp dua.pdf rusak.pdf
    printf 'X' | dd of=rusak.pdf bs=1 seek=1000 conv=notrunc status=none
    ! "$python" "$source_dir/tests/interop/validate_pdf.py" rusak.pdf --trust "$PENA_TRUST" "${crls[@]}" >last 2>&1 ||
        fail "the judge itself calls a changed file valid"
else
    say "pyHanko is not installed (make interop installs it); left out"
    [ -z "${PENA_INTEROP_PYTHON:-}" ] || exit 77
fi
