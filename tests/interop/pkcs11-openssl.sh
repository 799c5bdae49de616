#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: OpenSSL with keys on the token: a request, a TLS client, S/MIME signed and decrypted
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/interop/pkcs11-lib.sh
. "$(dirname "$0")/pkcs11-lib.sh"
ls /usr/lib/*/engines-3/pkcs11.so >/dev/null 2>&1 || skip "libengine-pkcs11-openssl is not installed"
signing=$(a_key sign) || skip "no key of this token signs without a PIN of its own"
key="pkcs11:id=%$signing;type=private"
certificate "$signing"

# Loaded by the configuration: with -engine and -pre alone OpenSSL 3 cannot make requests for RSA keys.
cat >engine.cnf <<END
openssl_conf = init
[init]
engines = engines
[engines]
pkcs11 = pkcs11
[pkcs11]
engine_id = pkcs11
MODULE_PATH = $PENA_MODULE
PIN = $PENA_PIN
init = 0
[req]
distinguished_name = name
prompt = no
[name]
CN = Percobaan
END
engine() { OPENSSL_CONF=$PWD/engine.cnf succeed openssl "$@"; }
from_token=(-engine pkcs11 -keyform engine)

say "a certificate request"
engine req -new "${from_token[@]}" -key "$key" -out request.pem
succeed openssl req -in request.pem -verify -noout
openssl req -in request.pem -noout -pubkey | cmp - "$signing.pub" || fail "the request is for another key"

# TLS 1.3 wants PSS of RSA keys; cards that pad by themselves (PKCS#1 v1.5) are good for TLS 1.2.
version=-tls1_3
wanted=()
if is_rsa "$signing"; then
    tool -M
    grep -q 'RSA-PKCS-PSS' last || { version=-tls1_2 && wanted=(-client_sigalgs RSA+SHA256); }
fi
say "a handshake with a client certificate ($version)"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out server.pem -subj /CN=localhost \
    -days 2 2>last
serve server.log ACCEPT openssl s_server -accept 127.0.0.1:4433 -cert server.pem -key server.key -Verify 3 -verify_return_error \
    -CAfile "$PENA_TRUST" $version "${wanted[@]}" -www
printf 'GET / HTTP/1.0\r\n\r\n' >request.txt
status=0
OPENSSL_CONF=$PWD/engine.cnf timeout 60 openssl s_client -connect 127.0.0.1:4433 $version "${from_token[@]}" -key "$key" \
    -cert "$signing.pem" -cert_chain "$PENA_RIG_DIR/ca/issuing.pem" -CAfile server.pem -verify_return_error -ign_eof <request.txt \
    >last 2>&1 || status=$?
[ $status = 0 ] || fail "s_client ends with $status"
shows "HTTP/1.0 200 ok"
shows "Verify return code: 0 (ok)"
kill $server
grep -q "depth=0" server.log || fail "the server saw no client certificate"

say "a signed message, which openssl verifies up to the root"
printf 'naskah dinas' >plain
engine cms -sign "${from_token[@]}" -inkey "$key" -signer "$signing.pem" -in plain -binary -nodetach -md sha256 -outform DER \
    -certfile "$PENA_RIG_DIR/ca/issuing.pem" -out signed.p7m
succeed openssl cms -verify -inform DER -in signed.p7m -CAfile "$PENA_TRUST" -purpose any -binary -out read
cmp plain read || fail "the message is another one"

say "a message encrypted to the holder"
if decrypting=$(a_key decrypt) || decrypting=$(a_key derive); then
    certificate "$decrypting"
    succeed openssl cms -encrypt -aes256 -binary -in plain -outform DER -out sealed.p7m "$decrypting.pem"
    engine cms -decrypt "${from_token[@]}" -inkey "pkcs11:id=%$decrypting;type=private" -recip "$decrypting.pem" \
        -inform DER -in sealed.p7m -out opened
    cmp plain opened || fail "what was decrypted is something else"
else
    say "no key of this token decrypts"
fi
echo "ok: openssl"
