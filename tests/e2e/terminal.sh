#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: signing on a terminal, where the prompt and the shell must not get into each other's way
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need pinentry-curses python3
letter surat.pdf
letter kedua.pdf
unset DISPLAY WAYLAND_DISPLAY

# at_terminal STATUS ARGUMENT...: see at-terminal.py; ./last keeps what the terminal showed
at_terminal() {
    local wanted=$1 status=0
    shift
    timeout 120 python3 "$source_dir/tests/e2e/at-terminal.py" "$@" >"$story/last" 2>&1 </dev/null || status=$?
    [ "$status" = "$wanted" ] || fail "exit $status, not $wanted: $*"
}

say "the passphrase is typed where the command was"
at_terminal 0 Passphrase "$PENA_PIN\r" sh -c "stty cols 72; exec pena sign surat.pdf"
shows "Sari Wulandari"
tr -d '\r' <last | grep -aqE '^ {8}.*[0-9A-Z]{26}\)$' || fail "a long line is not broken between words"
succeed pena verify surat-signed.pdf
rm surat-signed.pdf

say "for each of several files"
at_terminal 0 --again Passphrase "$PENA_PIN\r" pena sign surat.pdf kedua.pdf
succeed pena verify surat-signed.pdf kedua-signed.pdf
rm surat-signed.pdf kedua-signed.pdf

say "Ctrl-C gives up, and the terminal is as before when the shell has it again"
at_terminal 130 Passphrase '\x03' pena sign surat.pdf
[ ! -e surat-signed.pdf ] || fail "an interrupt left an output"

say "however slow the agent is"
at_terminal 130 --stop-agent Passphrase '\x03' pena sign surat.pdf

say "Ctrl-Z does not leave the prompt to fight with the shell"
at_terminal 0 Passphrase "\x1a$PENA_PIN\r" pena sign surat.pdf
rm surat-signed.pdf

say "a background job leaves the terminal to whoever has it"
at_terminal 3 --background "passphrase cannot be asked for" "" pena sign surat.pdf
! grep -q "Sign this document" last || fail "the prompt took the terminal"

say "without terminal and display it says so"
refuse 3 prompt-unavailable setsid -w pena sign --json surat.pdf
shows "neither a display nor a terminal"
[ ! -e surat-signed.pdf ] || fail "an unavailable prompt left an output"
