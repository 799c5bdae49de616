#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: whether Pena, EU DSS and pyHanko agree on the signatures in a folder
# Copyright (C) 2026 the Pena authors
"""Has Pena, EU DSS and pyHanko judge every signature below a folder, with the same trust anchors, the same (local) revocation data and
no network, and prints how often they agree and where they do not. Runs in pena-rig --no-agent.

A verdict is an outcome of EN 319 102-1 with its sub-indication; a level is one of the baseline levels or the older form. PENA_INTEROP_DSS
and PENA_INTEROP_PYTHON say where the two are, as tools/interop sets them up. Where only one is there, it is compared with that."""
import argparse
import base64
import collections
import fnmatch
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
LIMIT = 60  # seconds for one file
JUDGES_LIMIT = 900

Verdict = collections.namedtuple("Verdict", "outcome sub level reason")
Row = collections.namedtuple("Row", "file kind key")
JUDGED = ("signature", "counter", "stamp")
# as DSS calls them
STAMPS = {"signature": "SIGNATURE_TIMESTAMP", "archive": "ARCHIVE_TIMESTAMP", "document": "DOCUMENT_TIMESTAMP",
          "references": "VALIDATION_DATA_TIMESTAMP", "content": "CONTENT_TIMESTAMP"}


def name_of(outcome, sub):
    return outcome if sub in ("", None, "null") else f"{outcome}/{sub}"


# --- what is judged --------------------------------------------------------------------------------------------------

def looks_signed(path):
    if path.endswith((".p7m", ".p7s", ".p7b", ".cades")):
        return True
    if not path.lower().endswith(".pdf"):
        return False
    with open(path, "rb") as file:
        return b"/ByteRange" in file.read()


def find_signed(folder):
    found = [os.path.join(place, name) for place, _, names in os.walk(folder) for name in names]
    return sorted(path for path in found if looks_signed(path))


def read_passwords(name, folder):
    if not name:
        return {}
    with open(name) as file:
        return {os.path.join(folder, row[0]): row[1] for row in (line.rstrip("\n").split("\t") for line in file if line.strip())}


def document_of(path):
    """What a detached signature stands beside."""
    beside = os.path.splitext(path)[0]
    return beside if path.endswith(".p7s") and os.path.isfile(beside) else ""


# --- Pena ------------------------------------------------------------------------------------------------------------

class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=LIMIT)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Agent:
    """An agent of our own that trusts what it is told to."""

    def __init__(self, folder, options, anchors):
        self.folder = folder
        for name in ("config/pena", "run", "home"):
            os.makedirs(os.path.join(folder, name), mode=0o700)
        with open(os.path.join(folder, "config/pena/agent.conf"), "w") as file:
            file.write(f"[trust]\nanchors={anchors}\n" + (f"crls={options.crls}\n" if options.crls else "") +
                       f"[validation]\nneed-revocation={'no' if options.no_revocation else 'yes'}\n")
        self.socket = os.path.join(folder, "run/pena/agent.sock")
        self.environment = dict(os.environ, XDG_CONFIG_HOME=os.path.join(folder, "config"), LANGUAGE="en", PENA_SOCKET=self.socket,
                                XDG_RUNTIME_DIR=os.path.join(folder, "run"), HOME=os.path.join(folder, "home"))
        self.process = subprocess.Popen(["pena-agent"], env=self.environment, stdin=subprocess.DEVNULL)
        end = time.monotonic() + 20
        while not os.path.exists(self.socket):
            if self.process.poll() is not None or time.monotonic() > end:
                sys.exit("agreement: pena-agent does not start")
            time.sleep(0.02)

    def verify(self, query, body, password=None):
        """The report, or the error."""
        connection = UnixConnection(self.socket)
        headers = {"Pena-Document-Password": urllib.parse.quote(password)} if password else {}
        try:
            connection.request("POST", "/pena/v1/verify?" + query, body, {"Accept-Language": "en", **headers})
            answer = connection.getresponse()
            return json.loads(answer.read())
        except (ValueError, OSError, http.client.HTTPException) as problem:
            return {"code": "no-report", "error_description": str(problem)}
        finally:
            connection.close()

    def end(self):
        self.process.terminate()
        self.process.wait(10)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def ask_pena(agent, path, document, password, empty):
    """(answer, the document that a detached signature was held against)"""
    data = read(path)
    if path.lower().endswith(".pdf"):
        return agent.verify("", data, password), ""
    if not document:
        answer = agent.verify("attached=1", data)
        if "signatures" in answer:
            return answer, ""
    return agent.verify(f"signature-size={len(data)}", data + read(document or empty)), document or empty


