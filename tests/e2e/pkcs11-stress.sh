#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: two processes of eight threads sign with two tokens that are pulled out now and then
# Copyright (C) 2026 the Pena authors
# Arguments: the program sign-often, and how many signatures each thread makes.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
program=$1 count=$2

say "two processes, eight threads each, $count signatures a thread, two tokens, random pulls"
for number in 1 2; do
    timeout 840 "$program" "$PENA_MODULE" "$PENA_PIN" 8 "$count" >said$number 2>&1 </dev/null &
    signers[number]=$!
done
python3 - "$PENA_RIG_DIR" >pulls <<'PY' &
import os, random, socket, sys, time
controls = []
for number in 0, 1:
    control = socket.socket(socket.AF_UNIX)
    control.connect(f"{sys.argv[1]}/card{number}.control")
    controls.append((control, control.makefile()))
pulls = 0
while not os.path.exists("enough"):
    control, answers = random.choice(controls)
    time.sleep(random.uniform(0.2, 1.5))
    for line in "pull", "insert":
        control.sendall(line.encode() + b"\n")
        answers.readline()
        if line == "pull":
            time.sleep(random.uniform(0.05, 0.6))
    pulls += 1
    print(pulls, flush=True)
PY
puller=$!
for number in 1 2; do
    status=0
    wait "${signers[number]}" || status=$?
    [ $status = 0 ] || { touch enough && cp said$number last && fail "a signer ends with $status"; }
done
touch enough
wait $puller
cat said1 said2
echo "$(tail -1 pulls) pulls"
! grep -vq "^$((8 * count)) signatures, all right" said1 said2 || fail "signatures are missing"

say "no try of a PIN was lost"
sleep 1
timeout 60 p11tool --provider "$PENA_MODULE" --list-tokens >last 2>&1 </dev/null || fail "p11tool"
[ "$(grep -c 'Type: Hardware token' last)" = 2 ] || fail "the tokens are not back"
! grep -q 'count low\|final\|locked' last || fail "a try of a PIN was lost"
