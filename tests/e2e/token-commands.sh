#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: IT staff sets a blank token up, it signs, is blocked, unblocked, attested and reset
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need openssl certtool

secret() { printf '%s\n' "$2" >"$1"; }
secret makers 123456
secret passphrase 739152
secret wrong 864209
secret second 518203
secret puk 40718263
secret wrong-puk 99887761
secret run 234567
secret date 170845
tries() { # MEMBER: of the one token
    pena token list --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["tokens"][0][sys.argv[1]])' "$1"
}
holds() { # MEMBER NUMBER
    [ "$(tries "$1")" = "$2" ] || fail "$1 is $(tries "$1"), not $2"
}

: >empty

say "a blank token"
succeed pena token list
shows "Tries left, passphrase: 3"
succeed pena token show
shows "no key and no certificate"
shows "Firmware: 5.7"
refuse 4 token-unknown pena token show --json --token nobody
succeed pena token show --token PIV

say "what cannot be is refused before anything is spent"
refuse 2 request-invalid pena token init --json
refuse 2 passphrase-weak pena token init --json --new-passphrase-file run --new-puk-file puk
shows "counts up or down"
refuse 2 passphrase-weak pena token init --json --new-passphrase-file date --new-puk-file puk
shows "as a date"
refuse 2 passphrase-weak pena token init --json --new-passphrase-file passphrase --new-puk-file passphrase
shows "are the same"
refuse 2 request-invalid pena token init --json --new-passphrase-file - --new-puk-file -
refuse 2 request-invalid pena token init --json --passphrase-file empty --new-passphrase-file passphrase --new-puk-file puk
refuse 2 request-invalid pena token change-passphrase --json --passphrase-file empty # before the new one is asked for
shows "what --passphrase-file names is empty"
refuse 2 passphrase-weak pena token init --json --new-passphrase-file <(echo gajah7!) --new-puk-file puk
shows "does not take its characters"
holds passphrase_tries_left 3
refuse 4 admin-wrong pena token init --json --management-key-file <(printf '%048d\n' 7) --new-passphrase-file passphrase \
    --new-puk-file puk
holds passphrase_tries_left 3
holds puk_tries_left 3

say "init that fails at its second step tells what is done, and goes on from there"
refuse 4 puk-wrong pena token init --json --new-passphrase-file passphrase --new-puk-file puk --puk-file wrong-puk
shows '"done":["management-key-known","passphrase"]'
holds puk_tries_left 2
for bad in "" "$(printf 'a\nb')" 123456789012345678901234567890123; do
    refuse 2 request-invalid pena token init --json --passphrase-file passphrase --new-passphrase-file passphrase --new-puk-file puk --label "$bad"
done
succeed pena token init --json --passphrase-file passphrase --new-passphrase-file passphrase --new-puk-file puk --label "Persuratan – 2"
shows '"label":"Persuratan – 2"'
grep -qE '"serial":"[0-9a-f]{16}"' last || fail "it has no serial"
for list in "pena token list" "pena token show --token 'Persuratan – 2'"; do
    succeed sh -c "$list"
    shows "Persuratan – 2"
done
XDG_CACHE_HOME=/dev/null succeed pena token list
shows "Persuratan – 2"
holds puk_tries_left 3
refuse 4 admin-wrong pena token init --json --new-passphrase-file passphrase --new-puk-file puk

