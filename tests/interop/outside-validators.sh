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
    for card in piv-rsa2048 piv-p256 piv-p384; do
        echo "# $card"
        "$build/tests/rig/pena-rig" --ca --card "$card" -- "$here/outside-validators.sh" "$build" "$validators" "$card"
    done
    exit 0
fi

# shellcheck source=tests/e2e/lib.sh
. "$here/../e2e/lib.sh"
crls=()
for crl in "$PENA_CRL_DIR"/*; do crls+=(--crl "$crl"); done
judge_pdf() { # FILE LEVEL
    succeed "$python" "$validators/validate_pades.py" "$1" --trust "$PENA_TRUST" "${crls[@]}" --expect "$2"
}
judge_cms() { # FILE LEVEL
    succeed "$python" "$validators/validate_cades.py" "$1" --content data.bin --trust "$PENA_TRUST" "${crls[@]}" --expect "$2"
    succeed openssl cms -verify -cades -binary -inform DER -in "$1" -content data.bin -CAfile "$PENA_TRUST" -purpose any -out /dev/null
}

letter surat.pdf
head -c 100000 /dev/urandom >data.bin
paddings=(pkcs1)
[ "$3" != piv-rsa2048 ] || paddings+=(pss)
for padding in "${paddings[@]}"; do
    for level in B-B B-T B-LT B-LTA; do
        succeed pena sign --force --padding "$padding" --level $level --output $level.pdf surat.pdf
        judge_pdf $level.pdf $level
        succeed pena sign --force --padding "$padding" --level $level --output $level.p7s data.bin
        judge_cms $level.p7s $level
    done
done
succeed pena sign --output dua.pdf B-B.pdf
judge_pdf dua.pdf B-B

say "extended, step by step and again"
cp B-B.p7s langkah.p7s
for level in B-T B-LT B-LTA B-LTA; do
    succeed pena extend --force --level $level --signature langkah.p7s data.bin
    judge_cms langkah.p7s $level
done
for level in B-LT B-LTA; do
    succeed pena extend --level $level --output dari-t-$level.pdf B-T.pdf
    judge_pdf dari-t-$level.pdf $level
done
# From B-B to B-LT the time-stamp is one of the document, which this validator takes for an archive time-stamp of B-LTA and then
# misses the other one; so that step is judged by what the next one makes of it.
succeed pena extend --level B-LT --output dari-b-B-LT.pdf B-B.pdf
for file in B-B B-LTA dari-b-B-LT; do
    succeed pena extend --output lagi-$file.pdf $file.pdf
    judge_pdf lagi-$file.pdf B-LTA
done

say "with the document inside"
for level in B-B B-LTA; do
    succeed pena sign --force --attached --level $level --output $level.p7m data.bin
    succeed "$python" "$validators/validate_cades.py" $level.p7m --trust "$PENA_TRUST" "${crls[@]}" --expect $level
done
