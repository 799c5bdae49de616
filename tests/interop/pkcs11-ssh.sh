#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: a login to sshd with a key on the token, by ssh-agent and by ssh itself
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/interop/pkcs11-lib.sh
. "$(dirname "$0")/pkcs11-lib.sh"
need ssh ssh-keygen ssh-add ssh-agent
sshd=$(command -v sshd || echo /usr/sbin/sshd)
[ -x "$sshd" ] || skip "sshd is not installed"
signing=$(a_key sign) || skip "no key of this token signs without a PIN of its own"
umask 077

say "a server of our own that lets the keys of the token in"
ssh-keygen -q -t ed25519 -N '' -f host
timeout 60 ssh-keygen -D "$PENA_MODULE" 2>last >authorized || fail "ssh-keygen -D"
# privilege separation wants its folder when root starts sshd
[ "$(id -u)" != 0 ] || mkdir -p /run/sshd || skip "sshd needs /run/sshd"
cat >sshd_config <<END
ListenAddress 127.0.0.1:2222
HostKey $PWD/host
AuthorizedKeysFile $PWD/authorized
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
END
serve sshd.log "Server listening" "$sshd" -D -e -f "$PWD/sshd_config"
daemon=$server
printf '[127.0.0.1]:2222 %s\n' "$(cat host.pub)" >known
log_in() { # PUBLIC-KEY OPTION...
    local key=$1
    shift
    succeed ssh -F none -o "UserKnownHostsFile=$PWD/known" -o IdentitiesOnly=yes -o "IdentityFile=$key" "$@" \
        -p 2222 "$(id -un)@127.0.0.1" echo let in
    shows "let in"
}

say "ssh-agent takes the keys for a passphrase and logs in with one"
# shellcheck disable=SC2016
printf '#!/bin/sh\nprintf "%%s\\n" "$PENA_PIN"\n' >askpass
chmod +x askpass
export SSH_ASKPASS=$PWD/askpass SSH_ASKPASS_REQUIRE=force
serve agent.log SSH_AUTH_SOCK ssh-agent -D -a "$PWD/agent.sock" -P '/*'
agent=$server
export SSH_AUTH_SOCK=$PWD/agent.sock
succeed ssh-add -s "$PENA_MODULE"
succeed ssh-add -L
[ "$(wc -l <last)" = "$(wc -l <authorized)" ] || fail "ssh-agent has other keys than ssh-keygen shows"
certificate "$signing"
ssh-keygen -i -m PKCS8 -f "$signing.pub" >only.pub
log_in only.pub -o BatchMode=yes
succeed ssh-add -T only.pub

say "taken out again the agent has no key"
succeed ssh-add -e "$PENA_MODULE"
! timeout 20 ssh-add -L >last 2>&1 || fail "the agent still has keys"
kill $agent

say "ssh without an agent asks for the passphrase, also with keys that want it each time"
unset SSH_AUTH_SOCK
for id in $signing $(keys sign always); do
    certificate "$id" && ssh-keygen -i -m PKCS8 -f "$id.pub" >only.pub
    log_in only.pub -o "PKCS11Provider=$PENA_MODULE"
done
kill $daemon
echo "ok: ssh"
