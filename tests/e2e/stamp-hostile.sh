#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: templates that come over the socket from a program that means harm
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need curl
letter surat.pdf

try() { # CODE: what the agent says to ./template before the letter
    cat template surat.pdf >body
    curl -sS --max-time 50 --unix-socket "$PENA_SOCKET" --data-binary @body -H 'Content-Type: application/octet-stream' \
        "http://pena/pena/v1/sign?format=pades&stamp-size=$(wc -c <template)" >last
    grep -qF "\"code\":\"$1\"" last || fail "does not say $1"
}
template() { # LINE...: an element on a stamp
    printf '%s\n' '[stamp]' 'size=100 50' '' "$@" >template
}
picture() { # WIDTH HEIGHT: a PNG that says it is so large, in Base64
    python3 - "$1" "$2" <<'PY'
import base64, struct, sys, zlib
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
head = struct.pack(">IIBBBBB", int(sys.argv[1]), int(sys.argv[2]), 8, 6, 0, 0, 0)
print(base64.b64encode(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(100000))) + chunk(b"IEND", b"")).decode())
PY
}

say "it names a file: only who asks may read files, and not the agent for them"
for file in /etc/passwd "$PENA_RIG_DIR/config/pena/agent.conf" /proc/self/environ; do
    template '[image]' 'box=0 0 50 50' "file=$file"
    try stamp-invalid
done

say "pictures that are none, or far too large"
template '[image]' 'box=0 0 50 50' "data=$(head -c 1000 /dev/urandom | base64 -w0)"
try stamp-invalid
for size in '100000 100000' '2147483647 2147483647' '60000 1'; do
    # shellcheck disable=SC2086 # two numbers
    template '[image]' 'box=0 0 50 50' "data=$(picture $size)"
    try stamp-invalid
done

say "codes without end, boxes without size, markup, a group that nobody knows"
template '[qr]' 'box=0 0 50 50' "content=$(head -c 8000 /dev/zero | tr '\0' x)"
try stamp-invalid
template '[barcode]' 'box=0 0 1e308 50' 'content=1'
try stamp-invalid
template '[text]' 'box=nan inf 50 50' 'text=x'
try stamp-invalid
template '[script]' 'run=true'
try stamp-invalid
shows '"line":4'

! prompts | grep -q . || fail "a passphrase was asked for"
say "the next one is served"
template '[text]' 'box=0 0 100 20' 'text={name}'
cat template surat.pdf >body
curl -sS --unix-socket "$PENA_SOCKET" --data-binary @body -H 'Content-Type: application/octet-stream' \
    "http://pena/pena/v1/sign?format=pades&stamp-size=$(wc -c <template)" >baik.pdf
succeed pena verify baik.pdf
