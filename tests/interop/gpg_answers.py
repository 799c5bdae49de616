#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: answers the questions of an interactive gpg command by their names
# Copyright (C) 2026 the Pena authors
"""gpg_answers.py [QUESTION=ANSWER ...] -- GPG-ARGUMENT...

Runs gpg and gives to each question (the keyword of its GET_LINE, GET_BOOL or GET_HIDDEN status line) the next answer that
was given for it; the last one is given again when there is no other. A question without answers gets an empty line."""
import os
import subprocess
import sys

LIMIT = 60  # questions, so that a misunderstanding ends


def main():
    split = sys.argv.index("--")
    answers = {}
    for pair in sys.argv[1:split]:
        question, answer = pair.split("=", 1)
        answers.setdefault(question, []).append(answer)
    from_gpg, status = os.pipe()
    commands, to_gpg = os.pipe()
    gpg = subprocess.Popen(["gpg", "--no-tty", "--status-fd", str(status), "--command-fd", str(commands)] + sys.argv[split + 1:],
                           pass_fds=(status, commands), stdin=subprocess.DEVNULL)
    os.close(status)
    os.close(commands)
    asked = 0
    with os.fdopen(from_gpg, errors="replace") as lines:
        for line in lines:
            print(line.rstrip(), flush=True)
            words = line.split()
            if len(words) < 3 or words[1] not in ("GET_LINE", "GET_BOOL", "GET_HIDDEN"):
                continue
            asked += 1
            if asked > LIMIT:
                gpg.kill()
                break
            given = answers.get(words[2], [""])
            os.write(to_gpg, (given.pop(0) if len(given) > 1 else given[0]).encode() + b"\n")
    return gpg.wait()


if __name__ == "__main__":
    sys.exit(main())
