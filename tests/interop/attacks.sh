#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: published attacks on signed PDFs, with pyHanko's verdict beside ours
# Copyright (C) 2026 the Pena authors
# attacks.sh WRITE-ATTACKS
set -eu
source_dir=$(cd "$(dirname "$0")/../.." && pwd)
python=${PENA_INTEROP_PYTHON:-python3}
if ! "$python" -c 'import pyhanko' 2>/dev/null; then
    echo "skipped: pyHanko is not installed (make interop installs it)"
    exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$1" "$work" >"$work/list.tsv"
exec "$python" "$source_dir/tests/interop/judge_attacks.py" "$work"
