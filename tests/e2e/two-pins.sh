#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: a token whose signing key has a passphrase of its own signs with that one, and the other one is left alone
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

letter surat.pdf
say "the passphrase of the key for signatures"
answers "pin 654321"
succeed pena sign surat.pdf
succeed pena verify surat-signed.pdf
shows "VALID"

say "no other passphrase was sent anywhere: VERIFY carried one for reference 3 only"
grep -E ' 20 00 0[0-9] Lc=[1-9]' "$PENA_APDU_LOG" >sent || fail "nothing was verified"
! grep -vE ' 20 00 03 ' sent >last || fail "another reference was verified"

say "the other key's passphrase is wrong here, and costs one try"
rm surat-signed.pdf
answers "pin 123456" cancel
refuse 4 pin-wrong pena sign --json surat.pdf
[ ! -e surat-signed.pdf ] || fail "something was signed"
succeed pena tokens
shows "tries left: 2"
