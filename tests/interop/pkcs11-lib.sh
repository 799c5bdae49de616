# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: what the pkcs11-*.sh stories need besides e2e/lib.sh; sourced by them, inside pena-rig with any kind of token
# Copyright (C) 2026 the Pena authors
# shellcheck shell=bash
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/lib.sh"
need pkcs11-tool openssl

tool() { succeed pkcs11-tool --module "$PENA_MODULE" "$@"; }
login() { tool --login --pin "$PENA_PIN" "$@"; }
refused() { # CKR TOOL-ARGUMENT...: pkcs11-tool must fail with this code
    local code=$1
    shift
    ! timeout 60 pkcs11-tool --module "$PENA_MODULE" "$@" >last 2>&1 </dev/null || fail "not refused: $*"
    shows "$code"
}

# keys USAGE [always]: ids of the private keys with this usage ("sign", "decrypt", "derive") that need no PIN of their own
# (with `always`: that do), one a line
keys() {
    timeout 60 pkcs11-tool --module "$PENA_MODULE" --login --pin "$PENA_PIN" -O --type privkey 2>&1 </dev/null |
        awk -v usage="$1" -v always="${2:-}" '
            function flush() { if (id != "" && uses && (own == (always != ""))) print id; id = ""; uses = 0; own = 0 }
            /^Private Key Object/ { flush() }
            /^ *ID:/ { id = $2 }
            /^ *Usage:/ { uses = index($0, usage) > 0 }
            /^ *Access:/ { own = index($0, "always authenticate") > 0 }
            END { flush() }'
}
a_key() { # USAGE: the first such key that has a certificate, or the story is not for this token
    local id
    for id in $(keys "$1"); do
        certificate "$id" && echo "$id" && return
    done
    return 1
}
certificate() { # ID: writes ID.der, ID.pem and ID.pub; FALSE when there is none
    timeout 60 pkcs11-tool --module "$PENA_MODULE" -r --type cert --id "$1" -o "$1.der" >/dev/null 2>&1 </dev/null &&
        openssl x509 -inform der -in "$1.der" -out "$1.pem" && openssl x509 -in "$1.pem" -noout -pubkey >"$1.pub"
}
is_rsa() { # ID
    openssl pkey -pubin -in "$1.pub" -noout -text | grep -q Modulus
}

# Starts a server and waits until it says that it is ready: serve LOG PATTERN COMMAND...; its pid is in $server
serve() {
    local log=$1 pattern=$2
    shift 2
    "$@" >"$log" 2>&1 </dev/null &
    server=$!
    for _ in $(seq 100); do
        ! grep -q -e "$pattern" "$log" || return 0
        kill -0 $server 2>/dev/null || break
        sleep 0.1
    done
    cp "$log" last
    fail "does not start: $*"
}
