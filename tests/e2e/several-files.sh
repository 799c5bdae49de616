#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: several files signed in one run, of which each is made ready while the one before is finished
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
names=()
for number in 1 2 3 4 5 6; do
    letter "surat$number.pdf"
    names+=("surat$number.pdf")
done
asked() { prompts | grep -c 'surat[0-9]*\.pdf' || true; }

say "each is asked for once, and told of in order"
succeed pena sign --json "${names[@]}"
python3 - "${names[@]}" <<'PY'
import json, sys
files = json.load(open("last"))["files"]
assert [file["input"] for file in files] == sys.argv[1:], files
assert all("signature_id" in file for file in files), files
assert len({file["signature_id"] for file in files}) == len(files), files
PY
[ "$(prompts | grep -o 'surat[0-9]*\.pdf' | tr '\n' ' ')" = "${names[*]} " ] || fail "not asked in order: $(prompts)"
[ "$(prompts | grep -o '"pid": [0-9]*' | sort -u | wc -l)" -lt ${#names[@]} ] || fail "a pinentry was started for each"
succeed pena verify surat?-signed.pdf
rm surat?-signed.pdf

say "who says no to one is not asked about the next"
answers default cancel default default default default
before=$(asked)
status=0
timeout 60 pena sign --json "${names[@]}" >last 2>&1 </dev/null || status=$?
[ "$status" = 3 ] || fail "exit $status after a refusal"
[ $(($(asked) - before)) = 2 ] || fail "asked $(($(asked) - before)) times, not twice"
[ "$(echo surat?-signed.pdf)" = surat1-signed.pdf ] || fail "not only the first is signed: $(echo surat?-signed.pdf)"
[ "$(grep -o '"skipped"' last | wc -l)" = 4 ] || fail "not all others are told as skipped"
answers default
rm surat1-signed.pdf

say "what a run has made it does not replace itself"
mkdir -p kiri kanan hasil
cp surat1.pdf kiri/surat.pdf
cp surat2.pdf kanan/surat.pdf
echo lama >hasil/surat-signed.pdf
status=0
timeout 60 pena sign --json --force --output hasil kiri/surat.pdf kanan/surat.pdf surat3.pdf >last 2>&1 </dev/null || status=$?
[ "$status" = 5 ] || fail "exit $status, though one output was to take the place of another"
shows '"output-exists"'
prefix_of kiri/surat.pdf hasil/surat-signed.pdf
succeed pena verify hasil/surat-signed.pdf hasil/surat3-signed.pdf
status=0
timeout 60 pena sign --force --output hasil surat1.pdf ./surat1.pdf >last 2>&1 </dev/null || status=$?
[ "$status" = 5 ] || fail "exit $status: the same file was signed twice"
rm -r hasil

say "nor does it keep another run, whose first waits meanwhile"
answers "wait 3" cancel default default
timeout 60 pena sign surat1.pdf surat2.pdf >refused 2>&1 </dev/null &
for _ in $(seq 100); do
    [ $(($(asked) - before)) = 3 ] && break
    sleep 0.1
done
succeed pena sign surat4.pdf surat5.pdf
wait $! && fail "was not refused"
[ "$(echo surat?-signed.pdf)" = "surat4-signed.pdf surat5-signed.pdf" ] || fail "signed: $(echo surat?-signed.pdf)"
answers default
rm surat?-signed.pdf

say "a file that cannot be signed does not keep the others"
echo "no PDF" >surat3.pdf
status=0
timeout 60 pena sign --json "${names[@]}" >last 2>&1 </dev/null || status=$?
[ "$status" = 5 ] || fail "exit $status"
[ "$(echo surat?-signed.pdf | wc -w)" = 5 ] || fail "signed: $(echo surat?-signed.pdf)"
rm surat?-signed.pdf

say "what one makes, the next may sign"
succeed pena sign surat1.pdf surat1-signed.pdf
succeed pena verify surat1-signed-signed.pdf
shows "2 signatures"
