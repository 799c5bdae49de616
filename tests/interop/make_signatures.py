#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: signatures with something wrong or unusual in them, each with what Pena must say of it
# Copyright (C) 2026 the Pena authors
"""make_signatures.py FOLDER: writes signatures that hold their document (.p7m) into FOLDER/signed, the root certificate
(FOLDER/root.der), revocation lists (FOLDER/crls), and FOLDER/expected.tsv: file, outcome, sub-indication, level of its first
signature."""
import datetime
import hashlib
import os
import sys

from asn1crypto import cms, core, tsp, x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

NOW = datetime.datetime.utcnow().replace(microsecond=0)
DAY = datetime.timedelta(days=1)
DOCUMENT = b"Surat Keputusan\n"
SIGN = dict(digital_signature=False, content_commitment=True, key_encipherment=False, data_encipherment=False, key_agreement=False,
            key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False)
CERTIFY = {**SIGN, "content_commitment": False, "key_cert_sign": True, "crl_sign": True}
PASSED, FAILED, UNCLEAR = "TOTAL-PASSED", "TOTAL-FAILED", "INDETERMINATE"


# --- certificates ----------------------------------------------------------------------------------------------------

class Entity:
    def __init__(self, name, issuer=None, key=None, ca=False, start=-100, end=600, usage=None, path_length=None, extensions=(),
                 number=None):
        self.key = key or ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "ID"), x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Pena"),
                               x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.issuer = issuer or self
        self.revoked = []
        builder = (x509.CertificateBuilder().subject_name(self.name).issuer_name(self.issuer.name).public_key(self.key.public_key())
                   .serial_number(number or x509.random_serial_number()).not_valid_before(NOW + start * DAY)
                   .not_valid_after(NOW + end * DAY)
                   .add_extension(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), False)
                   .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.issuer.key.public_key()), False)
                   .add_extension(x509.KeyUsage(**(usage or (CERTIFY if ca else SIGN))), True))
        if ca:
            builder = builder.add_extension(x509.BasicConstraints(True, path_length), True)
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        signer = self.issuer.key
        self.certificate = builder.sign(signer, None if isinstance(signer, ed25519.Ed25519PrivateKey) else hashes.SHA256())
        self.der = self.certificate.public_bytes(serialization.Encoding.DER)
        self.asn1 = asn1.Certificate.load(self.der)

    def list(self):
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.name).last_update(NOW - DAY / 24).next_update(NOW + 5 * DAY)
        builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), False)
        builder = builder.add_extension(x509.CRLNumber(1), False)
        for entity, when in self.revoked:
            builder = builder.add_revoked_certificate(x509.RevokedCertificateBuilder().serial_number(entity.certificate.serial_number)
                                                      .revocation_date(when).build())
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    def sign(self, data, digest="sha256"):
        kind = {"sha1": hashes.SHA1, "sha256": hashes.SHA256, "sha512": hashes.SHA512, "sha3_256": hashes.SHA3_256}[digest]()
        if isinstance(self.key, ed25519.Ed25519PrivateKey):
            return self.key.sign(data)
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(data, padding.PKCS1v15(), kind)
        return self.key.sign(data, ec.ECDSA(kind))

    def algorithm(self, digest):
        if isinstance(self.key, ed25519.Ed25519PrivateKey):
            return {"algorithm": "ed25519"}
        if isinstance(self.key, rsa.RSAPrivateKey):
            return {"algorithm": digest + "_rsa"} if digest != "sha3_256" else {"algorithm": "2.16.840.1.101.3.4.3.14"}
        return {"algorithm": digest + "_ecdsa"}


# --- signatures ------------------------------------------------------------------------------------------------------

def attribute(kind, value):
    return cms.CMSAttribute({"type": kind, "values": [value]})


def reference(certificate, wrong):
    return attribute("signing_certificate_v2", tsp.SigningCertificateV2({"certs": [tsp.ESSCertIDv2({
        "cert_hash": hashlib.sha256(certificate + (b"x" if wrong else b"")).digest()})]}))


