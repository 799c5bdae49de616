#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: initials (paraf) first, then the official: several signatures one after the other
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
letter satu.pdf
succeed pena sign --output dua.pdf --reason Paraf satu.pdf
succeed pena sign --output tiga.pdf dua.pdf
succeed pena sign --output empat.pdf tiga.pdf
prefix_of satu.pdf dua.pdf
prefix_of dua.pdf tiga.pdf
prefix_of tiga.pdf empat.pdf
succeed pena verify --json empat.pdf
python3 - last <<'PY'
import json, sys
text = open(sys.argv[1]).read()
answer = json.loads(text)
report = answer
while "signatures" not in report:
    report = report["files"][0] if "files" in report else report["report"]
assert report["verdict"] == "valid", report
changes = [signature["coverage"]["changes_after"] for signature in report["signatures"]]
assert changes == ["signatures", "signatures", "none"], changes
assert report["signatures"][0]["reason"] == "Paraf", report["signatures"][0]
PY

say "bytes behind the last signature are seen"
cp empat.pdf lima.pdf
printf '\n%%tambahan\n' >>lima.pdf
status=0
pena verify lima.pdf >last 2>&1 || status=$?
[ $status = 1 ] || fail "appended bytes give exit $status"

if command -v pdfsig >/dev/null; then
    pdfsig -nocert empat.pdf >last
    [ "$(grep -c 'Signature is Valid' last)" = 3 ] || fail "pdfsig does not call all three valid"
fi
