#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: the smart card service is not running
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
letter surat.pdf
succeed pena sign --output satu.pdf surat.pdf
kill "$(cat "$PENA_RIG_DIR/pcscd.pid")"
sleep 0.5
refuse 4 reader-service-down pena sign --json --output dua.pdf surat.pdf
[ ! -e dua.pdf ] || fail "an output was left"
pena doctor >last 2>&1 || true
shows pcscd
