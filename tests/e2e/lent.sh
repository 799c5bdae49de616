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
