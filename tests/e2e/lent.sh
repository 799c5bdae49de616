#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: files that are large enough to be lent to the agent, and one that another program is writing
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
head -c 5000000 /dev/urandom >arsip.bin
cp arsip.bin before.bin

judge() { # what stands beside arsip.bin, by ourselves and by a program that knows nothing of us
    succeed pena verify arsip.bin
    openssl cms -verify -cades -binary -inform DER -in arsip.bin.p7s -content arsip.bin -CAfile "$PENA_TRUST" \
        -purpose any -out /dev/null 2>last || fail "openssl does not agree"
    cmp -s arsip.bin before.bin || fail "the file itself was changed"
}

say "with each digest"
for digest in sha256 sha384 sha512; do
    succeed pena sign --force --digest "$digest" arsip.bin
    judge
done

say "while another program has the file open for writing"
exec 3>>arsip.bin
succeed pena sign --force arsip.bin
judge
exec 3>&-

say "a changed byte is seen either way"
printf 'x' | dd of=arsip.bin bs=1 seek=4000000 conv=notrunc status=none
status=0
pena verify arsip.bin >last 2>&1 || status=$?
[ "$status" = 1 ] || fail "exit $status: a changed file passes"
exec 3>>arsip.bin
status=0
pena verify arsip.bin >last 2>&1 || status=$?
[ "$status" = 1 ] || fail "exit $status: a changed file passes while it is open for writing"
exec 3>&-

say "a signature that holds the document needs more than its digest"
succeed pena sign --force --attached arsip.bin
succeed pena verify arsip.bin.p7m

say "a PDF: its copy is lent, so that nobody who writes the original is in the way; with a stamp of one's own too"
large_letter surat.pdf
cp surat.pdf before.pdf
cp "$source_dir/data/stamps/text.stamp" sendiri.stamp
exec 3>>surat.pdf
for wish in "" --stamp=text --stamp=./sendiri.stamp; do
    succeed pena sign --force ${wish:+"$wish"} surat.pdf
    prefix_of before.pdf surat-signed.pdf
    succeed pena verify surat-signed.pdf
done
exec 3>&-
cmp -s surat.pdf before.pdf || fail "the file itself was changed"
[ -z "$(find . -name '.pena-*')" ] || fail "something was left behind"
