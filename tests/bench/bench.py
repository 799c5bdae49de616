#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: figures of one run, beside the peers that are installed (run by `make bench` inside pena-rig)
# Copyright (C) 2026 the Pena authors
"""Prints APDU counts a step; wall time, ratio to the peer that sets the mark and peak memory of signing and verifying small and large
files; the time for each of many files. Pena beside its peers, in one run. Nothing is asserted: machines differ, so read ratios
and counts."""
import argparse
import glob
import os
import resource
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


def walk_module(steps_program, module, repeats=3, environment=None, keys=()):
    """{step: (APDUs, milliseconds, those of processor time)}: medians where a step comes several times; "memory" is what the process has grown by,
    from before the module is loaded to after all, in MiB in the place of milliseconds. None when the module fails."""
    log = os.environ["PENA_APDU_LOG"]
    walk = subprocess.Popen([steps_program, module, PIN, str(repeats), *keys], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, text=True, env=environment)
    seen, figures = count_lines(log), {}
    before = grown = 0
    for line in walk.stdout:
        name, *micros = line.split()
        now = count_lines(log)
        if name == "start":
            before = proportional_memory(walk.pid)
        grown = proportional_memory(walk.pid) - before
        figures.setdefault(name, []).append((now - seen, *(int(value) / 1000 for value in micros)))
        seen = now
        walk.stdin.write("\n")
        walk.stdin.flush()
    if walk.wait(timeout=60) != 0:
        return None
    figures["memory"] = [(0, grown / 2**20, 0)]
    return {name: tuple(statistics.median(column) for column in zip(*values)) for name, values in figures.items()}


def count_whole(steps_program, module, keys):
    """APDUs from plug-in to the first signature; None when there is no such key."""
    figures = walk_module(steps_program, module, 1, keys=(keys,)) or {}
    steps = ("load", "plug-in-to-list", "login", f"find-key-{keys}", f"signature-pin-{keys}")
    return sum(figures[step][0] for step in steps) if steps[-1] in figures else None


def forget_cached():
    shutil.rmtree(os.path.join(os.environ["XDG_CACHE_HOME"], "pena"), ignore_errors=True)


def bench_whole(steps_program, modules):
    """What one step spares must not come back in the next."""
    for keys in ("once", "always"):
        forget_cached()
        counts = [count_whole(steps_program, path, keys) for path in (*modules.values(), modules["Pena"])]
        cells = ["-" if count is None else f"{count:g}" for count in counts]
        print(f"  {'sum, pin-' + keys:22}" + "".join(f"{cell:>18}" for cell in cells))


def bench_modules(build, token):
    print(f"\nAPDUs a step (time in ms in brackets); one virtual {token} token, the same for all.\n"
          "Sum: of a process that lists, logs in, finds a key and signs once")
    steps = os.path.join(build, "tests/bench/pkcs11-steps")
    forget_cached()
    modules = {"Pena": os.environ["PENA_MODULE"]}
    for name, pattern in FOREIGN_MODULES.items():
        if name == "ykcs11" and token != "PIV":
            continue
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
    bench_whole(steps, modules)
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


PENA_PROGRAMS = ["pena", "pena-agent", "pena-document-worker", "pena-token-helper"]


def show(name, figures, mark=None, mark_name="", note=""):
    """One row; mark: seconds of what it is measured by."""
    if figures is None:
        return
    ratio = f"  {figures[0] / mark:6.2f} x {mark_name}" if mark else ""
    print(f"    {name:24} {figures[0] * 1000:9.1f} ms  {figures[1] / 2**20:7.1f} MiB{ratio}{note}")


