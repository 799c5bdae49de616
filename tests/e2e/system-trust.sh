#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: an agent that trusts the authorities of this computer, as p11-kit knows them
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
find /usr/lib -name p11-kit-trust.so 2>/dev/null | grep -q . || skip "p11-kit-trust.so is not installed"
letter surat.pdf
succeed pena sign surat.pdf
socket=$story/agent.sock

# A configuration beside the rig's: its p11-kit has a store of roots, its agent no anchors of its own.
mkdir -p config/pena config/pkcs11/modules store/anchors store/blocklist
cp "$XDG_CONFIG_HOME/pkcs11/pkcs11.conf" config/pkcs11/
sed "s/^anchors=.*/p11-kit=yes/" "$XDG_CONFIG_HOME/pena/agent.conf" >config/pena/agent.conf
export XDG_CONFIG_HOME=$story/config PENA_SOCKET=$socket

judge() { # EXIT-STATUS: what `pena verify` says with an agent that has just started
    local agent status=0
    pena-agent --socket "$socket" 2>agent.log &
    agent=$!
    for _ in $(seq 200); do
        [ -S "$socket" ] && break
        sleep 0.05
    done
    timeout 60 pena verify surat-signed.pdf >last 2>&1 || status=$?
    kill "$agent"
    wait "$agent" || fail "the agent does not end well"
    [ "$status" = "$1" ] || fail "exit $status, not $1"
}

register() { # MODULE-LINE...: for whoever asks p11-kit under this configuration, and for root in the rig's own folder
    local folder
    for folder in config/pkcs11/modules /usr/share/p11-kit/modules; do
        [ -w "$folder" ] || continue
        printf '%s\n' "$@" >"$folder/roots.module"
    done
}

say "p11-kit has no store of trust"
judge 2
shows "trust-policy"

say "the root is not in it"
register "module: p11-kit-trust.so" "trust-policy: yes" "x-init-reserved: paths='$story/store'"
judge 1
shows "NOT CONFIRMED"

say "the root is in it"
cp "$PENA_TRUST" store/anchors/root.pem
judge 0
shows "VALID"

say "it is on the list of what nobody trusts, too"
cp "$PENA_TRUST" store/blocklist/root.pem
judge 1
shows "NOT CONFIRMED"
