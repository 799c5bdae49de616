#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: one changed byte, wherever it is, is reported
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
letter surat.pdf
head -c 500 surat.pdf >catatan.txt
succeed pena sign surat.pdf
succeed pena sign --format cades catatan.txt
python3 - <<'PY'
import json, os, re, subprocess

def verdict(path):
    done = subprocess.run(["pena", "verify", "--json", path], capture_output=True, text=True, timeout=30)
    assert done.returncode in (1, 5), (path, done.returncode, done.stdout[-300:])
    assert "worker-failed" not in done.stdout + done.stderr, (path, "the worker crashed")

def changed(source, target, offset, new):
    data = bytearray(open(source, "rb").read())
    if data[offset] == new:
        return False
    data[offset] = new
    open(target, "wb").write(data)
    return True

data = open("surat-signed.pdf", "rb").read()
gap = re.search(rb"/Contents\s*<([0-9a-fA-F]+)>", data)
start, end = gap.start(1), gap.end(1)
last = end
while data[last - 1:last] == b"0":
    last -= 1
# everywhere outside the gap in steps, all of its borders, the CMS in steps, the padding at both ends and in the middle
spots = set(range(0, start, max(1, start // 60))) | set(range(end, len(data), max(1, (len(data) - end) // 30)))
spots |= {start - 1, end} | set(range(start, last, max(1, (last - start) // 60))) | {last + 2, (last + end) // 2, end - 1}
tried = 0
for spot in sorted(spots):
    old = data[spot]
    new = ord("1") if old == ord("0") else ord("0") if start <= spot < end else old ^ 0x01
    if changed("surat-signed.pdf", "diubah.pdf", spot, new):
        verdict("diubah.pdf")
        tried += 1
signature = open("catatan.txt.p7s", "rb").read()
os.mkdir("c")
for spot in range(0, len(signature), max(1, len(signature) // 80)):
    open("c/catatan.txt", "wb").write(open("catatan.txt", "rb").read())
    if changed("catatan.txt.p7s", "c/catatan.txt.p7s", spot, signature[spot] ^ 0x01):
        verdict("c/catatan.txt.p7s")
        tried += 1
print(f"# {tried} changed files, each reported")
PY
