"""OpenSSF model signatures: a sigstore bundle with an in-toto statement that lists every file of a model.

Checked offline, with a public key or a pinned certificate. A signature of sigstore without a key (a short-lived
certificate and an entry in a public log) can only be checked with services on the network, and is not.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, TypeVar

from assay.errors import AssayError
from assay.record.artefact import ModelSignature, SignatureState
from assay.subject.paths import files_below, hash_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

LARGEST_SIGNATURE, LARGEST_KEY = 32 << 20, 1 << 16
BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
PAYLOAD = "application/vnd.in-toto+json"
STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://model_signing/signature/v1.0"
MOST_NAMED = 3

T = TypeVar("T")


@dataclass(frozen=True)
class Checked:
    """What came of checking a signature."""

    state: SignatureState
    told: str
    """By whom, or why not."""


class Fault(Exception):
    """Why a signature does not hold."""


def check_signature(model: Path, asked: ModelSignature, inside: Callable[[str], Path]) -> Checked:
    """Whether the signature is that of the signer named in the manifest, over exactly the files that are there.

    `inside` gives the file of a path of the manifest. Never raises for what the files hold.
    """
    try:
        return _checked(model, asked, inside)
    except Fault as fault:
        return Checked("does not hold", str(fault))
    except AssayError as error:
        return Checked("does not hold", error.what)
    except OSError as error:
        return Checked("does not hold", f"a file cannot be read: {error.strerror or 'unknown error'}")


def _checked(model: Path, asked: ModelSignature, inside: Callable[[str], Path]) -> Checked:
    bundle = _json(_read(inside(asked.path), LARGEST_SIGNATURE), asked.path)
    if _get(bundle, "mediaType", str) != BUNDLE:
        raise Fault(f"{asked.path} is no sigstore bundle of version 0.3")
    material = _get(bundle, "verificationMaterial", dict)
    keyless = "certificate" in material or bool(material.get("tlogEntries"))
    if asked.public_key is None and asked.certificate is None:
        why = "made with sigstore without a key: checking it needs the online services"
        return Checked("not verified", why if keyless else "the manifest names neither `public_key` nor `certificate`")
    if keyless:
        raise Fault("it is made without a key, and the manifest names one")
    key, told = _signer(material, asked, inside)
    statement = _json(_signed(_get(bundle, "dsseEnvelope", dict), key), "its statement")
    _compare(model, statement, inside(asked.path))
    return Checked("holds", told)


def _read(path: Path, at_most: int) -> bytes:
    if not path.is_file():
        raise Fault(f"{path.name} is not there")
    with path.open("rb") as file:
        data = file.read(at_most + 1)
    if len(data) > at_most:
        raise Fault(f"{path.name} is larger than {at_most} bytes")
    return data


def _json(data: bytes, name: str) -> Mapping[str, Any]:
    try:
        tree = json.loads(data)
    except (ValueError, RecursionError):
        raise Fault(f"{name} is not JSON") from None
    if not isinstance(tree, dict):
        raise Fault(f"{name} is not a JSON object")
    return tree


def _get(tree: Mapping[str, Any], key: str, kind: type[T]) -> T:
    value = tree.get(key)
    if not isinstance(value, kind):
        raise Fault(f"it has no {key}")
    return value


def _only(tree: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The one object in a list."""
    several = _get(tree, key, list)
    if len(several) != 1 or not isinstance(several[0], dict):
        raise Fault(f"it has not exactly one of {key}")
    return several[0]


def _bytes(tree: Mapping[str, Any], key: str) -> bytes:
    try:
        return b64decode(_get(tree, key, str), validate=True)
    except ValueError:
        raise Fault(f"its {key} is not base64") from None


