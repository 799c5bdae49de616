#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: what becomes of a folder of PDFs (run by `make corpus` inside pena-rig)
# Copyright (C) 2026 the Pena authors
"""Signs every PDF below a folder through the real agent. For each: it is signed, and then its first bytes are the original's
and Pena and pdfsig call it valid; or it is damaged and a repaired copy of as many pages is signed and called valid; or it is
refused with a code. Anything else (crash, hang, invalid output, a file that qpdf
finds clean and that no rule excuses) fails the run.

With PENA_PDF_VALIDATOR set, that command judges each output too. It is called with `FILE --json --trust ROOT --crl CRL...`; it exits
with 0 when all signatures are valid, and with 2 for a file it cannot read. Its JSON has "structure_errors" and "results", a
signature each with "byterange", "ok" and "errors"."""
import argparse
import collections
import concurrent.futures
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

LIMIT = 10
# Refusals that the author of the file asked for, or that have nothing to sign.
EXCUSED = {"document-encrypted", "document-password-needed", "document-restricted", "document-certified",
           "document-locked", "document-xfa", "document-not-pdf", "document-empty"}
# Refusals after which a repair is tried.
DAMAGE = {"document-damaged", "document-not-pdf"}

Outcome = collections.namedtuple("Outcome", "path result reason clean")


def run(command, limit=LIMIT):
    """(exit status or None for a hang, output)"""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return None, ""
    return done.returncode, done.stdout.decode(errors="replace") + done.stderr.decode(errors="replace")


def same_prefix(original, signed):
    with open(original, "rb") as a, open(signed, "rb") as b:
        while True:
            piece = a.read(1 << 20)
            if not piece:
                return True
            if b.read(len(piece)) != piece:
                return False


def pdfsig_problem(original, signed, password):
    command = ["pdfsig", "-nocert"] + (["-opw", password, "-upw", password] if password else [])
    status, text = run(command + [signed])
    if status is None:
        return None if run(command + [original])[0] is None else "pdfsig hangs"
    if "Command Line Error" in text and "Command Line Error" in run(command + [original])[1]:
        return None  # it cannot read the original either
    states = re.findall(r"Signature Validation: (.*)", text)
    return None if states and states[-1] == "Signature is Valid." else f"pdfsig: {states[-1:] or text.strip()[-80:]}"


def judge(path, password):
    """(exit status, what the validator says as JSON or {})"""
    arguments = ["--json", "--trust", os.environ["PENA_TRUST"]]
    for crl in sorted(glob.glob(os.path.join(os.environ["PENA_CRL_DIR"], "*"))):
        arguments += ["--crl", crl]
    arguments += ["--password", password] if password else []
    status, text = run(os.environ["PENA_PDF_VALIDATOR"].split() + [path] + arguments, 60)
    try:
        return status, json.loads(text[text.index("{"):text.rindex("}") + 1])
    except ValueError:
        return status, {"text": text.strip()[-160:]}


def validator_problem(original, signed, password):
    """What is wrong with our own signature; the faults that the original brought along are not ours."""
    if not os.environ.get("PENA_PDF_VALIDATOR"):
        return None
    status, said = judge(signed, password)
    if status == 0:
        return None
    before, said_before = judge(original, password)
    if "results" not in said:
        return None if before == 2 else f"validator: {status}: {said}"
    size = os.path.getsize(signed)
    ours = [result for result in said["results"] if sum(result["byterange"][2:]) == size]
    fresh = set(said["structure_errors"]) - set(said_before.get("structure_errors", []))
    if len(ours) == 1 and ours[0]["ok"] and not fresh:
        return None
    return f"validator: {ours[0]['errors'] if ours else 'no signature'} {sorted(fresh)}"


def newest_signature_problem(path, secret):
    """A file whose own, earlier signatures are not valid makes the whole report not valid; the new one is what counts."""
    status, text = run(["pena", "verify", "--json", path] + secret)
    try:
        report = json.loads(text[:text.rindex("}") + 1])
    except ValueError:
        return "pena verify: no report"
    reports = report.get("files", [report])
    signatures = (reports[0].get("report") or reports[0]).get("signatures", [])
    if status is None or not signatures:
        return "pena verify: no signature seen"
    last = signatures[-1]
    return None if last["verdict"] == "TOTAL-PASSED" else f"pena verify: {last['verdict']} {last.get('problems')}"


def refusal(text):
    try:
        answer = json.loads(text[text.index("{"):text.rindex("}") + 1])
    except ValueError:
        return None
    error = answer["files"][0]["error"] if "files" in answer else answer
    return error["code"], error["error_description"]


def n_pages(path, password):
    status, text = run(["qpdf", "--show-npages"] + ([f"--password={password}"] if password else []) + [path], 60)
    numbers = re.findall(r"^(\d+)$", text, re.MULTILINE) if status in (0, 3) else []
    return int(numbers[-1]) if numbers else None


def changes_problem(path, signed, repaired, password):
    if not repaired:
        return None if same_prefix(path, signed) else "the original is not a prefix of the output"
    before, after = n_pages(path, password), n_pages(signed, password)
    return None if before is None or (after or 0) >= before else "a repair has lost pages"


