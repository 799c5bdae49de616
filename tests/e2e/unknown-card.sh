#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: a card that no driver knows is plugged in
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need python3
letter surat.pdf

python3 - <<'PY' &
"""Answers every APDU with 'file not found', as a card without our application does."""
import os, socket
reader = socket.create_connection(("127.0.0.1", int(os.environ["PENA_VPCD_PORT"])), 20)
reader.settimeout(120)
stream = reader.makefile("rwb")
while (head := stream.read(2)) and len(head) == 2:
    message = stream.read(int.from_bytes(head, "big"))
    answer = bytes.fromhex("3b80800101") if message == b"\x04" else b"\x6a\x82" if len(message) > 1 else b""
    if answer:
        stream.write(len(answer).to_bytes(2, "big") + answer)
        stream.flush()
PY
emulator=$!
trap 'kill $emulator' EXIT
for _ in $(seq 100); do
    pena tokens --json >last 2>&1 || true
    grep -q token-unsupported last && break
    sleep 0.1
done

refuse 4 token-unsupported pena tokens --json
refuse 4 token-unsupported pena sign --json surat.pdf
refuse 4 token-unsupported pena doctor --json
[ ! -e surat-signed.pdf ] || fail "an unknown card left an output"
