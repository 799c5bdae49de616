#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: figures of one run, beside the peers that are installed (run by `make bench` inside pena-rig)
# Copyright (C) 2026 the Pena authors
"""Prints APDU counts a step, and wall time and peak memory of signing PDFs of three sizes, Pena beside its peers. Nothing
is asserted: machines differ, so read ratios and counts."""
import argparse
import glob
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

SIZES = (("100 KB", 100_000), ("10 MB", 10_000_000), ("500 MB", 500_000_000))
PIN = os.environ.get("PENA_PIN", "123456")
FOREIGN_MODULES = {
    "OpenSC": "/usr/lib/*/opensc-pkcs11.so",
    "ykcs11": "/usr/lib/*/libykcs11.so",
}


# --- APDU counts -----------------------------------------------------------------------------------------------------

def count_lines(path):
    with open(path, "rb") as log:
        return sum(1 for _ in log)


def proportional_memory(pid):
    """Bytes that a process costs, what it shares counted in part."""
    with open(f"/proc/{pid}/smaps_rollup") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("Pss:"))


def walk_module(steps_program, module, repeats=3):
    """{step: (APDUs, milliseconds)}: medians where a step comes several times; "memory" is what the process has grown by,
    from before the module is loaded to after all, in MiB in the place of milliseconds."""
    log = os.environ["PENA_APDU_LOG"]
    walk = subprocess.Popen([steps_program, module, PIN, str(repeats)], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, text=True)
    seen, figures = count_lines(log), {}
    before = grown = 0
    for line in walk.stdout:
        name, micros = line.split()
        now = count_lines(log)
        if name == "start":
            before = proportional_memory(walk.pid)
        grown = proportional_memory(walk.pid) - before
        figures.setdefault(name, []).append((now - seen, int(micros) / 1000))
        seen = now
        walk.stdin.write("\n")
        walk.stdin.flush()
    if walk.wait(timeout=60) != 0:
        return None
    figures["memory"] = [(0, grown / 2**20)]
    return {name: tuple(statistics.median(column) for column in zip(*values)) for name, values in figures.items()}


def bench_modules(build):
    print("\nAPDUs a step (time in ms in brackets); one virtual PIV token, the same for all")
    steps = os.path.join(build, "tests/bench/pkcs11-steps")
    modules = {"Pena": os.environ["PENA_MODULE"]}
    for name, pattern in FOREIGN_MODULES.items():
        found = sorted(glob.glob(pattern))
        if found:
            modules[name] = found[0]
        else:
            print(f"  {name}: not installed, left out")
    walked = {name: walk_module(steps, path) for name, path in modules.items()}
    walked["Pena, cached"] = walk_module(steps, modules["Pena"])
    names = ["load", "plug-in-to-list", "login", "find-key-once", "signature-pin-once", "find-key-always",
             "signature-pin-always", "poll", "memory"]
    print(f"  {'':22}" + "".join(f"{name:>18}" for name in walked))
    for step in names:
        cells = []
        for figures in walked.values():
            value = figures.get(step) if figures else None
            cells.append("-" if not value else f"{value[1]:.2f} MiB" if step == "memory" else
                         f"{value[0]:g} ({value[1]:.1f})")
        print(f"  {step:22}" + "".join(f"{cell:>18}" for cell in cells))
    return walked["Pena"]


# --- wall time and memory --------------------------------------------------------------------------------------------

def make_pdf(path, size):
    """A one-page PDF with a classic table whose image streams cannot be compressed."""
    with open(path, "wb") as out:
        out.write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
        offsets = []

        def add(number, body):
            offsets.append(out.tell())
            out.write(b"%d 0 obj\n" % number + body + b"\nendobj\n")

        add(1, b"<< /Type /Catalog /Pages 2 0 R >>")
        add(2, b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
        add(3, b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>")
        number, left = 4, size - out.tell() - 500
        while left > 0:
            chunk = min(left, 1_000_000)
            add(number, b"<< /Length %d >>\nstream\n" % chunk + os.urandom(chunk) + b"\nendstream")
            number, left = number + 1, left - chunk
        start = out.tell()
        out.write(b"xref\n0 %d\n0000000000 65535 f \n" % number)
        out.write(b"".join(b"%010d 00000 n \n" % offset for offset in offsets))
        out.write(b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (number, start))


def read(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


class Watch(threading.Thread):
    """Peak of the memory of a set of programs: proportional set size of each, and memfds that nobody has mapped."""

    def __init__(self, names):
        super().__init__(daemon=True)
        self.names, self.peak, self.stopped = names, 0, threading.Event()

    def now(self):
        total, memfds = 0, {}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            if read(f"/proc/{pid}/comm").strip() not in self.names:
                continue
            for line in read(f"/proc/{pid}/smaps_rollup").splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
            for fd in glob.glob(f"/proc/{pid}/fd/*"):
                try:
                    if os.readlink(fd).startswith("/memfd:"):
                        status = os.stat(fd)
                        memfds[status.st_ino] = status.st_blocks * 512
                except OSError:
                    pass
        return total + sum(memfds.values())

    def run(self):
        while not self.stopped.wait(0.01):
            self.peak = max(self.peak, self.now())

    def stop(self):
        self.stopped.set()
        self.join()
        return self.peak


def timed(command, watched, repeats, clean=None):
    """(median seconds, peak bytes), or None when the command fails."""
    times, watch = [], Watch({name[:15] for name in watched})
    watch.start()
    try:
        for _ in range(repeats):
            if clean and os.path.exists(clean):
                os.unlink(clean)
            start = time.monotonic()
            done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=600)
            times.append(time.monotonic() - start)
            if done.returncode != 0:
                print(f"  failed: {' '.join(command)}: {done.stderr.decode(errors='replace').strip()[-200:]}")
                return None
    finally:
        peak = watch.stop()
    return statistics.median(times), peak


def software_identity(folder):
    """A key and a certificate for the peers, which sign with a key on disk."""
    key, certificate = f"{folder}/key.pem", f"{folder}/certificate.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate,
                    "-days", "2", "-subj", "/CN=bench", "-addext", "keyUsage=critical,nonRepudiation,digitalSignature"],
                   check=True, stderr=subprocess.DEVNULL)
    subprocess.run(["openssl", "pkcs12", "-export", "-inkey", key, "-in", certificate, "-passout", "pass:bench",
                    "-out", f"{folder}/identity.p12", "-name", "bench"], check=True)
    return key, certificate


