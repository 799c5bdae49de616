#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: pyHanko judges published attacks on signed PDFs
# Copyright (C) 2026 the Pena authors
"""judge_attacks.py FOLDER: prints what Pena (FOLDER/list.tsv) and pyHanko say of each file, as a table. Exit 1 when Pena
believes one."""
import csv
import datetime
import logging
import os
import resource
import signal
import sys

from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import KeyUsageConstraints, validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

SIGNED = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)


def give_up(_signal, _frame):
    raise TimeoutError


def judge(path, root):
    """pyHanko's verdict in a few words."""
    context = ValidationContext(trust_roots=[root], moment=SIGNED, allow_fetching=False, revocation_mode="soft-fail")
    signal.alarm(10)
    try:
        with open(path, "rb") as file:
            found = [one for one in PdfFileReader(file, strict=True).embedded_signatures if one.field_name == "Signature1"]
            if not found:
                return "no signature"
            status = validate_pdf_signature(found[0], signer_validation_context=context,
                                            key_usage_settings=KeyUsageConstraints(key_usage={"non_repudiation"}))
    except Exception as error:  # pylint: disable=broad-except # whatever it cannot read, it does not believe
        return f"refused: {type(error).__name__}"
    finally:
        signal.alarm(0)
    level = status.modification_level.name if status.modification_level is not None else "not compared"
    verdict = "BELIEVED" if status.bottom_line else "not believed"
    return f"{verdict}, {status.coverage.name}, {level}"


def main():
    folder = sys.argv[1]
    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
    signal.signal(signal.SIGALRM, give_up)  # it follows sections in a loop without end
    logging.disable(logging.CRITICAL)
    root = load_cert_from_pemder(os.path.join(folder, "root.pem"))
    believed = 0
    with open(os.path.join(folder, "list.tsv"), encoding="utf-8", newline="") as file:
        for name, family, attack, told in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            believed += told.startswith("TOTAL-PASSED")
            print(f"{family}: {attack}\n    Pena:    {told.split(' | ', maxsplit=1)[0]}\n"
                  f"    pyHanko: {judge(os.path.join(folder, name), root)}")
    return 1 if believed else 0


if __name__ == "__main__":
    sys.exit(main())
