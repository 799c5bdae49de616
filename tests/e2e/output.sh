#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: an earlier output is never lost, and a failed one leaves nothing
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
letter surat.pdf

say "an output that exists stays, and no passphrase is asked for"
echo "hasil lama" >surat-signed.pdf
refuse 5 output-exists pena sign --json surat.pdf
[ "$(cat surat-signed.pdf)" = "hasil lama" ] || fail "the earlier output was changed"
! prompts | grep -q . || fail "a passphrase was asked for in vain"

say "--force replaces it at once, or not at all"
answers cancel
refuse 3 user-cancelled pena sign --json --force surat.pdf
[ "$(cat surat-signed.pdf)" = "hasil lama" ] || fail "a cancelled --force lost the earlier output"
succeed pena sign --force surat.pdf
succeed pena verify surat-signed.pdf

say "nor is a device replaced, or a link to one"
ln -s /dev/null buang
for device in buang /dev/null; do
    refuse 5 output-exists pena sign --json --force --output $device surat.pdf
done
[ "$(readlink buang)" = /dev/null ] || fail "the link was replaced"
ln -s tidak-ada menggantung
succeed pena sign --force --output menggantung surat.pdf
[ -f menggantung ] || fail "a link that leads nowhere was not replaced"
[ ! -e tidak-ada ] || fail "the file was written through the link"

say "a name that is empty, as a shell makes of a variable that is not set"
refuse 2 request-invalid pena sign --json --force --output "" surat.pdf
refuse 2 request-invalid pena extend --json --force --output "" surat-signed.pdf

say "a folder that is not there"
refuse 5 output-failed pena sign --json --output tidak/ada/x.pdf surat.pdf

say "the disk is full"
mkdir penuh
if mount -t tmpfs -o size=24k tmpfs penuh 2>/dev/null; then
    echo lama >penuh/lama.pdf
    status=0
    pena sign --json --force --output penuh/lama.pdf surat.pdf >last 2>&1 || status=$?
    [ "$status" = 5 ] || fail "exit $status on a full disk"
    shows disk-full
    [ "$(cat penuh/lama.pdf)" = lama ] || fail "a full disk lost the earlier output"
    [ "$(ls -A penuh)" = lama.pdf ] || fail "a full disk left something: $(ls -A penuh)"
    umount penuh
else
    say "mounting is not allowed here; the full disk is left to the unit tests"
fi

say "a report that could not be written was not given"
if [ -e /dev/full ]; then
    status=0
    pena verify surat-signed.pdf >/dev/full 2>last || status=$?
    [ "$status" = 5 ] || fail "exit $status when the report could not be written"
    shows "could not be written"
    { pena verify surat-signed.pdf 2>last || echo "exit $?" >>last; } | head -c 1 >/dev/null
    [ ! -s last ] || fail "complains to somebody who has read enough"
fi

say "an output that may not be opened for writing again once it is made"
mere_owner=() # without what lets root pass over modes
[ "$(id -u)" != 0 ] || mere_owner=(setpriv "--bounding-set=-dac_override,-dac_read_search")
letter terkunci.pdf
large_letter besar.pdf
for name in terkunci besar; do
    (umask 0222 && succeed "${mere_owner[@]}" pena sign $name.pdf)
    prefix_of $name.pdf $name-signed.pdf
    [ "$(stat -c %a $name-signed.pdf)" = 444 ] || fail "the umask is not kept: $(stat -c %a $name-signed.pdf)"
done
