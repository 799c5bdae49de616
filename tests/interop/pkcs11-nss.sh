#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: NSS, by which browsers, LibreOffice and poppler reach tokens, lists the keys and signs a letter
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/interop/pkcs11-lib.sh
. "$(dirname "$0")/pkcs11-lib.sh"
need modutil certutil pdfsig

say "the module goes into an NSS database"
mkdir nss
succeed certutil -N -d sql:nss --empty-password
succeed modutil -dbdir sql:nss -force -add pena -libfile "$PENA_MODULE"
timeout 60 modutil -dbdir sql:nss -list pena >last 2>&1 </dev/null || true # complains about readers without a token
shows "Login Type: Login required"
printf '%s' "$PENA_PIN" >pin
for ca in root issuing; do
    succeed certutil -A -d sql:nss -n $ca -t CT,C,C -i "$PENA_RIG_DIR/ca/$ca.pem"
done

say "every key is there, and every certificate has its key"
succeed certutil -K -h all -d sql:nss -f pin
listed=$(grep -c '^<' last)
[ "$listed" = "$( (keys sign && keys sign always && keys decrypt && keys derive) | sort -u | wc -l)" ] ||
    fail "NSS lists $listed keys"
succeed certutil -L -h all -d sql:nss -f pin
grep -q 'u,u,u' last || fail "NSS finds no key for the certificates"

say "pdfsig signs a letter, and finds the signature valid"
# Only with keys that need no PIN of their own: poppler does not answer when NSS asks for it a second time, whatever the module.
letter surat.pdf
signed=0
for id in $(keys sign); do
    certificate "$id" || continue
    tool -O --type cert
    label=$(awk -v id="$id" '/^ *label:/ { sub(/^ *label: */, ""); label = $0 } /^ *ID:/ && $2 == id { print label }' last)
    timeout 60 pdfsig -nssdir sql:nss -nss-pwd "$PENA_PIN" -list-nicks >last 2>&1 </dev/null || fail "pdfsig -list-nicks"
    nick=$(grep -F ":$label" last) || fail "pdfsig does not see $label"
    # poppler makes room by a first signature, and gives up when the second is longer: those of ECDSA differ by some bytes.
    for _ in $(seq 20); do
        rm -f signed.pdf
        ! timeout 60 pdfsig -nssdir sql:nss -nss-pwd "$PENA_PIN" -add-signature -nick "$nick" -digest SHA256 \
            surat.pdf signed.pdf >last 2>&1 </dev/null || break
        is_rsa "$id" && break
    done
    [ -s signed.pdf ] || fail "pdfsig does not sign with $nick"
    succeed pdfsig -nssdir sql:nss signed.pdf
    shows "Signature is Valid"
    signed=$((signed + 1))
done
echo "ok: NSS, $listed keys, $signed letters"
