#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: the rig itself: exit status, several at once, nothing left behind: self-test.sh PENA-RIG
# Copyright (C) 2026 the Pena authors
set -eu
rig=$(realpath "$1")
bare=$(dirname "$(realpath "$0")")/pena-rig
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
fail() {
    echo "FAILED: $*" >&2
    exit 1
}

status=0
"$rig" --card none --no-agent -- sh -c 'exit 7' || status=$?
[ $status = 7 ] || fail "the command's exit status 7 became $status"
status=0
"$rig" --card no-such-card -- true 2>said || status=$?
[ $status = 2 ] && grep -q 'no such card' said || fail "an unknown card gives exit $status"
status=0
env PENA_BUILD=/nonexistent "$bare" -- true 2>said || status=$?
[ $status = 125 ] && grep -q 'is missing' said || fail "a missing build gives exit $status: $(cat said)"

echo "# four side by side, each with three tokens of its own"
pids=()
for number in 1 2 3 4; do
    # shellcheck disable=SC2016 # the variables are the rig's
    "$rig" --no-agent --card piv-p256 --card piv-blank --card piv-p256 -- sh -c '
        [ "$(grep -c . "$PENA_TRUST")" -gt 3 ] && ls "$PENA_CRL_DIR"/*.crl >/dev/null &&
        [ -S "$PENA_RIG_DIR/card2.control" ] && echo "$PENA_RIG_DIR"' >out$number 2>&1 &
    pids+=($!)
done
for pid in "${pids[@]}"; do
    wait "$pid" || fail "one of four failed: $(cat out*)"
done
[ "$(cat out* | sort -u | wc -l)" = 4 ] || fail "they share a folder: $(cat out*)"
for folder in $(cat out*); do
    [ ! -e "$folder" ] || fail "$folder is still there"
done

# Everything that the rig starts holds the writing end of a FIFO: its reader sees the end when the last of them is gone.
for signal in TERM KILL; do
    echo "# nothing outlives a rig that gets SIG$signal"
    rm -f alive
    mkfifo alive
    "$rig" --no-agent --card piv-p256 -- sh -c 'echo up; setsid sleep 60 & sleep 60' 3>&1 >alive 2>&1 &
    rig_pid=$!
    exec 8<alive
    read -r -t 30 line <&8 && [ "$line" = up ] || fail "the rig does not start: $line"
    kill -$signal $rig_pid
    status=0
    wait $rig_pid || status=$?
    [ $status -gt 128 ] || fail "exit $status after SIG$signal"
    if [ $signal = KILL ] && ! unshare --pid --fork true 2>/dev/null && ! unshare --user --pid --fork true 2>/dev/null; then
        echo "# without namespaces the command's own children cannot be ended for a rig that was killed"
    else
        timeout 10 cat <&8 >rest || fail "something of the rig is still running"
    fi
    exec 8<&-
done