def try_file(path, folder, password):
    clean = run(["qpdf", "--check"] + ([f"--password={password}"] if password else []) + [path], 60)[0] == 0
    with tempfile.TemporaryDirectory(dir=folder) as private:
        signed, secret = os.path.join(private, "signed.pdf"), []
        if password:
            with open(os.path.join(private, "password"), "w") as file:
                file.write(password + "\n")
            secret = ["--document-password-file", file.name]
        for repair in ([], ["--repair"]):
            status, text = run(["pena", "sign", "--json", "--format", "pades", "--output", signed, path] + secret + repair)
            if status is None:
                return Outcome(path, "HANG", "no answer in 10 s", clean)
            told = refusal(text) if status != 0 else None
            if told is None or told[0] not in DAMAGE:
                break
        if status != 0:
            if told is None or told[0] in (None, "internal", "worker-failed", "self-check-failed"):
                return Outcome(path, "CRASH", f"exit {status}: {text.strip()[-160:]}", clean)
            if os.path.exists(signed):
                return Outcome(path, "INVALID", "refused, and yet there is an output", clean)
            return Outcome(path, "refused", ": ".join(told), clean)
        repaired = '"repaired":true' in text.replace(" ", "")
        problem = (changes_problem(path, signed, repaired, password) or newest_signature_problem(signed, secret) or
                   pdfsig_problem(path, signed, password) or validator_problem(path, signed, password))
        return Outcome(path, "INVALID" if problem else "repaired" if repaired else "signed", problem or "", clean)


def find_pdfs(corpus):
    found = []
    for folder, _, names in os.walk(corpus):
        found += [os.path.join(folder, name) for name in names if name.lower().endswith(".pdf")]
    return sorted(found)


def read_passwords(name, corpus):
    if not name:
        return {}
    with open(name) as file:
        rows = [line.rstrip("\n").split("\t") for line in file if line.strip()]
    return {os.path.join(corpus, path): password for path, password in rows}


def make_large(path, size=2_200_000_000):
    """A letter with an image that nobody has to draw, most of it a hole in the file."""
    places = []
    with open(path, "wb") as file:
        file.write(b"%PDF-1.7\n")
        for number, text in enumerate((b"<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8"
                                       b" /ColorSpace /DeviceGray /Length %d >>\nstream\n" % size,
                                       b"<< /Type /Catalog /Pages 3 0 R >>",
                                       b"<< /Type /Pages /Kids [4 0 R] /Count 1 /MediaBox [0 0 595 842] >>",
                                       b"<< /Type /Page /Parent 3 0 R /Resources << /XObject << /Im 1 0 R >> >> >>"), 1):
            places.append(file.tell())
            file.write(b"%d 0 obj\n" % number + text)
            if text.endswith(b"stream\n"):
                file.seek(size, os.SEEK_CUR)
                file.write(b"\nendstream")
            file.write(b"\nendobj\n")
        start = file.tell()
        file.write(b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places))
        file.write(b"trailer\n<< /Size 5 /Root 2 0 R >>\nstartxref\n%d\n%%%%EOF\n" % start)


def large_problem(folder):
    path, signed = os.path.join(folder, "large.pdf"), os.path.join(folder, "large-signed.pdf")
    make_large(path)
    status, text = run(["pena", "sign", "--json", "--output", signed, path], 300)
    if status != 0:
        return f"exit {status}: {text.strip()[-160:]}"
    if not same_prefix(path, signed):
        return "the original is not a prefix of the output"
    status, text = run(["pena", "verify", "--json", signed], 300)
    return None if status == 0 else f"pena verify: exit {status}"


def print_summary(outcomes, corpus):
    counts = collections.Counter(outcome.result for outcome in outcomes)
    reasons = collections.Counter((outcome.reason.split(":")[0], outcome.clean)
                                  for outcome in outcomes if outcome.result == "refused")
    print(f"\n{'files':>10} {len(outcomes)}")
    for result, count in sorted(counts.items()):
        print(f"{result:>10} {count}")
    print("\nrefused because                     qpdf clean    other")
    for code in sorted({code for code, _ in reasons}):
        print(f"  {code:32} {reasons[code, True]:10} {reasons[code, False]:8}")
    bad = [outcome for outcome in outcomes if outcome.result in ("HANG", "CRASH", "INVALID")]
    missed = [outcome for outcome in outcomes
              if outcome.result == "refused" and outcome.clean and outcome.reason.split(":")[0] not in EXCUSED]
    for title, rows in (("wrong", bad), ("clean, and yet refused", missed)):
        if rows:
            print(f"\n{title}:")
            for row in rows:
                print(f"  {os.path.relpath(row.path, corpus)}: {row.result} {row.reason}")
    return not bad and not missed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus")
    parser.add_argument("--table", help="write one line a file here")
    parser.add_argument("--passwords", default=os.path.join(os.path.dirname(__file__), "passwords.tsv"),
                        help="a file that knows passwords: path below the corpus, tab, password (default: %(default)s)")
    parser.add_argument("--large", action="store_true", help="also a file of 2.2 GB, which needs 5 GB of room")
    parser.add_argument("--only", help="only files whose path has this in it")
    arguments = parser.parse_args()
    for tool in ("pena", "qpdf", "pdfsig"):
        if not shutil.which(tool):
            sys.exit(f"corpus: {tool} is not installed")
    paths, outcomes = [path for path in find_pdfs(arguments.corpus) if (arguments.only or "") in path], []
    passwords = read_passwords(arguments.passwords, arguments.corpus)
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(2) as pool:
        for number, outcome in enumerate(pool.map(lambda path: try_file(path, folder, passwords.get(path)), paths), 1):
            outcomes.append(outcome)
            if number % 100 == 0:
                print(f"{number} of {len(paths)} ...", flush=True)
        problem = large_problem(folder) if arguments.large else None
        if arguments.large:
            print(f"a file of 2.2 GB: {problem or 'signed and valid'}")
    if arguments.table:
        with open(arguments.table, "w") as table:
            for outcome in outcomes:
                table.write("\t".join((os.path.relpath(outcome.path, arguments.corpus), outcome.result, outcome.reason)) + "\n")
    return 0 if print_summary(outcomes, arguments.corpus) and not problem else 1


if __name__ == "__main__":
    sys.exit(main())
