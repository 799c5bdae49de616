#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: runs a command on a terminal as a shell would, and types
# Copyright (C) 2026 the Pena authors
"""at-terminal.py [--again] [--background] [--stop-agent] TEXT KEYS COMMAND...

Runs COMMAND in the foreground of a new terminal, waits until TEXT is shown there and types KEYS (with Python's escapes),
with --again whenever it is shown anew.
Prints what was shown. Exits as COMMAND does, with 128 and the signal when one ended it; with 90 when COMMAND was stopped,
with 91 when the terminal was not as before once COMMAND had ended, or when it changed afterwards. --background leaves the
foreground to another program. --stop-agent keeps the agent from running while the keys are typed, and for a moment after
COMMAND has ended."""
import fcntl
import os
import select
import signal
import struct
import sys
import termios
import threading
import time

PATIENCE = 60


def shell(background, command):
    """In the child, which leads the session: its exit status is the command's."""
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    before = termios.tcgetattr(0)
    report = int(os.environ["AT_TERMINAL_REPORT"])
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        if not background:
            os.tcsetpgrp(0, os.getpgid(0))
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        os.close(report)
        os.execvp(command[0], command)
    _, status = os.waitpid(pid, os.WUNTRACED)
    os.tcsetpgrp(0, os.getpgid(0))
    if os.WIFSTOPPED(status):
        os.killpg(pid, signal.SIGKILL)
        os._exit(90)
    same = termios.tcgetattr(0) == before
    os.write(report, b"over\n")  # the agent goes on now
    for _ in range(60):
        time.sleep(0.01)
        same = same and termios.tcgetattr(0) == before
    os._exit(91 if not same else os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))


def start(background, command):
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    over, report = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.setsid()
        os.close(ours)
        os.close(over)
        os.set_inheritable(report, True)
        os.environ.update(AT_TERMINAL_REPORT=str(report), TERM="xterm")
        fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)
        for fd in (0, 1, 2):
            os.dup2(theirs, fd)
        shell(background, command)
    os.close(theirs)
    os.close(report)
    return pid, ours, over


def let_go_on(agent, over):
    os.read(over, 16)
    time.sleep(0.2)
    os.kill(agent, signal.SIGCONT)


def converse(terminal, text, keys, again, before_typing):
    shown, answered, end = b"", None, time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if not select.select([terminal], [], [], 1)[0]:
            continue
        try:
            piece = os.read(terminal, 4096)
        except OSError:  # everybody has closed it
            return shown
        shown += piece
        if (again or answered is None) and text in shown[answered:]:
            answered = len(shown)
            time.sleep(0.2)  # the end of the dialog, after the text
            before_typing()
            for key in keys:
                os.write(terminal, bytes([key]))
                time.sleep(0.02)
    return shown


def main():
    arguments = sys.argv[1:]
    flags = {argument for argument in arguments[:3] if argument.startswith("--")}
    text, keys, *command = arguments[len(flags):]
    pid, terminal, over = start("--background" in flags, command)

    def before_typing():
        if "--stop-agent" in flags:
            with open(os.environ["PENA_RIG_DIR"] + "/agent.pid", encoding="ascii") as file:
                agent = int(file.read())
            os.kill(agent, signal.SIGSTOP)
            threading.Thread(target=let_go_on, args=(agent, over)).start()

    shown = converse(terminal, text.encode(), keys.encode().decode("unicode_escape").encode("latin-1"),
                     "--again" in flags, before_typing)
    os.close(terminal)  # whoever still sits there is hung up on
    _, status = os.waitpid(pid, 0)
    sys.stdout.buffer.write(shown)
    return os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)


if __name__ == "__main__":
    sys.exit(main())
