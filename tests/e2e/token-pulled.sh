#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: the token is pulled out at every moment of a signature
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
letter surat.pdf
await_token

signed=
for index in $(seq 1 30); do
    card "pull-at $index" >/dev/null
    status=0
    timeout 60 pena sign --json surat.pdf >last 2>&1 </dev/null || status=$?
    if [ $status = 0 ]; then
        say "a signature takes fewer than $index commands"
        signed=yes
        break
    fi
    [ $status = 4 ] || fail "exit $status when pulled at command $index"
    grep -qE '"code" *: *"token-(removed|missing)"' last || fail "pulled at command $index: no clear reason"
    [ ! -e surat-signed.pdf ] || fail "pulled at command $index: an output was left"
    card insert >/dev/null
    await_token
done
[ -n "$signed" ] || fail "30 commands and still no signature"
card insert >/dev/null || true
await_token
rm -f surat-signed.pdf
succeed pena sign surat.pdf
succeed pena verify surat-signed.pdf
