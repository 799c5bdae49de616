# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: what every story needs; sourced by the scripts of this folder, which run inside pena-rig
# Copyright (C) 2026 the Pena authors
# shellcheck shell=bash
set -eu
: "${PENA_RIG_DIR:?run me inside tests/rig/pena-rig}"
source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
story=$(mktemp -d "$PENA_RIG_DIR/story.XXXXXX")
export LANGUAGE=en
cd "$story"

say() { echo "# $*"; }
fail() {
    echo "FAILED: $*" >&2
    [ -f "$story/last" ] && sed 's/^/    /' "$story/last" >&2
    exit 1
}
skip() {
    echo "skipped: $*"
    exit 77
}
need() { # PROGRAM...: skips the story when one is missing
    local program
    for program in "$@"; do
        command -v "$program" >/dev/null || skip "$program is not installed"
    done
}

letter() { # NAME: a fresh copy of the sample letter
    cp "$source_dir/data/demo/surat-dinas.pdf" "$1"
}

write_pdf() { # NAME OBJECT...: see there
    "$source_dir/tests/e2e/write-pdf.py" "$@"
}
write_page() { # NAME FILE [ENTRIES]: a page of A4 and a stream of what is in the file, which is the page's content unless told otherwise
    write_pdf "$1" '<< /Type /Catalog /Pages 2 0 R >>' '<< /Type /Pages /Kids [3 0 R] /Count 1 >>' \
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] ${3-/Contents 4 0 R} >>" "<< >>@$2"
}
large_letter() { # NAME: one that is large enough to be lent to the agent
    head -c 5000000 /dev/zero >nul
    write_page "$1" nul ""
}
pageless() { # NAME: a sound PDF without a page
    write_pdf "$1" '<< /Type /Catalog /Pages 2 0 R >>' '<< /Type /Pages /Kids [] /Count 0 >>'
}

# succeed COMMAND...: it must exit 0; what it prints is kept in ./last
succeed() {
    local status=0
    timeout 60 "$@" >"$story/last" 2>&1 </dev/null || status=$?
    [ "$status" = 0 ] || fail "exit $status: $*"
}

# refuse STATUS CODE COMMAND...: it must exit with STATUS and name CODE in its JSON; ./last keeps what it prints
refuse() {
    local wanted=$1 code=$2 status=0
    shift 2
    timeout 60 "$@" >"$story/last" 2>&1 </dev/null || status=$?
    [ "$status" = "$wanted" ] || fail "exit $status, not $wanted: $*"
    grep -qE "\"code\" *: *\"$code\"" "$story/last" || fail "does not say $code: $*"
}

shows() { # TEXT: what was printed last holds TEXT
    grep -qF -- "$1" "$story/last" || fail "does not show: $1"
}

answers() { # LINE...: what the scripted prompt does next, a line each
    printf '%s\n' "$@" >"$PENA_RIG_DIR/prompts.answers"
}
prompts() { cat "$PENA_RIG_DIR/prompts.log" 2>/dev/null || true; }

card() { # LINE: tells the first virtual token's control socket
    python3 - "$PENA_RIG_DIR/card0.control" "$1" <<'PY'
import socket, sys
control = socket.socket(socket.AF_UNIX)
control.settimeout(20)
control.connect(sys.argv[1])
control.sendall(sys.argv[2].encode() + b"\n")
answer = control.makefile().readline().strip()
print(answer)
sys.exit(0 if answer.startswith("ok") else 1)
PY
}

await_token() { # until the agent sees a token with a certificate
    local try
    for try in $(seq 50); do
        pena tokens --json 2>/dev/null | grep -q '"id"' && return 0
        sleep 0.2
    done
    fail "the token does not come back (tried $try times)"
}

prefix_of() { # ORIGINAL SIGNED: the signed file begins with the original
    cmp -n "$(stat -c %s "$1")" "$1" "$2" || fail "$2 does not begin with $1"
}
