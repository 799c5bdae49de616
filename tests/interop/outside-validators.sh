#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: validators that lie outside the checkout judge what Pena signs: outside-validators.sh BUILD FOLDER
# Copyright (C) 2026 the Pena authors
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
validators=$(cd "$2" && pwd)
python=$build/venv/bin/python3
[ -x "$python" ] || { echo "run make interop first: it installs pyHanko"; exit 1; }

if [ -z "${PENA_RIG_DIR:-}" ]; then
    for card in piv-rsa2048 piv-p256; do
        echo "# $card"
        "$build/tests/rig/pena-rig" --card "$card" -- "$here/outside-validators.sh" "$build" "$validators"
    done
    exit 0
fi

# shellcheck source=tests/e2e/lib.sh
. "$here/../e2e/lib.sh"
crls=()
for crl in "$PENA_CRL_DIR"/*; do crls+=(--crl "$crl"); done
letter surat.pdf
succeed pena sign surat.pdf
succeed pena sign --output dua.pdf surat-signed.pdf
for file in surat-signed.pdf dua.pdf; do
    succeed "$python" "$validators/validate_pades.py" "$file" --trust "$PENA_TRUST" "${crls[@]}" --expect B-B
done
head -c 100000 /dev/urandom >data.bin
succeed pena sign data.bin
succeed "$python" "$validators/validate_cades.py" data.bin.p7s --content data.bin --trust "$PENA_TRUST" "${crls[@]}" --expect B-B
