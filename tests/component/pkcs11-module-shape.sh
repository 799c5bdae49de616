#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: what loading pena-pkcs11.so costs a program: libraries, relocations, names, code that runs at once
# Copyright (C) 2026 the Pena authors
# pkcs11-module-shape.sh MODULE
set -euo pipefail
module=$1
command -v readelf >/dev/null && command -v nm >/dev/null || exit 77
fail() {
    echo "FAILED: $*"
    exit 1
}

# Every library more is time at the start of every browser.
needed=$(readelf -d "$module" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort | tr '\n' ' ')
case "$needed" in
"libc.so.6 libcrypto.so.3 libglib-2.0.so.0 libpcsclite.so.1 libz.so.1 ") ;;
*libasan* | *libubsan* | *libclang_rt*)
    echo "skipped: built for a sanitizer"
    exit 77
    ;;
*) fail "needs other libraries: $needed" ;;
esac

exported=$(nm -D --defined-only "$module" | awk '{ print $3 }' | sort | tr '\n' ' ')
[ "$exported" = "C_GetFunctionList C_GetInterface C_GetInterfaceList " ] || fail "exports $exported"

# Each relocation of data is a page that the program cannot share; each constructor runs whether or not there is a token.
relocations=$(readelf -rW "$module" | grep -c R_X86_64_RELATIVE || true)
[ "$relocations" -le 1200 ] || fail "$relocations relocations"
! readelf -dW "$module" | grep -q TEXTREL || fail "its code is written to when it is loaded"
writable=$(readelf -lW "$module" | awk '$1 == "LOAD" && / RW / { print $6 }')
[ $((writable)) -le $((64 * 1024)) ] || fail "$((writable)) bytes of its own in every process"
# frame_dummy of the compiler is the only one.
array=$(readelf -SW "$module" | sed 's/^ *\[ *[0-9]*\] *//' | awk '$1 == ".init_array" { print $5 }')
[ $((0x$array)) -le 8 ] || fail "code runs when it is loaded"
readelf -dW "$module" | grep -q NODELETE || fail "can be unloaded from under its fork handler"
echo "ok: $relocations relocations, $((writable)) bytes of data"