def peer_commands(folder, pyhanko):
    """{name: (function of input and output -> command, programs to watch)}"""
    key, certificate = software_identity(folder)
    peers = {}
    if pyhanko and os.path.exists(pyhanko):
        peers["pyHanko"] = (lambda i, o: [pyhanko, "sign", "addsig", "--field", "Sig1", "--use-pades", "pemder",
                                          "--no-pass", "--key", key, "--cert", certificate, i, o], ["pyhanko"])
    if shutil.which("pdfsig") and shutil.which("pk12util"):
        database = f"{folder}/nss"
        os.mkdir(database)
        subprocess.run(["certutil", "-N", "-d", database, "--empty-password"], check=True)
        subprocess.run(["pk12util", "-i", f"{folder}/identity.p12", "-d", database, "-W", "bench", "-K", ""], check=True,
                       stdout=subprocess.DEVNULL)
        peers["pdfsig"] = (lambda i, o: ["pdfsig", "-nssdir", database, "-add-signature", "-nick", "bench",
                                         "-digest", "SHA256", i, o], ["pdfsig"])
    return peers


def bench_sizes(build, folder, pyhanko, token_ms):
    print("\nSigning a PDF: wall time in ms, peak memory in MiB of all its processes and memfds (virtual token's own time is in)")
    peers = peer_commands(folder, pyhanko)
    for label, size in SIZES:
        source, output = f"{folder}/in.pdf", f"{folder}/out.pdf"
        make_pdf(source, size)
        repeats = 3 if size > 100_000_000 else 9
        dgst = timed(["openssl", "dgst", "-sha256", source], ["openssl"], repeats)
        copy = timed(["cp", source, output], ["cp"], repeats)
        floor = dgst[0] + copy[0]
        print(f"  {label}: floor (openssl dgst + cp) {floor * 1000:.1f} ms")
        rows = {"Pena": (lambda i, o: ["pena", "sign", "--force", "--output", o, i],
                         ["pena", "pena-agent", "pena-document-worker", "pena-token-helper"]), **peers}
        for name, (command, programs) in rows.items():
            figures = timed(command(source, output), programs, repeats, clean=output)
            if figures is None:
                continue
            besides = f", {figures[0] * 1000 - token_ms:.1f} besides the token" if name == "Pena" else ""
            print(f"    {name:10} {figures[0] * 1000:9.1f} ms  {figures[0] / floor:6.2f} x floor"
                  f"  {figures[1] / 2**20:7.1f} MiB{besides}")
        check = timed(["pena", "sign", "--force", "--output", output, source], ["pena"], 1)
        if check:
            for name, command, programs in (
                    ("Pena", ["pena", "verify", output], ["pena", "pena-agent", "pena-document-worker"]),
                    ("pdfsig", ["pdfsig", "-nocert", output], ["pdfsig"]),
                    ("mutool", ["mutool", "sign", "-v", output], ["mutool"])):
                if shutil.which(command[0]):
                    figures = timed(command, programs, repeats)
                    if figures:
                        print(f"    verify: {name:10} {figures[0] * 1000:9.1f} ms {figures[1] / 2**20:7.1f} MiB")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build")
    parser.add_argument("--pyhanko", help="path of the pyhanko program")
    arguments = parser.parse_args()
    figures = bench_modules(arguments.build)
    always = figures.get("signature-pin-always") or figures.get("signature-pin-once")
    token_ms = figures["login"][1] + always[1]
    print(f"\nToken time of login and one signature: {token_ms:.1f} ms")
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR", "/var/tmp")) as folder:
        bench_sizes(arguments.build, folder, arguments.pyhanko, token_ms)
    return 0


if __name__ == "__main__":
    sys.exit(main())