def level_of_pena(signature):
    if signature["level"] or not signature["form"]:
        return signature["level"] or signature["format"]
    return signature["format"] + "-" + signature["form"].replace("X-L", "XL")


def reason_of(report):
    return " | ".join(report["problems"] + [f"({note})" for note in report["notes"]])


def add_stamp(found, path, kind, time, report):
    """What tells time-stamps apart is their kind and time; of several of one kind and second, how many came before."""
    key = f"{STAMPS.get(kind, kind)}@{time or '?'}"
    rows = [Row(path, "stamp", key + "/" * count) for count in range(len(found) + 1)]
    found[next(row for row in rows if row not in found)] = Verdict(report["verdict"], report["sub_indication"], "", reason_of(report))


def verdicts_of_pena(path, answer):
    if "signatures" not in answer:
        return {Row(path, "error", ""): Verdict("error", answer.get("code"), "", answer.get("error_description"))}
    found = {}
    for index, signature in enumerate(answer["signatures"]):
        if signature["format"] == "RFC3161":
            add_stamp(found, path, "document", signature["claimed_time"], signature)
            continue
        for stamp in signature["time_stamps"]:
            add_stamp(found, path, stamp["kind"], stamp["time"], stamp)
        ranges = signature["coverage"]["byte_range"]
        key = str(ranges[2] + ranges[3]) if ranges else f"#{index}"
        kind = "counter" if signature["countersigns"] is not None else "signature"
        found[Row(path, kind, key)] = Verdict(signature["verdict"], signature["sub_indication"], level_of_pena(signature),
                                              reason_of(signature))
    return found


# --- the others ------------------------------------------------------------------------------------------------------

def level_of_dss(text):
    text = text.replace("_", "-")
    for format in ("PAdES", "CAdES"):
        if text.startswith(format + "-BASELINE-"):
            return "B-" + text[len(format + "-BASELINE-"):]
    return "PKCS#7" if text.startswith(("PKCS7", "PDF-NOT-ETSI")) else text


def run_table(command, cases):
    lines = "".join("\t".join(case) + "\n" for case in cases)
    done = subprocess.run(command, input=lines.encode(), stdout=subprocess.PIPE, timeout=JUDGES_LIMIT)
    if done.returncode != 0:
        sys.exit(f"agreement: {command[0]} ended with {done.returncode}")
    found = {}
    for line in done.stdout.decode(errors="replace").splitlines():
        number, kind, key, outcome, sub, level, reason = line.split("\t")
        sub = None if sub == "null" else sub
        row = Row(cases[int(number)][0], kind, key.replace("_REFSONLY", ""))
        while kind == "stamp" and row in found:
            row = row._replace(key=row.key + "/")
        outcome = {"PASSED": "TOTAL-PASSED", "FAILED": "TOTAL-FAILED", "": "error"}.get(outcome, outcome.replace("TOTAL_", "TOTAL-"))
        found[row] = Verdict(outcome, sub, level_of_dss(level), reason)
    return found


def ask_dss(place, anchors, options, cases):
    command = ["java", "-Dorg.slf4j.simpleLogger.defaultLogLevel=off", "-cp", f"{place}/dss-check-1.jar:{place}/lib/*",
               "pena.DssTable", "--trust", anchors]
    command += ["--crls", options.crls] if options.crls else []
    return run_table(command + (["--no-revocation"] if options.no_revocation else []), cases)


