#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: what pyHanko says of each signature in many files
# Copyright (C) 2026 the Pena authors
"""pyhanko_table.py anchors: reads file names, a line each, and prints as JSON (file: base64 of DER) nothing but the certificates in
them that others can be traced to: those that vouch for themselves, and authorities whose issuer is in none of the files.

pyhanko_table.py judge [--no-revocation] --trust FOLDER [--crls FOLDER]: reads lines as dss-table does and answers with the same columns, by way of
pyHanko's procedures for EN 319 102-1."""
import argparse
import asyncio
import base64
import hashlib
import json
import logging
import os
import re
import sys

from asn1crypto import cms, crl, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.ades import ades_basic_validation, ades_lta_validation, ades_with_time_validation
from pyhanko.sign.validation.policy_decl import LocalKnowledge, PdfSignatureValidationSpec, SignatureValidationSpec
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.policy_decl import CertRevTrustPolicy, RevocationCheckingPolicy, RevocationCheckingRule
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer

MAX_CERTIFICATE = 64 * 1024


# --- certificates in a file ------------------------------------------------------------------------------------------

def certificates_in(blob):
    """Whatever reads as a certificate, wherever it stands."""
    for match in re.finditer(rb"\x30\x82(..)\x30\x82", blob, re.DOTALL):
        size = int.from_bytes(match[1], "big") + 4
        if size <= MAX_CERTIFICATE:
            try:
                certificate = x509.Certificate.load(blob[match.start():match.start() + size], strict=True)
                certificate.native
                yield certificate
            except Exception:
                continue


def blobs_of(path):
    with open(path, "rb") as file:
        data = file.read()
    if not path.endswith(".pdf"):
        yield data
        return
    for match in re.finditer(rb"<([0-9A-Fa-f\s]{2000,})>", data):
        digits = re.sub(rb"\s", b"", match[1])
        yield bytes.fromhex(digits[:len(digits) // 2 * 2].decode())
    try:
        with open(path, "rb") as file:
            store = PdfFileReader(file, strict=False).root.get("/DSS", {})
            for stream in store.get("/Certs", ()):
                yield stream.data
    except Exception:
        return


def signed_by_itself(certificate):
    return certificate.self_signed in ("yes", "maybe")


def find_anchors(paths):
    pool = {}
    for path in paths:
        for blob in blobs_of(path):
            for certificate in certificates_in(blob):
                pool.setdefault(certificate.sha256, certificate)
    subjects = {certificate.subject.hashable for certificate in pool.values()}
    return [certificate for certificate in pool.values()
            if certificate.ca and (signed_by_itself(certificate) or certificate.issuer.hashable not in subjects)]


# --- judging ---------------------------------------------------------------------------------------------------------

def contents(folder):
    for name in sorted(os.listdir(folder)) if folder else ():
        with open(os.path.join(folder, name), "rb") as file:
            yield file.read()


def specification(trust, crls, need_revocation):
    roots = [x509.Certificate.load(der) for der in contents(trust)]
    lists = [CRLContainer(crl.CertificateList.load(der)) for der in contents(crls)]
    rule = RevocationCheckingRule.CRL_OR_OCSP_REQUIRED if need_revocation else RevocationCheckingRule.NO_CHECK
    policy = CertValidationPolicySpec(
        trust_manager=SimpleTrustManager.build(trust_roots=roots),
        revinfo_policy=CertRevTrustPolicy(RevocationCheckingPolicy(ee_certificate_rule=rule, intermediate_ca_cert_rule=rule)))
    return SignatureValidationSpec(cert_validation_policy=policy, local_knowledge=LocalKnowledge(known_crls=lists),
                                   key_usage_settings=KeyUsageConstraints(key_usage={"non_repudiation", "digital_signature"},
                                                                          match_all_key_usages=False))


def tell(number, kind, key, result):
    sub = result.ades_subindic
    reason = re.sub(r"\s+", " ", str(result.failure_msg or ""))
    status = getattr(sub, "status", None)
    indication = status.name if status is not None else "?"
    name = "null" if indication == "PASSED" else getattr(sub, "standard_name", sub.name)
    print(number, kind, key, {"PASSED": "TOTAL_PASSED", "FAILED": "TOTAL_FAILED"}.get(indication, indication), name, "", reason,
          sep="\t")


def tell_error(number, kind, key, problem):
    print(number, kind, key, "", "", "", re.sub(r"\s+", " ", f"{type(problem).__name__}: {problem}"), sep="\t")


def judge_by_level(signed_data, spec, raw, with_more=None):
    """pyHanko wants the procedures for signatures with time and with archive time-stamps to be asked only of these (5.3, 5.5, 5.6)."""
    kinds = {attribute["type"].native for attribute in signed_data["signer_infos"][0]["unsigned_attrs"]}
    if with_more is not None:
        return asyncio.run(with_more())
    if "signature_time_stamp_token" in kinds:
        return asyncio.run(ades_with_time_validation(signed_data, spec, raw_digest=raw))
    return asyncio.run(ades_basic_validation(signed_data, spec, raw_digest=raw))


def judge_pdf(number, path, password, spec):
    with open(path, "rb") as file:
        reader = PdfFileReader(file, strict=False)
        if reader.encrypted:
            reader.decrypt(password)
        stamped = any(one.sig_object.get("/Type") == "/DocTimeStamp" for one in reader.embedded_signatures)
        for signature in reader.embedded_signatures:
            key = str(sum(int(part) for part in list(signature.byte_range)[-2:]))
            if signature.sig_object.get("/Type") == "/DocTimeStamp":
                continue  # their share in a verdict is in the signatures'
            try:
                more = (lambda: ades_lta_validation(signature, PdfSignatureValidationSpec(spec))) if stamped else None
                tell(number, "signature", key, judge_by_level(signature.signed_data, spec, signature.compute_digest(), more))
            except Exception as problem:
                tell_error(number, "signature", key, problem)


def judge_cms(number, path, content, spec):
    with open(path, "rb") as file:
        signed_data = cms.ContentInfo.load(file.read())["content"]
    raw = None
    if content:
        with open(content, "rb") as file:
            data = file.read()
        raw = hashlib.new(signed_data["signer_infos"][0]["digest_algorithm"]["algorithm"].native.replace("-", "_"), data).digest()
    tell(number, "signature", "#0", judge_by_level(signed_data, spec, raw))


def judge(trust, crls, need_revocation):
    spec = specification(trust, crls, need_revocation)
    for number, line in enumerate(sys.stdin):
        path, content, password = line.rstrip("\n").split("\t")
        try:
            if path.endswith(".pdf"):
                judge_pdf(number, path, password, spec)
            else:
                judge_cms(number, path, content, spec)
        except Exception as problem:
            tell_error(number, "error", "", problem)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["anchors", "judge"])
    parser.add_argument("--no-revocation", action="store_true")
    parser.add_argument("--trust")
    parser.add_argument("--crls")
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)
    if arguments.what == "judge":
        judge(arguments.trust, arguments.crls, not arguments.no_revocation)
    else:
        json.dump([base64.b64encode(certificate.dump()).decode()
                   for certificate in find_anchors([line.rstrip("\n") for line in sys.stdin])], sys.stdout)


if __name__ == "__main__":
    main()
