#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: a signature that holds its document
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need openssl

head -c 300000 /dev/urandom >anggaran.xlsx
for level in B-B B-LTA; do
    say "made as $level, read by openssl and by Pena"
    succeed pena sign --force --attached --level $level anggaran.xlsx
    rm -f keluar
    succeed openssl cms -verify -cades -binary -inform DER -in anggaran.xlsx.p7m -CAfile "$PENA_TRUST" -purpose any -out keluar
    cmp anggaran.xlsx keluar || fail "another document is inside"
    succeed pena verify anggaran.xlsx.p7m
    shows VALID
    shows "CAdES $level"
done
letter x.pdf
succeed pena sign --attached x.pdf
succeed pena verify x.pdf.p7m

say "one that openssl made while the document streamed"
succeed openssl req -x509 -newkey rsa:2048 -nodes -keyout kunci.pem -out lain.pem -subj /CN=Lain -addext keyUsage=digitalSignature
succeed openssl cms -sign -cades -binary -nodetach -stream -outform DER -in anggaran.xlsx -signer lain.pem -inkey kunci.pem \
    -md sha256 -out alir.p7m
status=0
pena verify --json alir.p7m >last 2>&1 || status=$?
[ $status = 1 ] || fail "a stranger's signature gives exit $status"
! grep -q HASH_FAILURE last || fail "the pieces of a streamed document are not put together"

say "extended, whatever the encoding of the content is"
extended() { # FILE LEVEL: it is sound for others, holds the same document and is at this level for us
    rm -f keluar
    succeed openssl cms -verify -binary -inform DER -in "$1" -noverify -out keluar
    cmp anggaran.xlsx keluar || fail "extending $1 changed the document"
    pena verify "$1" >last 2>&1 || true
    shows "CAdES $2"
}
succeed pena sign --force --attached anggaran.xlsx
succeed pena extend --json --level B-T anggaran.xlsx.p7m
shows '"output":"anggaran-extended.xlsx.p7m"'
extended anggaran-extended.xlsx.p7m B-T
succeed pena extend --output lengkap.p7m anggaran-extended.xlsx.p7m
extended lengkap.p7m B-LTA
succeed pena extend --output lagi.p7m lengkap.p7m
extended lagi.p7m B-LTA
succeed pena verify lagi.p7m
shows VALID
succeed pena extend --level B-T --output alir-t.p7m alir.p7m
extended alir-t.p7m B-T
cmp -s alir.p7m alir-t.p7m && fail "nothing was added"
refuse 2 request-invalid pena extend --json --force --output lagi.p7m lagi.p7m
refuse 5 output-exists pena extend --json --output lengkap.p7m anggaran.xlsx.p7m
refuse 5 document-missing pena extend --json tidak-ada.p7m
cp anggaran.xlsx.p7m terlepas.p7s
succeed pena verify terlepas.p7s
succeed pena extend --json --level B-T terlepas.p7s
shows '"output":"terlepas-extended.p7s"'
cp anggaran.xlsx lepas.xlsx
succeed pena sign --format cades lepas.xlsx
rm lepas.xlsx
refuse 5 document-missing pena verify --json lepas.xlsx.p7s
shows "neither in the signature nor beside it"
refuse 5 document-missing pena extend --json lepas.xlsx.p7s

say "tampered with, cut, and not one at all"
cp anggaran.xlsx.p7m rusak.p7m
printf X | dd of=rusak.p7m bs=1 seek=5000 conv=notrunc status=none
status=0
pena verify --json rusak.p7m >last 2>&1 || status=$?
[ $status = 1 ] || fail "a changed document gives exit $status"
shows HASH_FAILURE
head -c 100000 anggaran.xlsx.p7m >potong.p7m
refuse 1 signature-damaged pena verify --json potong.p7m
cp anggaran.xlsx bukan.p7m
refuse 1 signature-damaged pena verify --json bukan.p7m
refuse 1 signature-broken pena extend --json --output x.p7m rusak.p7m
refuse 1 signature-damaged pena extend --json --output x.p7m potong.p7m
refuse 1 signature-damaged pena extend --json --output x.p7m bukan.p7m
[ ! -e x.p7m ] || fail "a refused signature left something behind"
refuse 2 request-invalid pena sign --json --attached --format pades x.pdf
