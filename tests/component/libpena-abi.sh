#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: libpena exports what its headers declare, and nothing else
# Copyright (C) 2026 the Pena authors
# libpena-abi.sh LIBRARY HEADER...
set -euo pipefail
library=$1
shift
command -v nm >/dev/null || exit 77
declared=$({
    grep -hoE '^PENA_API [^(]*[ *](pena_[a-z0-9_]+) \(' "$@" | grep -oE 'pena_[a-z0-9_]+ \($' | tr -d ' ('
    grep -hoE 'G_DECLARE_FINAL_TYPE \([A-Za-z]+, [a-z_]+' "$@" | sed 's/.*, \(.*\)/\1_get_type/'
} | sort)
exported=$(nm -D --defined-only "$library" | awk '$2 != "A" {print $3}' | sed 's/@.*//' | sort)
[ "$(wc -l <<<"$declared")" -gt 20 ] || { echo "the headers were not understood"; exit 1; }
diff <(echo "$declared") <(echo "$exported") || { echo "< declared only   > exported only"; exit 1; }
