#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: all programs are linked so that an overflow finds no table of functions to write to, C++ or not
# Copyright (C) 2026 the Pena authors
# programs-hardened.sh PROGRAM...
set -euo pipefail
command -v readelf >/dev/null || exit 77
for program in "$@"; do
    readelf -dW "$program" | grep -q BIND_NOW || { echo "FAILED: $program binds functions when they are called"; exit 1; }
    readelf -lW "$program" | grep -q GNU_RELRO || { echo "FAILED: $program has tables that can be written to"; exit 1; }
done
echo "ok: $# programs"
