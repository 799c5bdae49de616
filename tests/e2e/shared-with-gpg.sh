#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: GnuPG and Pena use one card in turn, each with its own application or both with the same
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/interop/gpg.sh
. "$source_dir/tests/interop/gpg.sh"
need gpg gpgconf python3
own_gnupg
letter surat.pdf
await_token

for round in 1 2 3 4; do
    say "round $round: GnuPG takes the card, and has its PIN verified"
    succeed gpg --card-status
    shows "Application type .: OpenPGP"
    answered cardedit.prompt=verify cardedit.prompt=quit -- --card-edit
    # Its daemon would go on talking to whatever application is selected; ours must not.
    [ $((round % 2)) = 1 ] || gpgconf --kill all
    say "and Pena signs"
    rm -f surat-signed.pdf
    succeed pena sign surat.pdf
    succeed pena verify surat-signed.pdf
    gpgconf --kill all
done

say "nobody has lost a try"
succeed pena tokens --json
grep -qE '"tries_left" *: *3' last || fail "tries were lost"
succeed gpg --card-status
shows "PIN retry counter : 3 0 3"
gpgconf --kill all
