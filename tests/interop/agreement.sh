#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: EU DSS and pyHanko judge signatures with something wrong in them, and Pena's verdict is held against theirs. Runs in a rig.
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"
interop=$source_dir/tests/interop
[ -n "${PENA_INTEROP_PYTHON:-}" ] || skip "pyHanko is not there (make interop installs it)"
"$PENA_INTEROP_PYTHON" "$interop/make_signatures.py" made
python3 "$interop/agreement.py" made/signed --trust made/root.der --crls made/crls --expected made/expected.tsv \
    --argued "$interop/argued.tsv"
