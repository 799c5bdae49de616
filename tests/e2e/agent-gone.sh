#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: the agent or one of its helpers dies, and the next request works
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
letter surat.pdf
agent=$(cat "$PENA_RIG_DIR/agent.pid")
child() { # NAME [PARENT]: the pid of the agent's child of that name
    local pid
    for pid in $(cat "/proc/${2:-$agent}/task/"*/children); do
        [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$1" ] && echo "$pid" && return 0
    done
    return 1
}
ended() { # PID: waits until the process has ended
    for _ in $(seq 100); do
        case $(cut -d' ' -f3 "/proc/$1/stat" 2>/dev/null) in "" | Z | X) return 0 ;; esac
        sleep 0.02
    done
    fail "process $1 does not end"
}

say "no agent behind the socket"
refuse 4 agent-unreachable env PENA_SOCKET="$PENA_RIG_DIR/no-such.sock" pena sign --json surat.pdf

succeed pena sign --output satu.pdf surat.pdf
say "the spare document worker is killed"
nursery=$(child pena-document-w)
worker=$(child pena-document-w "$nursery")
kill -9 "$worker"
ended "$worker"
succeed pena sign --output dua.pdf surat.pdf
say "a document worker crashes: the nursery starts anew"
layout=$(md5sum <"/proc/$nursery/maps")
worker=$(child pena-document-w "$nursery")
kill -ABRT "$worker"
ended "$worker"
rm dua.pdf
succeed pena sign --output dua.pdf surat.pdf
[ "$(child pena-document-w)" = "$nursery" ] || fail "the nursery is another process"
[ "$layout" != "$(md5sum <"/proc/$nursery/maps")" ] || fail "the nursery has kept its layout"
say "the nursery is killed"
kill -9 "$nursery"
ended "$nursery"
rm dua.pdf
succeed pena sign --output dua.pdf surat.pdf
say "the token helper is killed"
kill -9 "$(child pena-token-help)"
sleep 0.2
succeed pena sign --output tiga.pdf surat.pdf

say "the token helper is killed while the prompt is open"
answers hang
pena sign --json --output empat.pdf surat.pdf >last 2>&1 &
client=$!
for _ in $(seq 50); do
    helper=$(child pena-token-help) && grep -q . "/proc/$helper/task/"*/children && break
    sleep 0.1
done
sleep 0.3
kill -9 "$helper"
status=0
wait $client || status=$?
[ $status != 0 ] || fail "signed by a dead helper"
[ ! -e empat.pdf ] || fail "an output was left"
answers default
succeed pena sign --output empat.pdf surat.pdf

say "the client goes away while the prompt is open: the prompt goes too"
answers hang
pena sign --output lima.pdf surat.pdf >last 2>&1 &
client=$!
sleep 1
kill -INT $client
wait $client || true
answers default
succeed pena sign --output enam.pdf surat.pdf
[ ! -e lima.pdf ] || fail "a cancelled signature left an output"

say "doctor tells one cause once"
PENA_SOCKET=/nonexistent/agent.sock refuse 4 agent-unreachable pena doctor --json
[ "$(grep -o '"agent-unreachable"' last | wc -l)" = 1 ] || fail "the agent's absence is told more than once"
