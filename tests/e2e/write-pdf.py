#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: a PDF written object by object
# Copyright (C) 2026 the Pena authors
"""write-pdf.py NAME OBJECT...: the objects 1, 2 and so on, of which the first is the catalog. An OBJECT that ends with "@FILE" is a
stream of what is in that file."""
import sys


def body(text):
    entries, at, name = text.partition("@")
    if not at:
        return text.encode()
    with open(name, "rb") as file:
        data = file.read()
    head = entries.strip().removesuffix(">>").encode()
    return b"%s/Length %d >>\nstream\n%s\nendstream" % (head, len(data), data)


def main():
    out, rows = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", b""
    for number, text in enumerate(sys.argv[2:], 1):
        rows += b"%010d 00000 n \n" % len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body(text))
    size = len(sys.argv) - 1
    end = (b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R /ID [<01> <01>] >>\nstartxref\n%d\n%%%%EOF\n" %
           (size, rows, size, len(out)))
    with open(sys.argv[1], "wb") as file:
        file.write(out + end)


main()