def _signer(
    material: Mapping[str, Any], asked: ModelSignature, inside: Callable[[str], Path]
) -> tuple[EllipticCurvePublicKey, str]:
    """The key that the manifest names, and whose it is in words."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509 import load_der_x509_certificate

    try:
        if asked.public_key is not None:
            if "publicKey" not in material:
                raise Fault("it is made with a certificate, and the manifest names a public key")
            found = serialization.load_pem_public_key(_read(inside(asked.public_key), LARGEST_KEY))
        else:
            der = _certificate(material)
            fingerprint = "sha256:" + sha256(der).hexdigest()
            if fingerprint != asked.certificate:
                raise Fault(f"it is made with the certificate {fingerprint}, not with the one that the manifest names")
            found = load_der_x509_certificate(der).public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        of = asked.public_key or "the certificate"
        raise Fault(f"{of} holds no public key that can be read") from error
    if not isinstance(found, ec.EllipticCurvePublicKey) or found.curve.key_size not in (256, 384, 521):
        raise Fault("the key is not on an elliptic curve, as model signatures ask for")
    if asked.certificate is not None:
        return found, f"certificate {asked.certificate}"
    encoding, form = serialization.Encoding, serialization.PublicFormat.SubjectPublicKeyInfo
    hint = _get(material, "publicKey", dict).get("hint")
    if hint and hint != sha256(found.public_bytes(encoding.PEM, form)).hexdigest():
        raise Fault("it is made with another key")
    return found, f"key sha256:{sha256(found.public_bytes(encoding.DER, form)).hexdigest()}"


def _certificate(material: Mapping[str, Any]) -> bytes:
    if "x509CertificateChain" not in material:
        raise Fault("it is made with a key, and the manifest names a certificate")
    chain = _get(_get(material, "x509CertificateChain", dict), "certificates", list)
    if not chain or not isinstance(chain[0], dict):
        raise Fault("it holds no certificate")
    return _bytes(chain[0], "rawBytes")


def _signed(envelope: Mapping[str, Any], key: EllipticCurvePublicKey) -> bytes:
    """The bytes that were signed (DSSE)."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    payload, signature = _bytes(envelope, "payload"), _bytes(_only(envelope, "signatures"), "sig")
    if _get(envelope, "payloadType", str) != PAYLOAD:
        raise Fault("it signs something else than an in-toto statement")
    hashed = {256: hashes.SHA256(), 384: hashes.SHA384(), 521: hashes.SHA512()}[key.curve.key_size]
    encoded = f"DSSEv1 {len(PAYLOAD)} {PAYLOAD} {len(payload)} ".encode() + payload
    try:
        key.verify(signature, encoded, ec.ECDSA(hashed))
    except InvalidSignature:
        raise Fault("it was changed, or is made with another key") from None
    return payload


def _compare(model: Path, statement: Mapping[str, Any], own: Path) -> None:
    """The statement lists every file of the model as it is, and no other."""
    if statement.get("_type") != STATEMENT or statement.get("predicateType") != PREDICATE:
        raise Fault("its statement is not about a model")
    predicate = _get(statement, "predicate", dict)
    serialization = _get(predicate, "serialization", dict)
    if (serialization.get("method"), serialization.get("hash_type")) != ("files", "sha256"):
        raise Fault("it does not list files by their SHA-256, and nothing else is read")
    listed = dict(_listed(predicate))
    whole = sha256(b"".join(bytes.fromhex(digest) for digest in listed.values())).hexdigest()
    if _get(_only(statement, "subject"), "digest", dict).get("sha256") != whole:
        raise Fault("its statement contradicts itself")
    if faults := [*_differences(listed, _there(model, serialization, own))]:
        raise Fault("; ".join(faults))


def _listed(predicate: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    resources = _get(predicate, "resources", list)
    seen = set()
    for one in resources:
        if not isinstance(one, dict) or _get(one, "algorithm", str) != "sha256":
            raise Fault("it does not list files by their SHA-256, and nothing else is read")
        name, digest = _get(one, "name", str), _get(one, "digest", str)
        if name in seen or len(digest) != 64 or set(digest) - set("0123456789abcdef"):
            raise Fault("its list of files is not one")
        seen.add(name)
        yield name, digest
    if not seen:
        raise Fault("it lists no file")


def _there(model: Path, serialization: Mapping[str, Any], own: Path) -> dict[str, str]:
    """The files of the model but those that the signer left out, and the signature itself."""
    if model.is_file():
        return {".": hash_of(model)}
    if not model.is_dir():
        raise Fault("there is nothing of that name")
    ignored = serialization.get("ignore_paths")
    named = ignored if isinstance(ignored, list) else []
    left_out = {str(PurePosixPath(path)) for path in named if isinstance(path, str)}
    if own.is_relative_to(model):
        left_out.add(own.relative_to(model).as_posix())
    return {name: hash_of(model / name) for name in files_below(model, left_out=left_out)}


def _differences(listed: Mapping[str, str], there: Mapping[str, str]) -> Iterator[str]:
    both = [name for name in listed if name in there]
    for what, names in (
        ("changed", [name for name in both if listed[name] != there[name]]),
        ("missing", [name for name in listed if name not in there]),
        ("not signed", [name for name in there if name not in listed]),
    ):
        if names:
            shown = ", ".join(name[:100] for name in sorted(names)[:MOST_NAMED])
            yield f"{what}: {shown}" + (f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else "")
