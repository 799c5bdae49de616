#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: after a signature the passphrase is in no memory, no log and no core file
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
letter surat.pdf
scan="$source_dir/tests/e2e/scan-memory.py"

# A passphrase that no other byte of the machine looks like: eight characters that the card takes.
printf '%08d' "$(shuf -i 10000000-99999999 -n 1)" >canary
control_pid=
trap '[ -z "$control_pid" ] || kill "$control_pid" 2>/dev/null || true' EXIT

say "the scan finds what is there: a process that holds the passphrase on purpose"
python3 -c 'import sys, time; kept = open("canary").read(); print("ready", flush=True); time.sleep(60)' >control.log &
control_pid=$!
for _ in $(seq 50); do grep -q ready control.log && break; sleep 0.1; done
status=0
python3 "$scan" canary "$control_pid" >last 2>&1 || status=$?
[ $status != 77 ] || skip "this user may not read the memory of processes"
[ $status = 1 ] || fail "the scan does not find a planted passphrase"

say "the token gets that passphrase, and signs twice with it; once it is mistyped"
succeed yubico-piv-tool --reader="" -a change-pin -P "$PENA_PIN" -N "$(cat canary)"
answers "pin 11111111" "pin $(cat canary)"
succeed pena sign surat.pdf
answers "pin $(cat canary)"
succeed pena sign --output dua.pdf surat.pdf
rm "$PENA_RIG_DIR/prompts.answers"

sleep 0.5 # the worker of the last job goes, the spare one stays, as does the pinentry: this one is not Pena's, and wipes nothing
agent=$(cat "$PENA_RIG_DIR/agent.pid")
processes=("$agent")
for child in $(cat "/proc/$agent/task/"*/children); do
    processes+=("$child")
    for grandchild in $(cat "/proc/$child/task/"*/children); do
        grep -qa pinentry-scripted "/proc/$grandchild/cmdline" || processes+=("$grandchild")
    done
done
! grep -q libasan "/proc/$agent/maps" 2>/dev/null || skip "AddressSanitizer keeps what was freed"
names=$(for pid in "${processes[@]}"; do cat "/proc/$pid/comm"; done | sort | tr '\n' ' ')
say "scanned: $names"
for name in pena-agent pena-token-help pena-document-w; do
    case $names in *"$name"*) ;; *) fail "$name is not running" ;; esac
done
status=0
python3 "$scan" canary "${processes[@]}" >last 2>&1 || status=$?
scanned=yes
case $status in
0) ;;
77) # not even their own user may read them, which is as it should be
    [ "$(id -u)" != 0 ] || fail "root cannot read the memory of the processes"
    scanned=no
    ;;
*) fail "the passphrase is in the memory of a process" ;;
esac

say "nor is it in a log, and none of the processes may dump core or be read by another program of the user"
! grep -rlF --exclude=canary --exclude='card*.state' "$(cat canary)" "$PENA_RIG_DIR" >last 2>/dev/null || fail "the passphrase is in a file: $(cat last)"
for pid in "${processes[@]}"; do
    grep -qE 'Max core file size +0 +0' "/proc/$pid/limits" || fail "process $pid may dump core"
done
[ -z "$(find "$PENA_RIG_DIR" -name 'core*' -type f)" ] || fail "a core file was left"
[ $scanned = yes ] || skip "only root may read the memory of the processes; logs and core files were looked at"
