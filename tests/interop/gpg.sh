# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: a GnuPG of its own in the rig; sourced by the stories that use one
# Copyright (C) 2026 the Pena authors
# shellcheck shell=bash
# shellcheck disable=SC2154 # lib.sh, which comes first, sets story and source_dir
gpg_answers=$source_dir/tests/interop/gpg_answers.py

# A home folder whose scdaemon reaches the rig's readers, shares them, and whose PIN prompt reads ./pin and ./admin-pin.
own_gnupg() {
    local driver
    driver=$(ls /usr/lib/*/libpcsclite.so.1 2>/dev/null | head -n 1)
    [ -n "$driver" ] || skip "libpcsclite.so.1 is not there"
    [ -x /usr/lib/gnupg/scdaemon ] || [ -x /usr/libexec/scdaemon ] || skip "scdaemon is not installed"
    export GNUPGHOME=$PENA_RIG_DIR/gnupg
    mkdir -m 700 "$GNUPGHOME"
    printf '%s\n' disable-ccid pcsc-shared "pcsc-driver $driver" >"$GNUPGHOME/scdaemon.conf"
    printf '%s\n' "pinentry-program $GNUPGHOME/pinentry" >"$GNUPGHOME/gpg-agent.conf"
    printf %s "$PENA_PIN" >"$story/pin"
    printf 12345678 >"$story/admin-pin"
    cat >"$GNUPGHOME/pinentry" <<SH
#!/bin/bash
echo OK
wanted=pin
while read -r line; do
    case \$line in
    *"Admin PIN"*) wanted=admin-pin ;;
    SETDESC*) wanted=pin ;;
    GETPIN) echo "D \$(cat "$story/\$wanted")" ;;
    BYE) echo OK; exit ;;
    esac
    echo OK
done
SH
    chmod 700 "$GNUPGHOME/pinentry"
}

# answered [QUESTION=ANSWER ...] -- GPG-ARGUMENT...: gpg must succeed; what it prints is in ./last
answered() { succeed python3 "$gpg_answers" "$@"; }

# signs_and_decrypts USER: with the keys on the card that belong to him
signs_and_decrypts() {
    printf 'naskah dinas' >data
    rm -f data.gpg data.enc data.out
    succeed gpg --batch --local-user "$1" --output data.gpg --sign data
    succeed gpg --batch --verify data.gpg
    shows "Good signature"
    succeed gpg --batch --trust-model always --recipient "$1" --output data.enc --encrypt data
    succeed gpg --batch --output data.out --decrypt data.enc
    cmp data data.out || fail "something else was decrypted"
}
