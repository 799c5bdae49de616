#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: many files at once: each gets its own verdict, in the order in which they were named
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
letter surat.pdf
succeed pena sign surat.pdf
head -c 3000000 /dev/urandom >lampiran.bin # takes longer than those after it
succeed pena sign lampiran.bin
head -c 700 surat-signed.pdf >rusak.pdf
sed 's/Length/Width_/' surat-signed.pdf >diubah.pdf

say "every file is told of once, in order, whatever the others are"
names=(lampiran.bin)
for number in $(seq 30); do
    case $((number % 5)) in
    1) cp rusak.pdf "$number.pdf" ;;
    3) cp diubah.pdf "$number.pdf" ;;
    4) ;; # is not there
    *) cp surat-signed.pdf "$number.pdf" ;;
    esac
    names+=("$number.pdf")
done
status=0
timeout 120 pena verify --json "${names[@]}" >verdicts.json 2>/dev/null || status=$?
[ "$status" = 5 ] || fail "exit $status: the first that is not valid is a damaged one"
python3 - "${names[@]}" <<'PY'
import json, sys
files = json.load(open("verdicts.json"))["files"]
assert [file["file"] for file in files] == sys.argv[1:], "not the order of the arguments"
for file in files[1:]:
    kind = int(file["file"].removesuffix(".pdf")) % 5
    code, verdict = file.get("error", {}).get("code"), file.get("report", {}).get("verdict")
    if kind == 4:
        assert code == "document-missing", file
    elif kind == 1:
        assert code is not None and code != "worker-failed", file
    elif kind == 3:
        assert verdict == "invalid" or code is not None, file
    else:
        assert verdict == "valid", file
assert files[0]["report"]["verdict"] == "valid", files[0]
PY

say "an interrupt ends all of them"
for number in $(seq 40 400); do ln surat-signed.pdf "$number.pdf"; done
timeout --signal=INT --preserve-status 0.4 pena verify {40..400}.pdf {40..400}.pdf {40..400}.pdf >telling 2>&1 && fail "was not interrupted"
succeed pena verify surat-signed.pdf # the agent is none the worse for it
