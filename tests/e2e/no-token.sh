#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: nothing is plugged in
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
letter surat.pdf
refuse 4 token-missing pena sign --json surat.pdf
[ ! -e surat-signed.pdf ] || fail "an output without a token"
pena doctor >last 2>&1 || true
shows "oken"
say "the text names the next step"
pena sign surat.pdf >last 2>&1 || true
shows "pena tokens"