say "a key"
refuse 4 pin-wrong pena token generate --json --place 9c --passphrase-file wrong --output key.pem
holds passphrase_tries_left 2
[ ! -e key.pem ] || fail "a file is left of a key that was not made"
refuse 2 request-invalid pena token generate --json --place sig --passphrase-file passphrase
refuse 2 request-invalid pena token generate --json --place 9c --algorithm dsa --passphrase-file passphrase
refuse 2 request-invalid pena token generate --json --place 9c --touch-policy often --passphrase-file passphrase
succeed pena token generate --place 82 --algorithm ed25519 --touch-policy cached --passphrase-file passphrase --output ed.pem
openssl pkey -pubin -in ed.pem -noout -text | grep -q ED25519 || fail "it is no Ed25519 key"
succeed pena token generate --place 9c --pin-policy once --passphrase-file passphrase --output key.pem
succeed openssl pkey -pubin -in key.pem -noout
refuse 5 output-exists pena token generate --json --place 9a --passphrase-file passphrase --output key.pem
refuse 4 key-place-taken pena token generate --json --place 9c --passphrase-file passphrase
mkdir folder
refuse 2 request-invalid pena token generate --json --place 9a --passphrase-file passphrase --force --output folder
succeed pena token show
grep -q '9a: ' last && fail "a key was made whose public half went nowhere"
shows "9c: EC 256, no certificate"

say "the token states that it made the key"
succeed pena token attest --place 9c --output statement.pem
openssl x509 -in statement.pem -noout -pubkey | cmp - key.pem || fail "the statement is about another key"
refuse 2 request-invalid pena token attest --json --place 9a

say "an interrupt while the token makes a key ends the command only when the public key is written"
before=$(wc -l <"$PENA_APDU_LOG")
succeed pena token generate --place 9d --passphrase-file passphrase
nth=$(tail -n +$((before + 1)) "$PENA_APDU_LOG" | grep -n ' 47 00 9D' | cut -d: -f1)
before=$(wc -l <"$PENA_APDU_LOG")
card "slow-at $nth 3000" >last
pena token generate --place 9a --passphrase-file passphrase --output interrupted.pem 2>last &
generating=$!
for _ in $(seq 200); do
    [ "$(wc -l <"$PENA_APDU_LOG")" -ge $((before + nth - 1)) ] && break
    sleep 0.05
done
kill -TERM $generating || fail "it has ended before the interrupt"
status=0
wait $generating || status=$?
[ $status = 143 ] || fail "interrupted, it ends with $status"
tail -n +$((before + 1)) "$PENA_APDU_LOG" | grep -q ' 47 00 9A .*SW=9000' || fail "the key was not made"
openssl pkey -pubin -in interrupted.pem -noout || fail "a key was made, and its public half is nowhere"
card clear >last

say "a certificate from the CA"
echo 'cn = "Sari Percobaan"' >request.template
GNUTLS_PIN=$(cat passphrase) succeed certtool --generate-request --provider "$PENA_MODULE" --template request.template \
    --load-privkey "pkcs11:id=%02;type=private" --outfile request.pem
succeed pena-devca issue "$PENA_RIG_DIR/ca" --csr request.pem --out certificate.pem
refuse 4 certificate-mismatch pena token import-certificate --json --passphrase-file passphrase "$PENA_TRUST"
refuse 4 certificate-mismatch pena token import-certificate --json --place 9a --passphrase-file passphrase certificate.pem
refuse 2 request-invalid pena token import-certificate --json --passphrase-file passphrase request.pem
succeed pena token import-certificate --passphrase-file passphrase certificate.pem
refuse 4 key-place-taken pena token import-certificate --json --passphrase-file passphrase certificate.pem
succeed pena token import-certificate --force --passphrase-file passphrase certificate.pem
succeed pena token export-certificate --output read.pem
openssl x509 -in certificate.pem | cmp - read.pem || fail "what is read is another certificate"
succeed pena token show
shows "certificate of Sari Percobaan, valid until"

say "it signs"
await_token
succeed pena tokens
shows "Persuratan – 2"
letter surat.pdf
answers "pin $(cat passphrase)"
succeed pena sign surat.pdf
succeed pena verify surat-signed.pdf
shows "VALID"

