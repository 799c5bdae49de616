#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: a form is certified by its author, then filled and signed as that allows
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need qpdf pdfsig
letter surat.pdf

shown_in_prompt() { prompts | grep -qF "$1" || fail "the prompt does not say: $1"; }
sound() { # FILE N: all N signatures are valid for Pena and pdfsig, and qpdf finds no fault
    succeed pena verify "$1"
    qpdf --check "$1" >last 2>&1 || fail "qpdf: $1 is not clean"
    pdfsig -nocert "$1" >last 2>&1 || true
    [ "$(grep -c 'Signature Validation: Signature is Valid.' last)" = "$2" ] || fail "pdfsig: not $2 valid signatures in $1"
}

say "level 2: others may sign, nobody may certify again"
succeed pena sign --certify 2 --output bersertifikat.pdf surat.pdf
shown_in_prompt 'Certify this document, to be filled in and signed only?'
sound bersertifikat.pdf 1
succeed pena sign --output disetujui.pdf bersertifikat.pdf
sound disetujui.pdf 2
refuse 2 request-invalid pena sign --json --certify 2 --output lagi.pdf bersertifikat.pdf
refuse 2 request-invalid pena sign --json --certify 2 --output lagi.pdf disetujui.pdf

say "level 1: nothing may follow"
succeed pena sign --certify 1 --output tertutup.pdf surat.pdf
sound tertutup.pdf 1
refuse 5 document-certified pena sign --json --output lagi.pdf tertutup.pdf

say "a lock closes the form: a further field is not signed"
succeed pena sign --lock all --output terkunci.pdf surat.pdf
sound terkunci.pdf 1
refuse 5 document-locked pena sign --json --output lagi.pdf terkunci.pdf
refuse 2 request-invalid pena sign --json --lock include:Tidak.Ada --output lagi.pdf surat.pdf
refuse 2 request-invalid pena sign --json --lock sebagian --output lagi.pdf surat.pdf
refuse 2 request-invalid pena sign --json --certify 4 --output lagi.pdf surat.pdf
[ ! -e lagi.pdf ] || fail "a refused signature left an output"
