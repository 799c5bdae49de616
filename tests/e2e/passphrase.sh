#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: wrong passphrases, the last try, a blocked token, a cancelled prompt
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
letter surat.pdf

say "cancelled: nothing spent, nothing written"
answers cancel
refuse 3 user-cancelled pena sign --json surat.pdf
[ ! -e surat-signed.pdf ] || fail "a cancelled prompt left an output"

say "wrong once, then right: the second prompt tells the tries left"
answers "pin 111111" default
succeed pena sign surat.pdf
prompts | grep -q 2 || fail "the tries left are not shown"
rm surat-signed.pdf

say "wrong until one try is left, which is not spent without consent"
answers "pin 111111" "pin 222222" decline
refuse 3 pin-last-try pena sign --json surat.pdf
answers decline
refuse 3 pin-last-try pena sign --json surat.pdf

say "with consent and the right passphrase the counter is whole again"
answers confirm default
succeed pena sign surat.pdf
rm surat-signed.pdf

say "a passphrase that cannot be right costs no try"
answers "pin 1" cancel
timeout 60 pena sign --json surat.pdf >last 2>&1 && fail "signed with a passphrase of one digit"
answers default
succeed pena sign surat.pdf
rm surat-signed.pdf

say "blocked after the last try was spent by consent"
answers "pin 111111" "pin 222222" confirm "pin 333333"
refuse 4 pin-blocked pena sign --json surat.pdf
refuse 4 pin-blocked pena sign --json surat.pdf
[ ! -e surat-signed.pdf ] || fail "a blocked token left an output"
