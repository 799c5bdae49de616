#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: a loaded module that has nothing to do sends the token nothing and wakes nobody
# Copyright (C) 2026 the Pena authors
# Argument: the program sit-idle.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

commands() { wc -l <"$PENA_APDU_LOG"; }

say "logged in, and a thread waits for events"
coproc idle { timeout 60 "$1" "$PENA_MODULE" "$PENA_PIN"; }
pid=$!
read -r -t 30 said <&"${idle[0]}" || fail "it does not get so far"
[ "$said" = idle ] || fail "it says $said"

say "nothing is sent, and nothing wakes up"
before=$(commands)
sleep 4
[ "$(commands)" = "$before" ] || fail "the token got $(($(commands) - before)) commands"
echo >&"${idle[1]}"
read -r -t 30 said <&"${idle[0]}"
[ "$said" = "0 wake-ups" ] || fail "in four seconds: $said"

say "the thread that waits hears of what happens all the same"
card pull >last
read -r -t 30 said <&"${idle[0]}" || fail "it sleeps on"
[ "$said" = woken ] || fail "it says $said"
wait "$pid" || fail "it ends with $?"
[ "$(commands)" = "$before" ] || fail "the token that was pulled got commands"
echo "ok: idle"
