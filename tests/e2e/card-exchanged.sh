#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: a token is exchanged and used by another program before we look: no passphrase reaches the new one
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need opensc-tool
await_token

# A program that has a session, waits for a line, and logs in then.
mkfifo wake
cat >patient.py <<'PY'
import ctypes
import os
import sys

module = ctypes.CDLL(os.environ["PENA_MODULE"])
table = ctypes.POINTER(ctypes.c_void_p)()
module.C_GetFunctionList(ctypes.byref(table))
NAMES = {"C_Initialize": 1, "C_OpenSession": 13, "C_Login": 19}  # where they stand; 0 is the version


def call(name, *arguments):
    words = [ctypes.c_ulong] * 6
    function = ctypes.CFUNCTYPE(ctypes.c_ulong, *words)(table[NAMES[name]])
    return function(*(list(arguments) + [0] * (6 - len(arguments))))


session = ctypes.c_ulong()
pin = ctypes.create_string_buffer(os.environ["PENA_PIN"].encode())
assert call("C_Initialize") == 0
assert call("C_OpenSession", 0, 4, 0, 0, ctypes.addressof(session)) == 0
print("ready", flush=True)
sys.stdin.readline()
print(f"0x{call('C_Login', session.value, 1, ctypes.addressof(pin), 6):x}", flush=True)
PY
python3 patient.py <wake >answer 2>&1 &
patient=$!
exec 3>wake
for _ in $(seq 100); do
    grep -q ready answer && break
    sleep 0.1
done
grep -q ready answer || fail "the program does not get a session: $(cat answer)"

card pull >/dev/null
for _ in $(seq 100); do
    opensc-tool --list-readers 2>/dev/null | grep -q '^0 *No' && break
    sleep 0.1
done
card insert >/dev/null
for _ in $(seq 100); do
    timeout 20 opensc-tool --reset >/dev/null 2>&1 && break
    sleep 0.1
done
before=$(wc -l <"$PENA_APDU_LOG")
echo go >&3
wait $patient || fail "the program ends badly: $(cat answer)"
grep -qx 0x32 answer || fail "not told that the token was removed: $(cat answer)"
[ "$(wc -l <"$PENA_APDU_LOG")" = "$before" ] || fail "the new token was sent something"
await_token
letter surat.pdf
succeed pena sign surat.pdf