def digest_name(digest):
    return {"sha3_256": "2.16.840.1.101.3.4.2.8"}.get(digest, digest)


def signer_info(entity, content, kind="data", digest="sha256", wrong_ess=False, wrong_digest=False, damaged=False, bound=None,
                unsigned=(), signing_time=True, key_identifier=False, version=None, unbound=False):
    attributes = [attribute("content_type", kind),
                  attribute("message_digest", hashlib.new(digest, content + (b"x" if wrong_digest else b"")).digest())]
    if signing_time and kind == "data":
        attributes.append(attribute("signing_time", cms.Time({"utc_time": NOW.replace(tzinfo=datetime.timezone.utc)})))
    if not unbound:
        attributes.append(reference((bound or entity).der, wrong_ess))
    signed = cms.CMSAttributes(attributes)
    value = entity.sign(signed.dump(), digest)
    if damaged:
        value = entity.sign(b"something else", digest)
    sid = (cms.SignerIdentifier("subject_key_identifier", entity.asn1.key_identifier_value.native) if key_identifier else
           cms.SignerIdentifier("issuer_and_serial_number", {"issuer": entity.asn1.issuer, "serial_number": entity.asn1.serial_number}))
    info = cms.SignerInfo({
        "version": version or ("v3" if key_identifier else "v1"), "sid": sid, "digest_algorithm": {"algorithm": digest_name(digest)},
        "signed_attrs": signed, "signature_algorithm": entity.algorithm(digest), "signature": value})
    if unsigned:
        info["unsigned_attrs"] = cms.CMSAttributes([make(value) for make in unsigned])
    return info


def signed_data(infos, certificates, content, kind="data", digest="sha256"):
    version = "v3" if kind != "data" or any(info["version"].native == "v3" for info in infos) else "v1"
    string = core.OctetString if version == "v1" else core.ParsableOctetString  # so are asn1crypto's types
    inner = {"content_type": kind, "content": string(content)}
    return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData({
        "version": version, "digest_algorithms": [{"algorithm": digest_name(digest)}], "encap_content_info": inner,
        "certificates": [asn1.Certificate.load(entity.der) for entity in certificates], "signer_infos": infos})})


