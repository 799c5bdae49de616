#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: p11-kit server hands the module on through a socket, as to containers and other hosts
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/interop/pkcs11-lib.sh
. "$(dirname "$0")/pkcs11-lib.sh"
need p11-kit p11tool
client=$(ls /usr/lib/*/pkcs11/p11-kit-client.so 2>/dev/null || true)
[ -n "$client" ] || skip "p11-kit-client.so is not installed"
signing=$(a_key sign) || skip "no key of this token signs without a PIN of its own"

serve server.log P11_KIT_SERVER_ADDRESS p11-kit server --foreground --provider "$PENA_MODULE" --name "$PWD/remote.sock" pkcs11:
export P11_KIT_SERVER_ADDRESS=unix:path=$PWD/remote.sock

say "the token is seen, and signs, from the other end"
succeed p11tool --provider "$client" --list-tokens
shows "Type: Hardware token"
GNUTLS_PIN=$PENA_PIN succeed p11tool --provider "$client" --login --test-sign "pkcs11:id=%$signing;type=private"
shows "Verifying against public key in the token... ok"

say "two clients at a time"
for number in 1 2; do
    GNUTLS_PIN=$PENA_PIN timeout 60 p11tool --provider "$client" --login --test-sign "pkcs11:id=%$signing;type=private" \
        >said$number 2>&1 </dev/null &
    clients[number]=$!
done
for number in 1 2; do
    wait "${clients[number]}" || { cp said$number last && fail "a client ends with an error"; }
done
kill $server
echo "ok: p11-kit server"