def bench_sizes(folder, pyhanko, token_ms):
    print("\nOne PDF: wall time, peak memory of all its processes and memfds (the virtual token's own time is in)")
    peers = peer_commands(folder, pyhanko)
    for label, size in SIZES:
        source, output = f"{folder}/in.pdf", f"{folder}/out.pdf"
        make_pdf(source, size)
        repeats = 5 if size > 100_000_000 else 9
        dgst = timed(["openssl", "dgst", "-sha256", source], ["openssl"], repeats)
        copy = timed(["cp", source, output], ["cp"], repeats)
        floor = dgst[0] + copy[0]
        print(f"  {label}: openssl dgst {dgst[0] * 1000:.1f} ms, cp {copy[0] * 1000:.1f} ms")
        rows = {"Pena": (lambda i, o: ["pena", "sign", "--force", "--output", o, i], PENA_PROGRAMS), **peers}
        for name, (command, programs) in rows.items():
            figures = timed(command(source, output), programs, repeats, clean=output)
            besides = f", {figures[0] * 1000 - token_ms:.1f} besides the token" if figures and name == "Pena" else ""
            show(f"sign: {name}", figures, floor, "(dgst + cp)", besides)
        if not timed(["pena", "sign", "--force", "--output", output, source], ["pena"], 1):
            continue
        for name, command in verifying(output).items():
            show(f"verify: {name}", timed(command, PENA_PROGRAMS if name == "Pena" else command[:1], repeats), dgst[0],
                 "dgst")


def verifying(path):
    """{name: command}: what is installed of programs that verify a PDF."""
    commands = {"Pena": ["pena", "verify", path], "pdfsig": ["pdfsig", "-nocert", path],
                "mutool": ["mutool", "sign", "-v", path]}
    return {name: command for name, command in commands.items() if shutil.which(command[0])}


def bench_beside(folder, token_ms):
    """A signature beside its document, where hashing is all there is to do."""
    size = SIZES[-1]
    print(f"\nA CAdES signature beside a file of {size[0]}")
    source, output, other = f"{folder}/in.pdf", f"{folder}/out.p7s", f"{folder}/other.p7s"
    make_pdf(source, size[1])
    mark = timed(["openssl", "cms", "-sign", "-cades", "-binary", "-in", source, "-signer", f"{folder}/certificate.pem", "-inkey",
                  f"{folder}/key.pem", "-outform", "DER", "-md", "sha256", "-out", other], ["openssl"], 5)
    show("sign: openssl cms", mark)
    show("sign: Pena", timed(["pena", "sign", "--format", "cades", "--force", "--output", output, source], PENA_PROGRAMS, 5),
         mark[0], "openssl cms -sign", f", of which {token_ms:.1f} ms the token")
    mark = timed(["openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", other, "-content", source, "-CAfile",
                  f"{folder}/certificate.pem", "-purpose", "any", "-out", "/dev/null"], ["openssl"], 5)
    show("verify: openssl cms", mark)
    show("verify: Pena", timed(["pena", "verify", "--signature", output, source], PENA_PROGRAMS, 5), mark[0] if mark else None,
         "openssl cms -verify")


# --- many files ------------------------------------------------------------------------------------------------------

