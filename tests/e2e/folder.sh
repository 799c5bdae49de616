#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: a whole archive is verified in one go: a table for people, a line each file for programs
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need python3

# verdict STATUS COMMAND...: it must exit with STATUS; ./last keeps its standard output, ./complaints its errors
verdict() {
    local wanted=$1 status=0
    shift
    timeout 120 "$@" >"$story/last" 2>"$story/complaints" </dev/null || status=$?
    [ "$status" = "$wanted" ] || fail "exit $status, not $wanted: $*"
}

mkdir -p arsip/2026/sk
letter surat.pdf
succeed pena sign --output arsip/2026/satu.pdf surat.pdf
cp arsip/2026/satu.pdf arsip/2026/sk/dua.pdf
head -c 1000 /dev/urandom >arsip/anggaran.xlsx
succeed pena sign arsip/anggaran.xlsx
echo catatan >arsip/catatan.txt
ln -s .. arsip/2026/kembali

say "all valid"
verdict 0 pena verify arsip
shows "arsip/2026/sk/dua.pdf"
shows "3 PDF files and signatures: 3 valid"
shows "Skipped: 1 other file, 1 symbolic link"
[ ! -s complaints ] || fail "a progress bar without a terminal"

say "each that is not says why, and the status is that of the first"
cp arsip/2026/satu.pdf arsip/rusak.pdf
printf X | dd of=arsip/rusak.pdf bs=1 seek=1000 conv=notrunc status=none
cp surat.pdf arsip/belum.pdf
echo sampah >arsip/sampah.pdf
verdict 1 pena verify arsip
shows "3 valid, 1 not valid, 1 not signed, 1 could not be examined"
shows "signed: it was changed"

say "the same for programs: it is one document, and every line but the first and the last is a file"
verdict 1 pena verify --json arsip
python3 - <<'PY'
import json
text = open("last").read()
whole = json.loads(text)
assert len(whole["files"]) == 6 and whole["summary"]["valid"] == 3 and whole["summary"]["failed"] == 1, whole["summary"]
lines = text.splitlines()
files = [json.loads(line.lstrip(",")) for line in lines[1:-2]]
assert [file["file"] for file in files] == [file["file"] for file in whole["files"]]
assert all(("report" in file) != ("error" in file) for file in files)
PY

say "a folder in which nothing is signed is nothing to rely on"
mkdir kosong
verdict 1 pena verify kosong
shows "0 PDF files and signatures"
refuse 2 request-invalid pena verify --json --signature arsip/anggaran.xlsx.p7s arsip

say "without the agent that is said once"
refuse 4 agent-unreachable env PENA_SOCKET="$story/nichts.sock" pena verify --json arsip
[ "$(grep -c '"file":' last)" = 1 ] || fail "said for every file"

say "at a terminal there is a progress bar, which leaves nothing behind"
for number in $(seq 200); do ln arsip/2026/satu.pdf "arsip/2026/sk/$number.pdf"; done
status=0
TERM=xterm timeout 120 script -qec "stty cols 80; pena verify arsip" /dev/null >last 2>&1 </dev/null || status=$?
[ "$status" = 1 ] || fail "exit $status at a terminal"
shows "203 valid"
python3 - <<'PY'
import re
text = open("last", encoding="utf-8", newline="").read().replace("\r\n", "\n")
bars = re.findall(r"\r\[[#-]+\] (\d+)/206\x1b\[K", text)
assert bars == sorted(bars, key=int), bars
plain = re.sub(r"\r\[[#-]+\] \d+/206\x1b\[K\r\x1b\[K", "", text)
assert "]" not in re.sub(r"\x1b\[[0-9;]*m", "", plain), plain[:500]
for line in re.sub(r"\x1b\[[0-9;]*[mK]", "", plain).splitlines():
    assert len(line) <= 80, line
PY