def ask_pyhanko(python, anchors, options, cases):
    command = [python, os.path.join(HERE, "pyhanko_table.py"), "judge", "--trust", anchors]
    command += ["--crls", options.crls] if options.crls else []
    return run_table(command + (["--no-revocation"] if options.no_revocation else []), cases)


def write_anchors(python, options, paths, folder):
    """The certificates that are trusted: those named, and with --roots-of-files what the files can be traced to."""
    os.makedirs(folder)
    ders = []
    for name in options.trust:
        with open(name, "rb") as file:
            ders.append(file.read())
    if options.roots_of_files:
        done = subprocess.run([python, os.path.join(HERE, "pyhanko_table.py"), "anchors"], input="\n".join(paths).encode(),
                              stdout=subprocess.PIPE, timeout=JUDGES_LIMIT, check=True)
        ders += [base64.b64decode(text) for text in json.loads(done.stdout)]
    for number, der in enumerate(ders):
        with open(os.path.join(folder, f"{number:03}.der"), "wb") as file:
            file.write(der)


# --- comparing -------------------------------------------------------------------------------------------------------

def same_verdict(ours, theirs):
    return ours.outcome == theirs.outcome and (ours.sub or None) == (theirs.sub or None)


def give_times(ours, theirs):
    """Pena tells no time of a time-stamp that it cannot use: it is the only one of its kind that the other has and Pena has not."""
    named = dict(ours)
    for row in [row for row in ours if row.kind == "stamp" and "@?" in row.key]:
        kind = row.key.split("@")[0] + "@"
        fitting = [other for other in theirs if other.file == row.file and other.key.startswith(kind) and other not in named]
        if len(fitting) == 1:
            named[fitting[0]] = named.pop(row)
    return named


def compare(ours, theirs, folder):
    """(agreements, lines about differences): of what, how often"""
    agreements, lines = collections.Counter(), []
    ours = give_times(ours, theirs)
    for row in sorted(row for row in set(ours) & set(theirs) if row.kind in JUDGED):
        mine, other = ours[row], theirs[row]
        verdict_fits, level_fits = same_verdict(mine, other), not other.level or mine.level == other.level
        of = "time-stamps" if row.kind == "stamp" else "signatures"
        agreements.update({of: 1, f"verdicts of {of}": verdict_fits, f"levels of {of}": level_fits})
        name = os.path.relpath(row.file, folder)
        if not verdict_fits:
            lines.append((name, row.key, "stamp" if row.kind == "stamp" else "verdict", name_of(mine.outcome, mine.sub), name_of(other.outcome, other.sub), mine.reason, other.reason))
        if not level_fits:
            lines.append((name, row.key, "level", mine.level, other.level, mine.reason, other.reason))
    seen = {row.file for row in set(ours) & set(theirs)}
    stamps_told = any(row.kind == "stamp" for row in theirs)
    for row in sorted(set(ours) ^ set(theirs)):
        if row.kind != "stamp" or (stamps_told and row.file in seen):
            mine, other = ours.get(row), theirs.get(row)
            said = name_of(mine.outcome, mine.sub) if mine else "-"
            what = "stamp-seen" if row.kind == "stamp" else "seen" if row.file in seen else "read"
            lines.append((os.path.relpath(row.file, folder), row.key, what, said,
                          name_of(other.outcome, other.sub) if other else "-", mine.reason if mine else "", other.reason if other else ""))
    return agreements, lines


def why_argued(argued, judge, line):
    for who, what, pattern, mine, other, reason in argued:
        if (who == judge and what == line[2] and fnmatch.fnmatch(line[0], pattern) and fnmatch.fnmatch(line[3], mine) and
                fnmatch.fnmatch(line[4], other)):
            return reason
    return None