def bench_many_verified(folder, count, size):
    """Pena gets all of them in one run; the others take one file a process, and so fewer are enough to know."""
    print(f"\n{count} signed PDFs of {size // 1000} KB: wall time a file, peak memory")
    source, many = f"{folder}/small.pdf", f"{folder}/many"
    make_pdf(source, size)
    subprocess.run(["pena", "sign", "--force", "--output", f"{folder}/signed.pdf", source], check=True, stdout=subprocess.DEVNULL)
    with open(f"{folder}/signed.pdf", "rb") as file:
        data = file.read()
    os.mkdir(many)
    paths = [f"{many}/{number:05}.pdf" for number in range(count)]
    for path in paths:
        with open(path, "wb") as file:
            file.write(data)
    figures = timed(["pena", "verify", "--json", *paths], PENA_PROGRAMS, 1)
    if figures is None:
        return
    ours = figures[0] / count
    print(f"    {'Pena, one run':24} {ours * 1000:9.2f} ms  {figures[1] / 2**20:7.1f} MiB")
    for name, command in verifying(paths[0]).items():
        if name == "Pena":
            continue
        start = time.monotonic()
        for path in paths[:200]:
            subprocess.run([*command[:-1], path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        each = (time.monotonic() - start) / min(200, count)
        print(f"    {name + ', a process each':24} {each * 1000:9.2f} ms  {'':7}      Pena takes {ours / each:.2f} x of that")
    shutil.rmtree(many)


SOFTHSM = "/usr/lib/softhsm/libsofthsm2.so"


class SoftAgent:
    """An agent of its own beside the rig's, whose only token is one of SoftHSM: a token without a wire to it, and where that can be
    without a disk, to which SoftHSM writes at every login."""

    def __init__(self, folder):
        self.folder = os.path.join(folder, "softhsm")
        self.environment = {**os.environ, "HOME": self.folder, "XDG_RUNTIME_DIR": self.folder, "XDG_CONFIG_HOME": f"{self.folder}/config",
                            "XDG_CACHE_HOME": f"{self.folder}/cache", "PENA_SOCKET": f"{self.folder}/agent.sock"}
        self.tokens = tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else folder)
        for name in ("", "config", "config/pena", "config/softhsm2"):
            os.mkdir(os.path.join(self.folder, name), mode=0o700)
        with open(f"{self.folder}/config/pena/agent.conf", "w") as file, \
                open(f"{os.environ['XDG_CONFIG_HOME']}/pena/agent.conf") as rigs:
            file.write(rigs.read() + "\n[token]\nmodules=softhsm2\n")
        os.makedirs(f"{self.folder}/.config/softhsm2")
        with open(f"{self.folder}/.config/softhsm2/softhsm2.conf", "w") as file:
            file.write(f"directories.tokendir = {self.tokens.name}\nobjectstore.backend = file\nlog.level = ERROR\n")
        self.register()
        self.fill()
        self.process = subprocess.Popen(["pena-agent"], env=self.environment)
        while not os.path.exists(self.environment["PENA_SOCKET"]):
            time.sleep(0.01)

    def register(self):
        """As p11-kit finds modules, of an ordinary user and of root; the latter's folder is the rig's own."""
        shutil.copytree(f"{os.environ['XDG_CONFIG_HOME']}/pkcs11", f"{self.folder}/config/pkcs11")
        for place in (f"{self.folder}/config/pkcs11/modules", "/usr/share/p11-kit/modules"):
            if os.access(place, os.W_OK):
                with open(f"{place}/softhsm2.module", "w") as file:
                    file.write(f"module: {SOFTHSM}\n")

    def run(self, *command):
        subprocess.run(command, check=True, env=self.environment, cwd=self.folder, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)

    def fill(self):
        pin = ["--pin", PIN]
        self.run("openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "request.pem", "-subj",
                 "/CN=Bench")
        self.run("pena-devca", "issue", f"{os.environ['PENA_RIG_DIR']}/ca", "--csr", "request.pem", "--out", "certificate.pem")
        self.run("openssl", "x509", "-in", "certificate.pem", "-outform", "DER", "-out", "certificate.der")
        self.run("openssl", "pkcs8", "-topk8", "-nocrypt", "-in", "key.pem", "-out", "key.pk8")
        self.run("softhsm2-util", "--init-token", "--free", "--label", "Bench", "--so-pin", PIN, *pin)
        self.run("softhsm2-util", "--import", "key.pk8", "--token", "Bench", "--label", "Bench", "--id", "01", *pin)
        self.run("pkcs11-tool", "--module", SOFTHSM, "--login", *pin, "--write-object", "certificate.der", "--type", "cert", "--id", "01",
                 "--label", "Bench")

    def end(self):
        self.process.terminate()
        self.process.wait(timeout=30)
        self.tokens.cleanup()


def processor_times():
    """{program: milliseconds} of ours, of those that live and their children that have ended."""
    times = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        fields = read(f"/proc/{pid}/stat").rpartition(")")
        name = fields[0].partition("(")[2]
        if name.startswith("pena"):
            ticks = sum(int(value) for value in fields[2].split()[11:15])
            times[name] = times.get(name, 0) + ticks * 1000 / os.sysconf("SC_CLK_TCK")
    return times


def time_of_children():
    """Milliseconds of processor time of all programs that were run here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (used.ru_utime + used.ru_stime) * 1000


def sign_many(environment, folder, count, size):
    """Milliseconds a file of letters that are made and signed in that folder, and {program: of processor time}; or None."""
    source, output = f"{folder}/letters", f"{folder}/signed"
    os.mkdir(source)
    os.mkdir(output)
    for number in range(count):
        make_pdf(f"{source}/{number:05}.pdf", size)
    command = ["pena", "sign", "--json", "--output", output, *sorted(glob.glob(f"{source}/*.pdf"))]
    before, ended, start = processor_times(), time_of_children(), time.monotonic()
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wall, after, ended = (time.monotonic() - start) * 1000 / count, processor_times(), time_of_children() - ended
    if done.returncode != 0:
        print(f"    failed: {(done.stdout + done.stderr)[-300:]}")
        return None
    used = {name: (after[name] - before.get(name, 0)) / count for name in sorted(after)}
    used["pena"] = ended / count
    return wall, used


def bench_many_signed(build, folder, count, size):
    missing = [name for name in ("softhsm2-util", "pkcs11-tool") if not shutil.which(name)]
    print(f"\n{count} PDFs of {size // 1000} KB signed with a key of SoftHSM: a file")
    if missing or not os.path.exists(SOFTHSM):
        print(f"    left out: {' and '.join(missing) or SOFTHSM} is not installed")
        return
    agent = SoftAgent(folder)
    try:
        walked = walk_module(os.path.join(build, "tests/bench/pkcs11-steps"), SOFTHSM, 200, agent.environment)
        _, mark, least = walked["signature-with-login"]
        print(f"    {'SoftHSM alone':24} {mark:9.2f} ms  C_Login, C_Sign, C_Logout (C_Sign {walked['signature-pin-once'][1]:.2f} ms); "
              f"processor time {least:.2f} ms")
        places = [("Pena", folder)]
        # Without what the file system takes for making files and writing them through.
        if agent.tokens.name.startswith("/dev/shm/"):
            places.append(("Pena, files in memory", agent.tokens.name))
        for label, place in places:
            signed = sign_many(agent.environment, place, count, size)
            if signed:
                total = sum(signed[1].values())
                print(f"    {label:24} {signed[0]:9.2f} ms  {signed[0] / mark:6.2f} x SoftHSM alone; processor time {total:.2f} ms, "
                      f"{total / least:.2f} x: " + ", ".join(f"{name} {value:.2f}" for name, value in signed[1].items()))
    finally:
        agent.end()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build")
    parser.add_argument("--token", default="PIV", help="what kind the rig's token is; of others than PIV only the APDUs are told")
    parser.add_argument("--pyhanko", help="path of the pyhanko program")
    parser.add_argument("--verified", type=int, default=10_000, metavar="N", help="how many small PDFs are verified")
    parser.add_argument("--signed", type=int, default=1_000, metavar="N", help="how many small PDFs are signed")
    arguments = parser.parse_args()
    figures = bench_modules(arguments.build, arguments.token)
    if arguments.token != "PIV":
        return 0
    always = figures.get("signature-pin-always") or figures.get("signature-pin-once")
    token_ms = figures["login"][1] + always[1]
    print(f"\nToken time of login and one signature: {token_ms:.1f} ms")
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR", "/var/tmp")) as folder:
        bench_sizes(folder, arguments.pyhanko, token_ms)
        bench_beside(folder, token_ms)
        bench_many_verified(folder, arguments.verified, 20_000)
        bench_many_signed(arguments.build, folder, arguments.signed, 100_000)
    return 0


if __name__ == "__main__":
    sys.exit(main())
