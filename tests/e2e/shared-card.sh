#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: other programs log in, sign, select other applications and reset the card while we sign
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need pkcs11-tool opensc-tool
opensc=$(find /usr/lib -name opensc-pkcs11.so -print -quit)
[ -n "$opensc" ] || skip "OpenSC's module is not installed"
letter surat.pdf
await_token

sign_with_opensc() {
    local number=0
    while [ ! -e stop ]; do
        number=$((number + 1))
        head -c 32 /dev/urandom >octets
        timeout 60 pkcs11-tool --module "$opensc" --login --pin "$PENA_PIN" --sign --id 01 -m RSA-PKCS \
            -i octets -o theirs >theirs.log 2>&1 || echo "$number" >>theirs.failed
    done
    echo "$number" >theirs.count
}
disturb() {
    while [ ! -e stop ]; do
        timeout 20 opensc-tool -s 00A4040006D27600012401 -s 00A4040005A000000527 >/dev/null 2>&1 || true
        timeout 20 opensc-tool --reset >/dev/null 2>&1 || true
        sleep 0.2
    done
}
sign_several() { # SITUATION
    local index
    for index in $(seq 4); do
        rm -f surat-signed.pdf
        succeed pena sign surat.pdf
        say "signed $index times $1"
    done
}

sign_with_opensc &
first=$!
sign_several "while another program signs"
touch stop
wait $first
[ ! -e theirs.failed ] || fail "the other program failed $(wc -l <theirs.failed) of $(cat theirs.count) times: $(cat theirs.log)"
[ "$(cat theirs.count)" -ge 2 ] || fail "the other program was starved"

# OpenSC itself loses its login when somebody else resets the card; so it has ended by now.
rm stop
disturb &
second=$!
sign_several "while another program selects other applications and resets the card"
touch stop
wait $second
succeed pena verify surat-signed.pdf
succeed pena tokens --json
grep -qE '"tries_left" *: *3' last || fail "tries were lost"
