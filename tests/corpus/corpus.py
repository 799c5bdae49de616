#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: what becomes of a folder of PDFs (run by `make corpus` inside pena-rig)
# Copyright (C) 2026 the Pena authors
"""Signs every PDF below a folder through the real agent. For each: it is signed, and then its first bytes are the original's
and Pena and pdfsig call it valid; or it is refused with a code. Anything else (crash, hang, invalid output, a file that qpdf
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
EXCUSED = {"document-encrypted", "document-no-pages", "document-certified", "document-locked", "document-xfa",
           "document-not-pdf", "document-empty"}

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


def pdfsig_problem(original, signed):
    status, text = run(["pdfsig", "-nocert", signed])
    if status is None:
        return None if run(["pdfsig", "-nocert", original])[0] is None else "pdfsig hangs"
    states = re.findall(r"Signature Validation: (.*)", text)
    return None if states and states[-1] == "Signature is Valid." else f"pdfsig: {states[-1:] or text.strip()[-80:]}"


def judge(path):
    """(exit status, what the validator says as JSON or {})"""
    arguments = ["--json", "--trust", os.environ["PENA_TRUST"]]
    for crl in sorted(glob.glob(os.path.join(os.environ["PENA_CRL_DIR"], "*"))):
        arguments += ["--crl", crl]
    status, text = run(os.environ["PENA_PDF_VALIDATOR"].split() + [path] + arguments, 60)
    try:
        return status, json.loads(text[text.index("{"):text.rindex("}") + 1])
    except ValueError:
        return status, {"text": text.strip()[-160:]}


def validator_problem(original, signed):
    """What is wrong with our own signature; the faults that the original brought along are not ours."""
    if not os.environ.get("PENA_PDF_VALIDATOR"):
        return None
    status, said = judge(signed)
    if status == 0:
        return None
    before, said_before = judge(original)
    if "results" not in said:
        return None if before == 2 else f"validator: {status}: {said}"
    size = os.path.getsize(signed)
    ours = [result for result in said["results"] if sum(result["byterange"][2:]) == size]
    fresh = set(said["structure_errors"]) - set(said_before.get("structure_errors", []))
    if len(ours) == 1 and ours[0]["ok"] and not fresh:
        return None
    return f"validator: {ours[0]['errors'] if ours else 'no signature'} {sorted(fresh)}"


def newest_signature_problem(path):
    """A file whose own, earlier signatures are not valid makes the whole report not valid; the new one is what counts."""
    status, text = run(["pena", "verify", "--json", path])
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


def try_file(path, folder):
    clean = run(["qpdf", "--check", path], 60)[0] == 0
    with tempfile.TemporaryDirectory(dir=folder) as private:
        signed = os.path.join(private, "signed.pdf")
        status, text = run(["pena", "sign", "--json", "--format", "pades", "--output", signed, path])
        if status is None:
            return Outcome(path, "HANG", "no answer in 10 s", clean)
        if status != 0:
            told = refusal(text)
            if told is None or told[0] in (None, "internal", "worker-failed", "self-check-failed"):
                return Outcome(path, "CRASH", f"exit {status}: {text.strip()[-160:]}", clean)
            if os.path.exists(signed):
                return Outcome(path, "INVALID", "refused, and yet there is an output", clean)
            return Outcome(path, "refused", ": ".join(told), clean)
        if not same_prefix(path, signed):
            return Outcome(path, "INVALID", "the original is not a prefix of the output", clean)
        problem = newest_signature_problem(signed) or pdfsig_problem(path, signed) or validator_problem(path, signed)
        return Outcome(path, "INVALID" if problem else "signed", problem or "", clean)


def find_pdfs(corpus):
    found = []
    for folder, _, names in os.walk(corpus):
        found += [os.path.join(folder, name) for name in names if name.lower().endswith(".pdf")]
    return sorted(found)


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
    arguments = parser.parse_args()
    for tool in ("pena", "qpdf", "pdfsig"):
        if not shutil.which(tool):
            sys.exit(f"corpus: {tool} is not installed")
    paths, outcomes = find_pdfs(arguments.corpus), []
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(2) as pool:
        for number, outcome in enumerate(pool.map(lambda path: try_file(path, folder), paths), 1):
            outcomes.append(outcome)
            if number % 100 == 0:
                print(f"{number} of {len(paths)} ...", flush=True)
    if arguments.table:
        with open(arguments.table, "w") as table:
            for outcome in outcomes:
                table.write("\t".join((os.path.relpath(outcome.path, arguments.corpus), outcome.result, outcome.reason)) + "\n")
    return 0 if print_summary(outcomes, arguments.corpus) else 1


if __name__ == "__main__":
    sys.exit(main())
