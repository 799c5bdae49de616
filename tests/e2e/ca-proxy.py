#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: stands before a development CA and lets some of its services fail
# Copyright (C) 2026 the Pena authors
"""ca-proxy.py PORT CA_PORT RULES READY

Serves on loopback until it is ended. Each line of the file RULES, which is read for every request, is "PATH-PREFIX ACTION"; the
first that fits counts: down (503), garbage, huge (without end), hang (no answer until the client leaves). All else is passed on."""
import http.client
import http.server
import os
import sys

port, ca_port, rules, ready = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]


def action_for(path):
    with open(rules) as lines:
        for line in lines:
            prefix, action = line.split()
            if path.startswith(prefix):
                return action
    return "pass"


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        getattr(self, action_for(self.path))(body)

    do_GET = do_POST = answer

    def send(self, status, content_type, data):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def down(self, body):
        self.send(503, "text/plain", b"down")

    def garbage(self, body):
        kinds = {"/tsa": "application/timestamp-reply", "/ocsp": "application/ocsp-response"}
        kind = next((kinds[start] for start in kinds if self.path.startswith(start)), "application/pkix-crl")
        self.send(200, kind, b"\x30\x82\x01\x00" + bytes(256))

    def huge(self, body):
        self.send_response(200)
        self.end_headers()
        try:
            while True:
                self.wfile.write(bytes(65536))
        except OSError:
            pass

    def hang(self, body):
        self.rfile.read(1)

    def __getattr__(self, name):
        if name != "pass":
            raise AttributeError(name)
        return self.forward

    def forward(self, body):
        connection = http.client.HTTPConnection("127.0.0.1", ca_port, timeout=30)
        kind = self.headers.get("Content-Type")
        connection.request(self.command, self.path, body or None, {"Content-Type": kind} if kind else {})
        answer = connection.getresponse()
        self.send(answer.status, answer.getheader("Content-Type", ""), answer.read())

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
with open(ready + ".new", "w") as file:
    file.write("ready\n")
os.rename(ready + ".new", ready)
server.serve_forever()
