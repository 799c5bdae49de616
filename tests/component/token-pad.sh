#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: pena token with a reader on which passphrases are typed
# Copyright (C) 2026 the Pena authors
# Arguments: the program pena, and a module that has such a reader.
set -eu
pena=$1
export PENA_MODULE="$2" LANGUAGE=en XDG_CACHE_HOME=/dev/null
said=$(mktemp)
trap 'rm -f "$said"' EXIT
fail() {
    echo "FAILED: $1" >&2
    cat "$said" >&2
    exit 1
}

# No secret is asked for at a terminal, of which there is none here.
PAD_TYPED=123456 setsid "$pena" token change-passphrase >"$said" 2>&1 </dev/null || fail "it was not changed"
grep -q 'type: the passphrase, then the new one twice (tries left: 3)' "$said" || fail "it does not say what to type"
grep -q 'was changed' "$said" || fail "it does not say that it was changed"
status=0
PAD_TYPED=654321 setsid "$pena" token change-passphrase >"$said" 2>&1 </dev/null || status=$?
[ $status = 4 ] || fail "a wrong one ends with $status"
grep -q 2 "$said" || fail "it does not say that two tries are left"

# The card of this module does not keep its management key, so that the passphrase is not enough; but it was typed.
status=0
PAD_TYPED=123456 setsid "$pena" token generate --place 9c >"$said" 2>&1 </dev/null || status=$?
[ $status = 4 ] || fail "without a management key it ends with $status"
grep -q 'type: the passphrase (tries left: 3)' "$said" || fail "it does not say what to type"
grep -q 'management key' "$said" || fail "it does not say what is missing"

# With --json nothing is waited for.
status=0
PAD_TYPED=123456 setsid "$pena" token change-passphrase --json >"$said" 2>&1 </dev/null || status=$?
[ $status = 2 ] || fail "with --json it ends with $status"
grep -q passphrase-file "$said" || fail "it does not say which file is missing"
