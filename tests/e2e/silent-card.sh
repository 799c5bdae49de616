#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: a token that never answers, and a pcscd that does not either
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need pkcs11-tool
letter surat.pdf
await_token
commands() { wc -l <"$PENA_APDU_LOG"; }
let_go() { # until what was late has come back
    local try
    for try in $(seq 100); do
        timeout 20 pena tokens --json >last 2>&1 && grep -q '"id"' last && return 0
        sleep 0.1
    done
    fail "the token does not come back (tried $try times)"
}

say "an application that only signs gets an error, and ends"
card "silent-at 2" >/dev/null
head -c 32 /dev/urandom >octets
status=0
timeout 20 pkcs11-tool --module "$PENA_MODULE" --login --pin "$PENA_PIN" --sign --id 01 -m ECDSA -i octets -o signed >last 2>&1 ||
    status=$?
[ $status != 0 ] && [ $status != 124 ] || fail "exit $status"

say "so does another, which finds pcscd busy with that"
status=0
timeout 20 pkcs11-tool --module "$PENA_MODULE" -O >last 2>&1 || status=$?
[ $status != 124 ] || fail "it waits on"
card pull >/dev/null
card insert >/dev/null
let_go

say "the agent's helper, which stays, asks such a token once and tells what to do"
card "silent-at 1" >/dev/null
refuse 4 token-failed pena sign --json surat.pdf
before=$(commands)
for _ in 1 2 3; do
    refuse 4 token-failed pena tokens --json
done
pena doctor >last 2>&1 || true
shows "Pull it out"
refuse 4 token-failed pena token list --json
[ "$(commands)" = "$before" ] || fail "it was asked again"
card pull >/dev/null
card insert >/dev/null
let_go
succeed pena sign surat.pdf
succeed pena tokens --json
grep -qE '"tries_left" *: *3' last || fail "tries were lost"

say "pcscd is stopped and goes on"
kill -STOP "$(cat "$PENA_RIG_DIR/pcscd.pid")"
status=0
timeout 20 pkcs11-tool --module "$PENA_MODULE" -L >last 2>&1 || status=$?
timeout 40 pena tokens --json >last 2>&1 || [ $? != 124 ] || status=124
kill -CONT "$(cat "$PENA_RIG_DIR/pcscd.pid")"
[ $status != 124 ] || fail "it waits on"
let_go