def time_stamp(tsa, over, when, wrong=False, kind="signature_time_stamp_token", certificates=None, **options):
    """A token over these octets, as an attribute; options: of its signer_info()."""
    imprint = hashlib.sha256(over + (b"x" if wrong else b"")).digest()
    info = tsp.TSTInfo({"version": "v1", "policy": "1.2.3.4.1", "serial_number": 7,
                        "message_imprint": {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": imprint},
                        "gen_time": when.replace(tzinfo=datetime.timezone.utc)}).dump()
    token = signed_data([signer_info(tsa, info, kind="tst_info", signing_time=False, **options)],
                        [tsa, tsa.issuer] if certificates is None else certificates, info, kind="tst_info")
    return attribute(kind, token)


def make_signature(entity, chain, content=DOCUMENT, others=(), **options):
    infos = [signer_info(entity, content, **options)] + [signer_info(other, content) for other in others]
    return signed_data(infos, [entity, *others, *chain], DOCUMENT, digest=options.get("digest", "sha256")).dump()


# --- older forms: what time-stamps of ETSI TS 101 733, 6.3 and 6.4, are over ---------------------------------------

def with_unsigned(signature, make):
    """The signature with one more unsigned attribute: what make() returns for the SignedData and its signer."""
    content = cms.ContentInfo.load(signature)
    info = content["content"]["signer_infos"][0]
    attributes = list(info["unsigned_attrs"]) + [make(content["content"], info)]
    info["unsigned_attrs"] = cms.CMSAttributes(attributes)
    return content.dump(force=True)


def with_references(signature, certificate):
    """complete-certificate-references to the issuer and empty complete-revocation-references."""
    identifier = core.OctetString(hashlib.sha1(certificate).digest()).dump()
    other = core.Any.load(b"\x30" + bytes([len(identifier)]) + identifier)
    for kind, value in (("1.2.840.113549.1.9.16.2.21", b"\x30" + bytes([len(other.dump())]) + other.dump()),
                        ("1.2.840.113549.1.9.16.2.22", b"\x30\x00")):
        signature = with_unsigned(signature, lambda data, info: attribute(kind, core.Any.load(value)))
    return signature


def archive_v2(tsa, when, bare=False, wrong=False):
    def make(data, info):
        unsigned = info["unsigned_attrs"].dump()
        over = data["encap_content_info"].dump() + data["certificates"].dump()
        over += b"".join(info[name].dump() for name in ("version", "sid", "digest_algorithm", "signed_attrs", "signature_algorithm",
                                                        "signature"))
        over += info["unsigned_attrs"].contents if bare else unsigned
        return time_stamp(tsa, over, when, wrong=wrong, kind="1.2.840.113549.1.9.16.2.48")
    return make


def over_references(tsa, when, complete, wrong=False):
    def make(data, info):
        over = info["signature"].native if complete else b""
        for kind in ("14", "21", "22")[0 if complete else 1:]:
            over += b"".join(one.contents for one in info["unsigned_attrs"] if one["type"].dotted == "1.2.840.113549.1.9.16.2." + kind)
        return time_stamp(tsa, over, when, wrong=wrong, kind="1.2.840.113549.1.9.16.2." + ("25" if complete else "26"))
    return make


def to_indefinite(der):
    """The outermost length is not written."""
    assert der[1] == 0x82
    return b"\x30\x80" + der[4:] + b"\0\0"


# --- the set ---------------------------------------------------------------------------------------------------------

class World:
    def __init__(self):
        self.root = Entity("Root", ca=True)
        self.issuing = Entity("Issuing", self.root, ca=True, path_length=0)
        self.tsa = Entity("TSA", self.issuing, usage={**SIGN, "digital_signature": True, "content_commitment": False},
                          extensions=[(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True)])
        self.authorities = [self.root, self.issuing]
        self.files = {}
        self.signer = self.person()

    def person(self, issuer=None, name="Sari", **options):
        return Entity(name, issuer or self.issuing, **options)

    def authority(self, name, issuer=None, **options):
        made = Entity(name, issuer or self.root, ca=True, **options)
        self.authorities.append(made)
        return made

    def add(self, name, outcome, sub, level, signature):
        self.files[name] = (signature, outcome, sub, level)

    def signed(self, name, outcome, sub, level, entity=None, chain=None, **options):
        entity = entity or self.signer
        self.add(name, outcome, sub, level, make_signature(entity, chain if chain is not None else [entity.issuer], **options))

    def stamp(self, when=NOW - DAY, **options):
        return lambda value: time_stamp(self.tsa, value, when, **options)


def add_signatures(world):
    world.signed("good", PASSED, "", "B-B")
    world.signed("wrong-message-digest", FAILED, "HASH_FAILURE", "B-B", wrong_digest=True)
    world.signed("wrong-value", FAILED, "SIG_CRYPTO_FAILURE", "B-B", damaged=True)
    world.signed("wrong-ess-hash", UNCLEAR, "NO_SIGNING_CERTIFICATE_FOUND", "CAdES", wrong_ess=True)
    twin = world.person(key=world.signer.key, name="Budi", number=world.signer.certificate.serial_number)
    world.signed("swapped-certificate", UNCLEAR, "NO_SIGNING_CERTIFICATE_FOUND", "CAdES", entity=twin, bound=world.signer)
    world.signed("no-signing-time", PASSED, "", "CAdES-BES", signing_time=False)
    world.signed("key-identifier", PASSED, "", "B-B", key_identifier=True)
    world.signed("key-identifier-v1", PASSED, "", "B-B", key_identifier=True, version="v1")
    world.add("ber", PASSED, "", "B-B", to_indefinite(make_signature(world.signer, [world.issuing])))
    world.signed("two-signers", PASSED, "", "B-B", others=[world.person(name="Budi")])
    world.signed("sha512", PASSED, "", "B-B", digest="sha512")
    world.signed("sha1", UNCLEAR, "CRYPTO_CONSTRAINTS_FAILURE_NO_POE", "B-B", digest="sha1")
    world.signed("rsa1024", UNCLEAR, "CRYPTO_CONSTRAINTS_FAILURE_NO_POE", "B-B",
                 world.person(key=rsa.generate_private_key(65537, 1024)))
    world.signed("rsa-sha3", PASSED, "", "B-B", world.person(key=rsa.generate_private_key(65537, 2048)), digest="sha3_256")
    world.signed("brainpool", PASSED, "", "B-B", world.person(key=ec.generate_private_key(ec.BrainpoolP256R1())))
    world.signed("ed25519", PASSED, "", "B-B", world.person(key=ed25519.Ed25519PrivateKey.generate()), digest="sha512")


def add_chains(world):
    world.signed("expired", UNCLEAR, "OUT_OF_BOUNDS_NO_POE", "B-B", world.person(end=-2))
    world.signed("not-yet-valid", UNCLEAR, "OUT_OF_BOUNDS_NO_POE", "B-B", world.person(start=2))
    old = world.authority("Old", end=-2)
    world.signed("expired-ca", UNCLEAR, "OUT_OF_BOUNDS_NO_POE", "B-B", world.person(old))
    world.signed("no-ca", UNCLEAR, "NO_CERTIFICATE_CHAIN_FOUND", "B-B", chain=[])
    stranger = Entity("Stranger", ca=True)
    world.signed("stranger", UNCLEAR, "NO_CERTIFICATE_CHAIN_FOUND", "B-B", Entity("Orang", stranger))
    world.signed("key-usage", UNCLEAR, "CHAIN_CONSTRAINTS_FAILURE", "B-B",
                 world.person(usage={**SIGN, "content_commitment": False, "key_encipherment": True}))
    world.signed("critical-extension", UNCLEAR, "CHAIN_CONSTRAINTS_FAILURE", "B-B", world.person(extensions=[
        (x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4.5"), b"\x05\x00"), True)]))
    below = world.authority("Below", world.issuing)
    world.signed("path-length", UNCLEAR, "CHAIN_CONSTRAINTS_FAILURE", "B-B", world.person(below), chain=[below, world.issuing])
    other = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "XX")])
    narrow = world.authority("Narrow", extensions=[(x509.NameConstraints([x509.DirectoryName(other)], None), True)])
    world.signed("name-constraints", UNCLEAR, "CHAIN_CONSTRAINTS_FAILURE", "B-B", world.person(narrow))
    no_sign = world.authority("NoSign", usage={**CERTIFY, "key_cert_sign": False})
    world.signed("ca-key-usage", UNCLEAR, "CHAIN_CONSTRAINTS_FAILURE", "B-B", world.person(no_sign))
    person = world.person()
    world.signed("person-as-ca", UNCLEAR, "CHAIN_CONSTRAINTS_FAILURE", "B-B", Entity("Anak", person), chain=[person, world.issuing])


def add_revocation(world):
    revoked, late = world.person(), world.person()
    world.issuing.revoked += [(revoked, NOW - 5 * DAY), (late, NOW - DAY / 2)]
    gone = world.authority("Gone")
    world.root.revoked.append((gone, NOW - 5 * DAY))
    silent = Entity("Silent", world.root, ca=True)  # issues no list
    world.signed("revoked", UNCLEAR, "REVOKED_NO_POE", "B-B", revoked)
    world.signed("revoked-ca", UNCLEAR, "REVOKED_CA_NO_POE", "B-B", world.person(gone))
    world.signed("unknown-revocation", UNCLEAR, "TRY_LATER", "B-B", world.person(silent))
    world.signed("revoked-before-stamp", UNCLEAR, "REVOKED_NO_POE", "B-T", revoked, unsigned=[world.stamp()])
    world.signed("revoked-after-stamp", PASSED, "", "B-T", late, unsigned=[world.stamp()])


def add_stamps(world):
    world.signed("stamp", PASSED, "", "B-T", unsigned=[world.stamp()])
    world.signed("stamp-wrong-imprint", UNCLEAR, "SIG_CONSTRAINTS_FAILURE", "B-B", unsigned=[world.stamp(wrong=True)])
    world.signed("stamp-of-another", UNCLEAR, "SIG_CONSTRAINTS_FAILURE", "B-B",
                 unsigned=[lambda value: time_stamp(world.tsa, b"another signature", NOW - DAY)])
    world.signed("stamp-before-certificate", FAILED, "NOT_YET_VALID", "B-T", world.person(start=-1), unsigned=[
        world.stamp(NOW - 3 * DAY)])
    for name, options in (("content", {"wrong_digest": True}), ("value", {"damaged": True}), ("reference", {"wrong_ess": True}),
                          ("no-reference", {"unbound": True}), ("no-certificate", {"certificates": [world.issuing]})):
        world.signed("stamp-broken-" + name, UNCLEAR, "SIG_CONSTRAINTS_FAILURE", "B-B", unsigned=[world.stamp(**options)])
    world.signed("stamp-of-no-authority", PASSED, "", "B-T", unsigned=[
        lambda value: time_stamp(world.person(), value, NOW - DAY)])
    stranger = Entity("Stranger", ca=True)
    tsa = Entity("Penera", stranger, usage={**SIGN, "digital_signature": True, "content_commitment": False},
                 extensions=[(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True)])
    world.signed("stamp-of-stranger", PASSED, "", "B-T", unsigned=[lambda value: time_stamp(tsa, value, NOW - DAY)])


def add_older_forms(world):
    stamped = make_signature(world.signer, [world.issuing], unsigned=[world.stamp(NOW - 2 * DAY)])
    later = NOW - DAY
    archived = with_unsigned(stamped, archive_v2(world.tsa, later))
    world.add("archive-v2", PASSED, "", "CAdES-A", archived)
    world.add("archive-v2-twice", PASSED, "", "CAdES-A", with_unsigned(archived, archive_v2(world.tsa, NOW - DAY / 2)))
    world.add("archive-v2-bare", PASSED, "", "CAdES-A", with_unsigned(stamped, archive_v2(world.tsa, later, bare=True)))
    world.add("archive-v2-wrong", UNCLEAR, "SIG_CONSTRAINTS_FAILURE", "CAdES-A",
              with_unsigned(stamped, archive_v2(world.tsa, later, wrong=True)))
    referring = with_references(stamped, world.issuing.der)
    for name, complete in (("complete", True), ("references", False)):
        world.add(f"over-{name}", PASSED, "", "CAdES-X", with_unsigned(referring, over_references(world.tsa, later, complete)))
        world.add(f"over-{name}-wrong", UNCLEAR, "SIG_CONSTRAINTS_FAILURE", "CAdES-X",
                  with_unsigned(referring, over_references(world.tsa, later, complete, wrong=True)))


def write(world, folder):
    for name in ("signed", "crls"):
        os.makedirs(os.path.join(folder, name))
    with open(os.path.join(folder, "root.der"), "wb") as file:
        file.write(world.root.der)
    for authority in world.authorities:
        with open(os.path.join(folder, "crls", authority.name.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value + ".crl"), "wb") as file:
            file.write(authority.list())
    with open(os.path.join(folder, "expected.tsv"), "w") as table:
        for name, (signature, outcome, sub, level) in sorted(world.files.items()):
            table.write("\t".join((name + ".p7m", outcome, sub, level)) + "\n")
            with open(os.path.join(folder, "signed", name + ".p7m"), "wb") as file:
                file.write(signature)


def main():
    world = World()
    for add in (add_signatures, add_chains, add_revocation, add_stamps, add_older_forms):
        add(world)
    write(world, sys.argv[1])


if __name__ == "__main__":
    main()
