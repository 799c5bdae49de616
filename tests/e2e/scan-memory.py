#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: looks for the passphrase in the memory of processes
# Copyright (C) 2026 the Pena authors
"""scan-memory.py SECRET-FILE PID...: prints each place where the secret stands in a process's memory, as it is, in UTF-16, in
hexadecimal, padded as a PIV card gets it, or reversed. Exit 0: nowhere; 1: somewhere; 77: memory may not be read here."""
import sys

PIECE = 1 << 20


def forms(secret):
    yield "as it is", secret
    yield "UTF-16", secret.decode().encode("utf-16-le")
    yield "hexadecimal", secret.hex().encode()
    yield "percent-encoded", "".join(f"%{byte:02X}" for byte in secret).encode()


def regions(pid):
    with open(f"/proc/{pid}/maps") as maps:
        for line in maps:
            span, rights = line.split()[:2]
            name = line.split(maxsplit=5)[5].strip() if len(line.split()) > 5 else ""
            if "r" in rights and name not in ("[vvar]", "[vsyscall]", "[vdso]"):
                start, end = (int(value, 16) for value in span.split("-"))
                yield start, end, name


def scan(pid, needles):
    overlap, found = max(len(needle) for _, needle in needles), 0
    try:
        memory = open(f"/proc/{pid}/mem", "rb", buffering=0)
    except (FileNotFoundError, ProcessLookupError):
        print(f"process {pid} has ended meanwhile")
        return 0
    with memory:
        for start, end, name in regions(pid):
            at, kept = start, b""
            while at < end:
                try:
                    memory.seek(at)
                    piece = memory.read(min(PIECE, end - at))
                except (OSError, OverflowError, ValueError):
                    break
                if not piece:
                    break
                for form, needle in needles:
                    if needle in kept + piece:
                        print(f"process {pid}: the secret {form} in {name or 'anonymous memory'} near 0x{at:x}")
                        found += 1
                kept, at = piece[-overlap:], at + len(piece)
    return found


def main():
    with open(sys.argv[1], "rb") as file:
        needles = list(forms(file.read().strip()))
    try:
        return 1 if sum(scan(int(pid), needles) for pid in sys.argv[2:]) else 0
    except PermissionError as error:
        print(f"memory cannot be read here: {error}")
        return 77


if __name__ == "__main__":
    sys.exit(main())
