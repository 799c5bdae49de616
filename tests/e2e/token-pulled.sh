#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: the token is pulled out at every moment of a signature
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
letter surat.pdf
letter lampiran.pdf
await_token

# FIRST FILE...: pulled at the command with that number and all later ones, until the files are signed; all but the last may be.
# Leaves the number of the command that is not reached in $index.
pull_at_every() {
    local last=${*: -1} status
    index=$1
    shift
    while :; do
        card "pull-at $index" >/dev/null
        status=0
        timeout 60 pena sign --json "$@" >last 2>&1 </dev/null || status=$?
        [ $status = 0 ] && break
        [ $status = 4 ] || fail "exit $status when pulled at command $index"
        grep -qE '"code" *: *"token-(removed|missing)"' last || fail "pulled at command $index: no clear reason"
        [ ! -e "${last%.pdf}-signed.pdf" ] || fail "pulled at command $index: an output was left"
        card insert >/dev/null
        await_token
        rm -f ./*-signed.pdf
        index=$((index + 1))
        [ "$index" -lt 60 ] || fail "60 commands and still no signature"
    done
    say "signing $* takes fewer than $index commands"
    card insert >/dev/null || true
    await_token
    rm -f ./*-signed.pdf
}

pull_at_every 1 surat.pdf
pull_at_every "$index" surat.pdf lampiran.pdf
succeed pena sign surat.pdf
succeed pena verify surat-signed.pdf
