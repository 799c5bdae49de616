#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: pyHanko judges a signed PDF
# Copyright (C) 2026 the Pena authors
"""validate_pdf.py FILE --trust ROOT.pem [--crl CRL.der ...]: exit 0 when every signature is intact, trusted, covers what it
claims and is of a PAdES kind according to pyHanko; 1 when not, with the reason."""
import argparse
import logging
import sys

from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import KeyUsageConstraints, validate_pdf_signature
from asn1crypto import crl as asn1_crl
from pyhanko_certvalidator import ValidationContext


def problems_of(signature, context):
    status = validate_pdf_signature(signature, signer_validation_context=context,
                                    key_usage_settings=KeyUsageConstraints(key_usage={"non_repudiation"}))
    if not status.intact:
        yield "the content was changed"
    if not status.valid:
        yield "the signature value is wrong"
    if not status.trusted:
        yield f"not trusted: {status.trust_problem_indic}"
    if not status.bottom_line:
        yield f"not valid over all: {status.pretty_print_details()}"
    if signature.sig_object.get("/SubFilter") != "/ETSI.CAdES.detached":
        yield "not a PAdES SubFilter"
    if "/Cert" in signature.sig_object:
        yield "/Cert is forbidden in PAdES"
    attributes = {attribute["type"].native for attribute in signature.signer_info["signed_attrs"]}
    if "signing_certificate_v2" not in attributes:
        yield "no signing-certificate-v2"
    if "signing_time" in attributes:
        yield "signing-time is forbidden in PAdES"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file")
    parser.add_argument("--trust", required=True)
    parser.add_argument("--crl", action="append", default=[])
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)
    crls = [asn1_crl.CertificateList.load(open(path, "rb").read()) for path in arguments.crl]
    context = ValidationContext(trust_roots=[load_cert_from_pemder(arguments.trust)], crls=crls, allow_fetching=False,
                                revocation_mode="require" if crls else "soft-fail")
    with open(arguments.file, "rb") as file:
        signatures = PdfFileReader(file, strict=True).embedded_signatures
        problems = [f"{signature.field_name}: {problem}"
                    for signature in signatures for problem in problems_of(signature, context)]
    for problem in problems or ([] if signatures else ["no signature"]):
        print(problem)
    return 1 if problems or not signatures else 0


if __name__ == "__main__":
    sys.exit(main())
