#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: whoever waits is told what is being done
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need curl qpdf

lines() { # FILE QUERY...: ./lines is what the agent says, ./made what it made
    succeed curl -sS --unix-socket "$PENA_SOCKET" -H 'Accept: application/x-ndjson' --data-binary "@$1" \
        -H 'Content-Type: application/octet-stream' "http://pena/pena/v1/$2"
    cp last lines
    python3 - lines made <<'PY'
import base64, json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
facts = [line for line in lines if line.get("stage") == "returning"]
made = b"".join(base64.b64decode(line["data"]) for line in lines if "data" in line)
if facts:
    assert lines[-1] == {"stage": "finished"}, lines[-1]
    assert len(made) == facts[0]["size"], (len(made), facts[0])
open(sys.argv[2], "wb").write(made)
PY
}
stages() { python3 -c 'import json, sys; print(*[json.loads(line)["stage"] for line in open("lines") if "stage" in line])'; }

letter surat.pdf
head -c 3000000 /dev/urandom >data.bin

say "a PDF, all of it, and its update alone"
lines surat.pdf 'sign?format=pades&level=B-LTA&name=surat.pdf'
[ "$(stages)" = "preparing collecting asking signing time-stamping checking collecting time-stamping returning finished" ] ||
    fail "other stages: $(stages)"
prefix_of surat.pdf made
mv made whole.pdf
succeed pena verify whole.pdf
lines surat.pdf 'sign?format=pades&return=update'
cat surat.pdf made >updated.pdf
succeed pena verify updated.pdf

say "signatures beside a document and around it, and a PDF that is extended"
lines data.bin 'sign?format=cades'
mv made data.bin.p7s
succeed pena verify data.bin
lines data.bin 'sign?format=cades&attached=1'
mv made data.bin.p7m
succeed pena verify data.bin.p7m
[ "$(grep -c '"data"' lines)" -gt 10 ] || fail "it came in one piece"
lines updated.pdf 'extend?level=B-T'
mv made extended.pdf
[ "$(stages)" = "preparing time-stamping returning finished" ] || fail "other stages: $(stages)"
succeed pena verify extended.pdf
lines extended.pdf 'extend?level=B-T&return=update'
[ ! -s made ] || fail "nothing was missing, but something was added"

say "what is added may be larger than a line: a stamp with a photograph"
python3 - >besar.stamp <<'PY'
import base64, os, struct, zlib
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
rows = b"".join(b"\0" + os.urandom(1500) for i in range(500))
png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 500, 500, 8, 2, 0, 0, 0))
png += chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
print("[stamp]\nsize=100 100\n[image]\nbox=0 0 100 100\ndata=" + base64.b64encode(png).decode())
PY
letter a.pdf
letter b.pdf
succeed pena sign --stamp ./besar.stamp a.pdf b.pdf
succeed pena verify b-signed.pdf
[ "$(stat -c %s b-signed.pdf)" -gt 700000 ] || fail "the photograph is missing"

say "what goes wrong is the last line; what is wrong with the request itself is told as always"
lines data.bin 'sign?format=pades'
shows '"document-not-pdf"'
[ "$(stages)" = "preparing" ] || fail "other stages: $(stages)"
answers cancel
lines surat.pdf 'sign?format=pades'
shows '"user-cancelled"'
[ "$(stages)" = "preparing asking" ] || fail "other stages: $(stages)"
rm -f "$PENA_RIG_DIR/prompts.answers"
curl -sS --unix-socket "$PENA_SOCKET" -H 'Accept: application/x-ndjson' --data-binary @surat.pdf -w '%{http_code}' \
    'http://pena/pena/v1/sign?format=none' >last
grep -q '400$' last || fail "a request that makes no sense is taken"

say "somebody at a terminal sees it, a file does not"
head -c 60000000 /dev/zero >besar.bin
python3 "$source_dir/tests/e2e/at-terminal.py" 'Sending the document: 100 %' '' env TERM=xterm pena sign besar.bin >last 2>&1 ||
    fail "exit $? at the terminal"
shows 'Checking the signature'
shows 'Signed'
succeed pena sign --force besar.bin
! grep -q 'Sending' last || fail "progress is written to a file"
