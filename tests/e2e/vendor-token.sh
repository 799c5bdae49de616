#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: a token whose way of signing nobody has told is shown, and is not tried out
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need pkcs11-tool

letter surat.pdf
say "its certificates can be read"
succeed pkcs11-tool --module "$PENA_MODULE" -O
[ "$(grep -c '^Certificate Object' last)" = 2 ] || fail "not two certificates"
succeed pkcs11-tool --module "$PENA_MODULE" -L
! grep -q 'login required' last || fail "a login is offered"

say "it is not asked to sign"
status=0
timeout 60 pena sign --json surat.pdf >last 2>&1 </dev/null || status=$?
[ $status = 4 ] || fail "exit $status, not 4"
[ ! -e surat-signed.pdf ] || fail "something was signed"
[ -z "$(prompts)" ] || fail "somebody was asked for a passphrase"

say "no passphrase, no choice of a key and no use of one was ever sent"
! grep -E '^[0-9]+ 00 (20|22|24|2A|2C|88) ' "$PENA_APDU_LOG" >last || fail "it was tried"
