#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: EU DSS judges what Pena signs with every kind of key. Runs in a rig with --ca and several tokens.
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"
dss=${PENA_INTEROP_DSS:-}
[ -n "$dss" ] || skip "EU DSS is not there (make interop fetches it with Maven)"
need java
letter surat.pdf
pageless tanpa-halaman.pdf
head -c 100000 /dev/urandom >data.bin
judged=()

add() { # LEVEL FILE [CONTENT]: to be judged, in one run of Java
    judged+=(--expect "$1")
    [ -z "${3:-}" ] || judged+=(--content "$3")
    judged+=("$2")
}

succeed pena tokens --json
python3 - last >keys <<'PY'
import json, sys
for token in json.load(open(sys.argv[1]))["tokens"]:
    for credential in token["credentials"]:
        if credential["can_sign"]:
            print(credential["key"], credential["id"])
PY
[ "$(wc -l <keys)" = 3 ] || fail "three keys are expected: $(cat keys)"
first=$(sed -n '1s/.* //p' keys)
levels=(B-B B-T B-LT B-LTA)

say "signing: ${levels[*]}"
while read -r key id; do
    paddings=(pkcs1)
    case $key in rsa*) paddings+=(pss) ;; esac
    for padding in "${paddings[@]}"; do
        for level in "${levels[@]}"; do
            name=$key-$padding-$level
            succeed pena sign --level "$level" --padding "$padding" --credential "$id" --output "$name.pdf" surat.pdf
            add "PAdES_BASELINE_${level#B-}" "$name.pdf"
            succeed pena sign --level "$level" --padding "$padding" --credential "$id" --format cades --output "$name.p7s" data.bin
            add "CAdES_BASELINE_${level#B-}" "$name.p7s" data.bin
        done
    done
done <keys
for level in B-B B-LTA; do
    succeed pena sign --level "$level" --credential "$first" --output "pageless-$level.pdf" tanpa-halaman.pdf
    add "PAdES_BASELINE_${level#B-}" "pageless-$level.pdf"
done
for digest in sha384 sha512; do
    succeed pena sign --digest $digest --credential "$first" --output "$digest.pdf" surat.pdf
    add PAdES_BASELINE_B "$digest.pdf"
done
succeed pena sign --credential "$first" --output dua.pdf sha384.pdf
add PAdES_BASELINE_B dua.pdf

say "extending, and with the document inside"
one=$(sed -n '1s/ .*//p' keys)-pkcs1
extend() { # FROM LEVEL OUTPUT: a PDF, or the .p7s of data.bin
    case $1 in
    *.pdf)
        succeed pena extend --level "$2" --output "$3" "$1"
        add "PAdES_BASELINE_${2#B-}" "$3"
        ;;
    *)
        succeed pena extend --level "$2" --output "$3" --signature "$1" data.bin
        add "CAdES_BASELINE_${2#B-}" "$3" data.bin
        ;;
    esac
}
for kind in pdf p7s; do
    for step in B-B:B-T B-B:B-LT B-B:B-LTA B-T:B-LT B-T:B-LTA B-LT:B-LTA B-LTA:B-LTA; do
        extend "$one-${step%:*}.$kind" "${step#*:}" "${step/:/-to-}.$kind"
    done
done
for level in B-B B-T B-LT B-LTA; do
    succeed pena sign --attached --level "$level" --credential "$first" --output "$level.p7m" data.bin
    add "CAdES_BASELINE_${level#B-}" "$level.p7m"
done
for step in B-B:B-T B-B:B-LTA B-T:B-LT B-LT:B-LTA B-LTA:B-LTA; do
    succeed pena extend --level "${step#*:}" --output "${step/:/-to-}.p7m" "${step%:*}.p7m"
    add "CAdES_BASELINE_${step##*:B-}" "${step/:/-to-}.p7m"
done

say "EU DSS"
check=(java -Dorg.slf4j.simpleLogger.defaultLogLevel=error -cp "$dss/dss-check-1.jar:$dss/lib/*" pena.DssCheck --trust "$PENA_TRUST")
for crl in "$PENA_CRL_DIR"/*; do check+=(--crl "$crl"); done
status=0
timeout 300 "${check[@]}" "${judged[@]}" >"$story/last" 2>&1 || status=$?
[ "$status" = 0 ] || fail "exit $status"
[ "$(grep -c '^passed' last)" -ge "$(($(printf '%s\n' "${judged[@]}" | grep -c -- --expect) + 1))" ] || fail "too few were judged"
say "$(grep -c '^passed' last) signatures passed"

say "the judge itself refuses what is wrong"
name=$(sed -n '1s/ .*//p' keys)-pkcs1-B-B.pdf
cp "$name" rusak.pdf
printf 'X' | dd of=rusak.pdf bs=1 seek=1000 conv=notrunc status=none
! "${check[@]}" --expect PAdES_BASELINE_B rusak.pdf >"$story/last" 2>&1 || fail "a changed file passes"
! "${check[@]}" --expect PAdES_BASELINE_LTA "$name" >"$story/last" 2>&1 || fail "another level passes"
