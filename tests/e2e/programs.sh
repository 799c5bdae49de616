#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: an application signs with curl and with Python, as the README shows
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need curl
letter surat.pdf
ask() { curl -sS --max-time 30 --unix-socket "$PENA_SOCKET" "$@"; }

ask -H 'Content-Type: application/pdf' --data-binary @surat.pdf 'http://pena/pena/v1/sign?name=surat.pdf' -o surat-signed.pdf
succeed pena verify surat-signed.pdf
ask --data-binary @surat-signed.pdf http://pena/pena/v1/verify >report
grep -q '"TOTAL-PASSED"' report || fail "verify by curl: $(cat report)"
ask http://pena/pena/v1/tokens | grep -q '"tokens"' || fail "no tokens by curl"
ask -X POST -H 'Content-Type: application/json' -d '{}' http://pena/csc/v2/info | grep -q '"specs"' || fail "no CSC info"

say "only the appended bytes"
ask -H 'Content-Type: application/pdf' --data-binary @surat.pdf 'http://pena/pena/v1/sign?return=update' -o update
cat surat.pdf update >joined.pdf
succeed pena verify joined.pdf

say "the Python of the README"
sed -n '/^```python$/,/^```$/p' "$source_dir/README.md" | sed '1d;$d' |
    sed 's#os.environ\["XDG_RUNTIME_DIR"\] + "/pena/agent.sock"#os.environ["PENA_SOCKET"]#' >readme.py
rm -f surat-signed.pdf
succeed python3 readme.py
succeed pena verify surat-signed.pdf

say "errors are JSON with a stable code, in the language that is asked for"
answers cancel
ask -H 'Accept-Language: id' -H 'Content-Type: application/pdf' --data-binary @surat.pdf http://pena/pena/v1/sign >error
grep -q '"user-cancelled"' error || fail "no code: $(cat error)"
status=$(ask -o error -w '%{http_code}' -H 'Origin: https://example.org' http://pena/pena/v1/tokens)
[ "$status" = 403 ] || fail "a web page is answered with $status"
status=$(ask -o error -w '%{http_code}' -H 'Host: example.org' http://pena/pena/v1/tokens)
[ "$status" = 403 ] || fail "a foreign host is answered with $status"