say "another passphrase"
refuse 2 passphrase-weak pena token change-passphrase --json --passphrase-file passphrase --new-passphrase-file passphrase
refuse 4 pin-wrong pena token change-passphrase --json --passphrase-file wrong --new-passphrase-file second
holds passphrase_tries_left 2
succeed pena token change-passphrase --passphrase-file passphrase --new-passphrase-file second
holds passphrase_tries_left 3
refuse 2 passphrase-weak pena token change-passphrase --json --passphrase-file second --new-passphrase-file <(echo gajah7!)
shows "does not take its characters"

say "the last try is spent only by one who says so"
refuse 4 pin-wrong pena token change-passphrase --json --passphrase-file wrong --new-passphrase-file passphrase
refuse 4 pin-wrong pena token change-passphrase --json --passphrase-file wrong --new-passphrase-file passphrase
refuse 3 pin-last-try pena token change-passphrase --json --passphrase-file wrong --new-passphrase-file passphrase
holds passphrase_tries_left 1
refuse 4 pin-blocked pena token change-passphrase --json --spend-last-try --passphrase-file wrong --new-passphrase-file passphrase
holds passphrase_tries_left 0
refuse 4 pin-blocked pena token change-passphrase --json --passphrase-file second --new-passphrase-file passphrase

say "the PUK unblocks it"
refuse 4 puk-wrong pena token unblock --json --puk-file wrong-puk --new-passphrase-file second
holds puk_tries_left 2
refuse 4 puk-wrong pena token unblock --json --puk-file wrong-puk --new-passphrase-file second
refuse 3 pin-last-try pena token unblock --json --puk-file wrong-puk --new-passphrase-file second
succeed pena token unblock --spend-last-try --puk-file puk --new-passphrase-file second
holds passphrase_tries_left 3
holds puk_tries_left 3

say "an interrupt while the token gives itself another passphrase: whether it has is told"
commands() { wc -l <"$PENA_APDU_LOG"; }
succeed pena token change-passphrase --passphrase-file second --new-passphrase-file passphrase
before=$(commands)
succeed pena token change-passphrase --passphrase-file passphrase --new-passphrase-file second
nth=$(tail -n "+$((before + 1))" "$PENA_APDU_LOG" | grep -n ' 00 24 ' | cut -d: -f1)
card "slow-at $nth 3000" >/dev/null
before=$(commands)
pena token change-passphrase --passphrase-file second --new-passphrase-file passphrase >last 2>&1 &
changing=$!
for _ in $(seq 200); do
    [ "$(commands)" -lt $((before + nth - 1)) ] || break
    sleep 0.05
done
sleep 0.5
kill -TERM $changing || fail "it was over before it was interrupted"
status=0
wait $changing || status=$?
shows "was changed"
succeed pena token change-passphrase --passphrase-file passphrase --new-passphrase-file second

say "at a terminal: asked for without echo, the tries shown first"
python3 "$source_dir/tests/e2e/at-terminal.py" "tries left: 3" '518203\n' \
    pena token change-passphrase --new-passphrase-file passphrase >last || fail "not changed at the terminal"
shows "was changed"
! grep -q 518203 last || fail "the passphrase was shown"
status=0
python3 "$source_dir/tests/e2e/at-terminal.py" "tries left: 3" '\x03' pena token change-passphrase >last || status=$?
[ $status = 130 ] || fail "an interrupt at the prompt ends with $status"
holds passphrase_tries_left 3
python3 "$source_dir/tests/e2e/at-terminal.py" "to go on" '123\n' pena token reset >last && fail "reset without its serial"
shows "was not confirmed"

say "reset"
refuse 3 not-confirmed pena token reset --json
refuse 3 not-confirmed pena token reset --json --serial 00
refuse 3 not-confirmed pena token reset --json --serial ''
succeed pena token show
shows "Sari Percobaan"
serial=$(pena token list --json | grep -oE '"serial":"[0-9a-f]+' | cut -d'"' -f4)
succeed pena token reset --serial "$serial"
succeed pena token show
shows "no key and no certificate"
succeed pena token change-passphrase --passphrase-file makers --new-passphrase-file passphrase
echo "ok: token commands"