def report(ours, theirs, judge, folder, argued, verbose):
    agreements, lines = compare(ours, theirs, folder)
    print(f"\n{judge}: {agreements['signatures']} signatures; the same verdict and sub-indication "
          f"{agreements['verdicts of signatures']}, the same level {agreements['levels of signatures']}; "
          f"{agreements['time-stamps']} time-stamps; the same {agreements['verdicts of time-stamps']}")
    reasons, open_ones = collections.Counter(), []
    for line in lines:
        reason = why_argued(argued, judge, line)
        reasons[reason] += 1
        if reason is None:
            open_ones.append(line)
    for reason, count in sorted((reason or "", count) for reason, count in reasons.items()):
        print(f"  {count:4} {reason or ('not argued' if argued else 'different')}")
    for kind, count in collections.Counter(line[2:5] for line in (open_ones if argued else lines)).most_common():
        print(f"  {count:4} {kind[0]}: {kind[1]} / {kind[2]}")
    for line in lines if verbose else open_ones if argued else ():
        print(f"\n  {line[0]} {line[1]} {line[2]}: {line[3]} / {line[4]}\n      pena: {line[5]}\n      {judge}: {line[6]}")
    return not open_ones or not argued


def as_expected(name, ours, folder):
    """Whether Pena says what the list has of it."""
    wrong = []
    with open(name) as file:
        for line in file:
            path, outcome, sub, level = line.rstrip("\n").split("\t")
            said = ours.get(Row(os.path.join(folder, path), "signature", "#0"))
            if said is None or (said.outcome, said.sub or "", said.level) != (outcome, sub, level):
                wrong.append(f"  {path}: {said} instead of {outcome} {sub} {level}")
    print("\n".join(["Pena does not say what it must:"] + wrong) if wrong else "Pena says what it must")
    return not wrong


def read_argued(name):
    """Lines of: judge, what differs, files, ours, theirs, section of docs/validation-agreement.md that says why; tabs between."""
    if not name:
        return []
    with open(name) as file:
        return [line.rstrip("\n").split("\t") for line in file if line.strip() and not line.startswith("#")]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--trust", action="append", default=[], help="an anchor (DER)")
    parser.add_argument("--roots-of-files", action="store_true", help="trust what the files can be traced to")
    parser.add_argument("--crls", help="a folder with revocation lists (DER)")
    parser.add_argument("--no-revocation", action="store_true", help="pass without word on revocation")
    parser.add_argument("--passwords", help="a file that knows passwords: path below the folder, tab, password")
    parser.add_argument("--expected", help="what Pena must say: file, outcome, sub-indication, level of the first signature; tabs between")
    parser.add_argument("--argued", help="the list of differences that are argued; others fail the run")
    parser.add_argument("--only", default="", help="only files whose path has this in it")
    parser.add_argument("--verbose", action="store_true", help="each difference with the reasons of both")
    options = parser.parse_args()
    dss, python = os.environ.get("PENA_INTEROP_DSS"), os.environ.get("PENA_INTEROP_PYTHON")
    if not dss and not python:
        print("agreement: neither EU DSS nor pyHanko is there")
        return 77
    options.folder = os.path.abspath(options.folder)
    paths = [path for path in find_signed(options.folder) if options.only in path]
    passwords = read_passwords(options.passwords, options.folder)
    with tempfile.TemporaryDirectory(dir="/tmp") as private:
        anchors, empty = os.path.join(private, "anchors"), os.path.join(private, "empty")
        write_anchors(python, options, paths, anchors)
        with open(empty, "w") as file:
            file.write("-")
        agent, ours, cases = Agent(os.path.join(private, "agent"), options, anchors), {}, []
        for path in paths:
            answer, document = ask_pena(agent, path, document_of(path), passwords.get(path), empty)
            ours.update(verdicts_of_pena(path, answer))
            cases.append((path, document, passwords.get(path, "")))
        agent.end()
        argued = read_argued(options.argued)
        print(f"{len(paths)} files; Pena: " + ", ".join(f"{count} {name}" for name, count in collections.Counter(
            name_of(verdict.outcome, verdict.sub) for verdict in ours.values()).most_common()))
        fine = as_expected(options.expected, ours, options.folder) if options.expected else True
        if dss:
            fine = report(ours, ask_dss(dss, anchors, options, cases), "dss", options.folder, argued, options.verbose) and fine
        if python:
            fine = report(ours, ask_pyhanko(python, anchors, options, cases), "pyhanko", options.folder, argued, options.verbose) and fine
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
