#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: pkcs11-tool waits for the token to come and go, and uses it from many threads
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/interop/pkcs11-lib.sh
. "$(dirname "$0")/pkcs11-lib.sh"

# pkcs11-tool goes on at each line that it reads: `x` ends one of its two loops.
say "C_WaitForSlotEvent tells of a pulled and of an inserted token"
mkfifo lines
timeout 60 pkcs11-tool --module "$PENA_MODULE" --test-hotplug <lines >said 2>&1 &
waiting=$!
exec 3>lines
await() { # COUNT PATTERN: until it was said so often
    for _ in $(seq 200); do
        [ "$(grep -c -e "$2" said)" -lt "$1" ] || return 0
        sleep 0.05
    done
    cp said last
    fail "$2 is not said $1 times"
}
await 1 "Please press return"
printf 'x\n' >&3
await 2 "Please press return"
printf '\n' >&3
await 1 "Calling C_WaitForSlotEvent"
before=$(wc -l <"$PENA_APDU_LOG")
sleep 1
[ "$(wc -l <"$PENA_APDU_LOG")" = "$before" ] || fail "waiting sends commands to the card"
kill -0 $waiting 2>/dev/null || fail "it does not wait"
card pull
await 1 "event on slot 0x0"
await 3 "Please press return"
printf '\n' >&3
await 2 "Calling C_WaitForSlotEvent"
card insert
await 2 "event on slot 0x0"
await 4 "Please press return"
printf 'x\n' >&3
exec 3>&-
wait $waiting || fail "pkcs11-tool ends with $?"
tool -L
shows "token flags"

say "the same module in many threads"
# Each letter is a step of pkcs11-tool's own: initialize, lists of slots, of slots with tokens, token information ...
threads=()
for _ in 1 2 3 4 5 6; do
    threads+=(--test-threads ILGISLT0)
done
tool "${threads[@]}"
! grep -q "rv = CKR_[^O]" last || fail "a thread gets an error"

say "fork in between"
tool --test-fork
login --test
shows "No errors"
echo "ok: hot-plug, threads, fork"
