#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: signatures that outlive their certificates: made at every level, and extended later by somebody without a token
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need openssl

level_is() { # FILE LEVEL: what was printed last as JSON tells this level
    grep -qE "\"level\" *: *\"$1\"" last || fail "not of level $1"
}

letter surat.pdf
head -c 100000 /dev/urandom >anggaran.xlsx
for level in B-T B-LT B-LTA; do
    say "signed as $level"
    succeed pena sign --json --level $level --output $level.pdf surat.pdf
    level_is $level
    prefix_of surat.pdf $level.pdf
    succeed pena sign --json --force --level $level anggaran.xlsx
    level_is $level
    cp anggaran.xlsx.p7s $level.p7s
    succeed openssl cms -verify -cades -binary -inform DER -in $level.p7s -content anggaran.xlsx -CAfile "$PENA_TRUST" \
        -purpose any -out /dev/null
    succeed pena verify anggaran.xlsx
    ! grep -q "^  note" last || fail "a signature of our own is not as it should be"
done
grep -qa /DSS B-LT.pdf || fail "no validation data in the PDF"
grep -qa /DocTimeStamp B-LTA.pdf || fail "no document time-stamp in the PDF"

say "a document that is lent is lent until all is done"
large_letter besar.pdf
succeed pena sign --json --level B-LTA besar.pdf
level_is B-LTA
prefix_of besar.pdf besar-signed.pdf
succeed pena verify besar-signed.pdf

say "openssl takes the document time-stamp for one over the document"
python3 - <<'PYTHON'
import re
data = open("B-LTA.pdf", "rb").read()
at = data.index(b"/DocTimeStamp")
a, b, c, d = map(int, re.search(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)", data[at:]).groups())
assert c + d == len(data)
open("isi", "wb").write(data[a:a + b] + data[c:c + d])
der = bytes.fromhex(data[b + 1:c - 1].decode())
length = 4 + int.from_bytes(der[2:4], "big")
assert der[:2] == b"\x30\x82" and not any(der[length:])
open("token.der", "wb").write(der[:length])
PYTHON
openssl crl2pkcs7 -nocrl -certfile "$PENA_TRUST" | openssl pkcs7 -print_certs -out akar.pem
openssl pkcs7 -inform DER -in token.der -print_certs -out lain.pem
succeed openssl ts -verify -token_in -in token.der -data isi -CAfile akar.pem -untrusted lain.pem

say "extended without a token: step by step, and again"
succeed pena sign --output nol.pdf surat.pdf
succeed pena sign --force anggaran.xlsx
card pull
previous=nol.pdf
for step in B-T B-LT B-LTA B-LTA; do
    count=$((${count:-0} + 1))
    succeed pena extend --json --level $step --output langkah$count.pdf $previous
    level_is $step
    prefix_of $previous langkah$count.pdf
    previous=langkah$count.pdf
    cp anggaran.xlsx.p7s sebelum.p7s
    succeed pena extend --json --level $step --force anggaran.xlsx.p7s
    level_is $step
    ! cmp -s sebelum.p7s anggaran.xlsx.p7s || [ $step = B-LT ] || fail "nothing was added to the signature"
    succeed openssl cms -verify -cades -binary -inform DER -in anggaran.xlsx.p7s -content anggaran.xlsx \
        -CAfile "$PENA_TRUST" -purpose any -out /dev/null
done
[ "$(grep -ac /DocTimeStamp langkah4.pdf)" = 3 ] || fail "not three document time-stamps"

say "what is there already is not added again"
succeed pena extend --level B-LT --output sama.pdf langkah2.pdf
cmp langkah2.pdf sama.pdf || fail "a letter of B-LT was changed by making it B-LT"

say "nothing is overwritten unasked, and nothing that is broken is extended"
refuse 5 output-exists pena extend --json anggaran.xlsx.p7s
refuse 1 signature-missing pena extend --json --output x.pdf surat.pdf
cp nol.pdf rusak.pdf
printf X | dd of=rusak.pdf bs=1 seek=1000 conv=notrunc status=none
refuse 1 signature-broken pena extend --json --output x.pdf rusak.pdf
printf x >>anggaran.xlsx
refuse 1 signature-broken pena extend --json --force anggaran.xlsx.p7s
[ ! -e x.pdf ] || fail "a refused letter left something behind"
refuse 2 request-invalid pena extend --json --level B-B --output x.pdf nol.pdf
refuse 2 level-unsupported pena extend --json --level B-XL --output x.pdf nol.pdf
