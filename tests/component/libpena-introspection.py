#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: libpena from Python, by introspection
# Copyright (C) 2026 the Pena authors
import os
import socket
import sys
import tempfile
import threading

try:
    import gi
except ImportError:
    print("skipped: python3-gi is not installed")
    sys.exit(77)
gi.require_version("Pena", "0")
from gi.repository import GLib, Pena  # noqa: E402

HEADERS = (b"Pena-Credential: c1\r\nPena-Level: B-B\r\nPena-Document-Size: 3\r\n"
           b"Pena-Signature-Id: 01ARZ3NDEKTSV4RRFFQ69G5FAV\r\n"
           b"Pena-Document-SHA256: " + b"0" * 64 + b"\r\n")


def answer_once(listener, answer):
    connection, _ = listener.accept()
    with connection:
        received = b""
        while b"\r\n\r\n" not in received or not received.endswith(b"PDF"):
            received += connection.recv(65536)
        connection.sendall(answer)


with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "agent.sock")
    letter, output = os.path.join(folder, "a.pdf"), os.path.join(folder, "b.pdf")
    client = Pena.Client.new(path)
    with open(letter, "wb") as file:
        file.write(b"PDF")

    try:
        client.sign_file(letter, output, None, None)
        sys.exit("signed without an agent")
    except GLib.Error as error:
        assert error.domain == "pena-error-quark", error.domain
        assert Pena.error_describe(error).startswith("The signing agent is not running"), error
        assert Pena.error_next_step(error) != ""

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        listener.settimeout(20)
        thread = threading.Thread(target=answer_once, args=(
            listener, b"HTTP/1.1 200 OK\r\n" + HEADERS + b"Content-Length: 1\r\n\r\n+"))
        thread.start()
        result = client.sign_file(letter, output, Pena.SignOptions(reason="Persetujuan"), None)
        thread.join()
    assert result.get_credential() == "c1" and result.get_format() == "pades"
    with open(output, "rb") as file:
        assert file.read() == b"PDF+"
