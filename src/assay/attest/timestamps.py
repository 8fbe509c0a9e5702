"""Timestamps (RFC 3161): asking an authority for one, and reading one strictly.

A timestamp says that somebody's clock saw these bytes at a time. Whether to believe that clock is a question of trust,
which is not asked here.
"""

from __future__ import annotations

import hashlib
import secrets
import time
import urllib.error
import urllib.parse
import urllib.request
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from asn1crypto import algos, cms, core, tsp
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from assay.attest.keys import chain_of
from assay.errors import SignatureError

LARGEST_TOKEN = 1_000_000
_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
_HINT = "check the address given with --tsa; without it the signature carries no timestamp"


class BrokenTimestamp(ValueError):
    """A timestamp that does not hold; the text says why."""


class Authority(Protocol):
    """Somebody who puts a time to bytes."""

    def token(self, content: bytes) -> bytes:
        """Give a token over the content: a DER TimeStampToken with the authority's certificate inside."""
        ...


@dataclass(frozen=True)
class Timestamp:
    """A timestamp that holds over its content. Says nothing about trust."""

    time: datetime
    """By the authority's clock, in UTC."""
    certificate: x509.Certificate
    """The authority's."""
    chain: tuple[x509.Certificate, ...]
    """The certificates above it that the token carries, nearest first."""
    policy: str
    """Object identifier of the policy it was made under."""
    serial: int
    """The authority's number for it."""


@dataclass(frozen=True)
class HttpAuthority:
    """A timestamp authority reached by HTTP. Only the address that the user named is ever asked."""

    url: str
    seconds: float = 30
    """How long an answer may take, from the question to its last byte."""

    def __post_init__(self) -> None:
        address = urllib.parse.urlsplit(self.url)
        if address.scheme not in ("http", "https") or not address.hostname:
            raise SignatureError("a timestamp authority has an http or https address", where=self.url, hint=_HINT)

    def token(self, content: bytes) -> bytes:
        """Ask for a token over the content, by its SHA-256. Raises SignatureError where no good answer comes."""
        nonce = secrets.randbits(63)
        response = _granted(self._ask(_request(content, nonce)), self.url)
        token: bytes = response["time_stamp_token"].dump()
        try:
            read_timestamp(token, content)
            got = _information(_signed_data(token))["nonce"].native
        except BrokenTimestamp as error:
            raise self._refused(f"the timestamp it gave does not hold: {error}") from error
        if got != nonce:
            raise self._refused("it answered another question than the one asked (the nonce differs)")
        return token

    def _ask(self, question: bytes) -> bytes:
        kind = "application/timestamp-query"
        request = urllib.request.Request(  # noqa: S310 - only http and https pass __post_init__
            self.url, question, {"Content-Type": kind, "Accept": "application/timestamp-reply"}
        )
        try:
            with _opener().open(request, timeout=self.seconds) as answer:
                if answer.headers.get_content_type() != "application/timestamp-reply":
                    raise self._refused(f"it answers with {answer.headers.get_content_type()}, not with a timestamp")
                return self._body(answer)
        except urllib.error.HTTPError as error:
            error.close()
            moved = " (a redirect, which is not followed: name the final address)" if error.code // 100 == 3 else ""
            raise self._refused(f"it answers with status {error.code}{moved}") from error
        except (OSError, ValueError) as error:
            raise self._refused(f"it cannot be reached: {getattr(error, 'reason', None) or error}") from error

    def _body(self, answer: Any) -> bytes:
        """Read to the end, but neither more than fits a token nor longer than the time allowed."""
        end = time.monotonic() + self.seconds
        body = b""
        while part := answer.read1(65536):
            body += part
            if len(body) > LARGEST_TOKEN:
                raise self._refused(f"its answer is larger than {LARGEST_TOKEN} bytes")
            if time.monotonic() > end:
                raise self._refused(f"its answer takes more than {self.seconds:g} seconds")
        return body

    def _refused(self, what: str) -> SignatureError:
        return SignatureError(f"the timestamp authority gave no timestamp: {what}", where=self.url, hint=_HINT)


def _opener() -> urllib.request.OpenerDirector:
    """HTTP and HTTPS only, through the proxy of the environment; redirects are errors, other schemes unknown."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.HTTPDefaultErrorHandler(),
    ):
        opener.add_handler(handler)
    return opener


def _request(content: bytes, nonce: int) -> bytes:
    imprint = {
        "hash_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
        "hashed_message": hashlib.sha256(content).digest(),
    }
    question = tsp.TimeStampReq({"version": 1, "message_imprint": imprint, "nonce": nonce, "cert_req": True})
    encoded: bytes = question.dump()
    return encoded


class _Response(core.Sequence):  # type: ignore[misc]
    """TimeStampResp of RFC 3161: a refusal carries no token, which asn1crypto's own class does not know."""

    _fields = [("status", tsp.PKIStatusInfo), ("time_stamp_token", cms.ContentInfo, {"optional": True})]  # noqa: RUF012


def _granted(answer: bytes, url: str) -> Any:
    try:
        response = _Response.load(answer, strict=True)
        status = response["status"]["status"].native
        told = "; ".join(response["status"]["status_string"].native or []) or "no reason given"
        faults = ", ".join(sorted(response["status"]["fail_info"].native or []))
    except Exception as error:  # asn1crypto raises whatever the bytes provoke
        what = "the timestamp authority's answer cannot be read"
        raise SignatureError(what, where=url, hint=_HINT) from error
    if status not in ("granted", "granted_with_mods"):
        told = "".join(letter for letter in told if letter.isprintable())[:200]
        what = f"the timestamp authority refuses: {status} ({told}{', ' + faults if faults else ''})"
        raise SignatureError(what, where=url, hint=_HINT)
    return response


def read_timestamp(token: bytes, content: bytes) -> Timestamp:
    """Check a token over its content: imprint, signature, and that its signer is a timestamp authority.

    Raises BrokenTimestamp where it does not hold.
    """
    if len(token) > LARGEST_TOKEN:
        raise BrokenTimestamp("it is too large for a timestamp")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about odd certificates: they are refused below, or are not the signer's
            return _read(_signed_data(token), content)
    except BrokenTimestamp:
        raise
    except Exception as error:
        # asn1crypto parses as it is read and raises whatever the bytes provoke.
        raise BrokenTimestamp("it is not a readable timestamp") from error


def _signed_data(token: bytes) -> Any:
    info = cms.ContentInfo.load(token, strict=True)
    if info["content_type"].native != "signed_data":
        raise BrokenTimestamp("it is not a signed message")
    return info["content"]


def _information(signed_data: Any) -> Any:
    if signed_data["encap_content_info"]["content_type"].native != "tst_info":
        raise BrokenTimestamp("it is a signature over something else than a timestamp")
    return tsp.TSTInfo.load(bytes(signed_data["encap_content_info"]["content"]), strict=True)


def _read(signed_data: Any, content: bytes) -> Timestamp:
    information = _information(signed_data)
    imprint = information["message_imprint"]
    if _digest(imprint["hash_algorithm"], content) != imprint["hashed_message"].native:
        raise BrokenTimestamp("it was made for other bytes")
    if len(signed_data["signer_infos"]) != 1:
        raise BrokenTimestamp(f"it holds {len(signed_data['signer_infos'])} signers instead of one")
    signer = signed_data["signer_infos"][0]
    own, others = _certificates(signed_data, signer)
    _check_attributes(signer, bytes(signed_data["encap_content_info"]["content"]), own)
    _check_purpose(own)
    _check_value(own, signer)
    moment: datetime = information["gen_time"].native
    return Timestamp(
        time=moment.astimezone(UTC),
        certificate=own,
        chain=chain_of(own, others),
        policy=information["policy"].dotted,
        serial=information["serial_number"].native,
    )


def _digest(algorithm: Any, content: bytes) -> bytes:
    name = algorithm["algorithm"].native
    if name not in _HASHES:
        raise BrokenTimestamp(f"it uses {name}, which is too weak or not known")
    return hashlib.new(name, content).digest()


def _certificates(signed_data: Any, signer: Any) -> tuple[x509.Certificate, list[x509.Certificate]]:
    """The signer's certificate among those carried, and the others."""
    identifier = signer["sid"]
    if identifier.name != "issuer_and_serial_number":
        raise BrokenTimestamp("it does not name its signer by issuer and number")
    wanted = identifier.chosen
    found = [choice.chosen for choice in signed_data["certificates"] if choice.name == "certificate"]
    number = wanted["serial_number"].native
    own = [one for one in found if one.issuer == wanted["issuer"] and one.serial_number == number]
    if len(own) != 1:
        raise BrokenTimestamp("it does not carry the certificate of its signer")
    others = [x509.load_der_x509_certificate(one.dump()) for one in found if one is not own[0]]
    return x509.load_der_x509_certificate(own[0].dump()), others


def _check_attributes(signer: Any, information: bytes, own: x509.Certificate) -> None:
    """What is signed names the timestamp's content and the signer's certificate."""
    values = {one["type"].native: one["values"] for one in signer["signed_attrs"]}
    if len(values) != len(signer["signed_attrs"]) or any(len(value) != 1 for value in values.values()):
        raise BrokenTimestamp("it says something twice")
    if not {"content_type", "message_digest"} <= set(values) or values["content_type"][0].native != "tst_info":
        raise BrokenTimestamp("its signature does not say what it is over")
    if values["message_digest"][0].native != _digest(signer["digest_algorithm"], information):
        raise BrokenTimestamp("it was changed after it was made")
    named = False
    if "signing_certificate_v2" in values:
        first = values["signing_certificate_v2"][0]["certs"][0]
        named = first["cert_hash"].native == _digest(first["hash_algorithm"], own.public_bytes(Encoding.DER))
    elif "signing_certificate" in values:
        first = values["signing_certificate"][0]["certs"][0]
        named = first["cert_hash"].native == own.fingerprint(hashes.SHA1())  # noqa: S303 - RFC 2634 knows no other
    if not named:
        raise BrokenTimestamp("its signature does not name its signer's certificate")


def _check_purpose(own: x509.Certificate) -> None:
    """RFC 3161, 2.3: the certificate is for timestamping alone, and says so critically."""
    try:
        usage = own.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        usage = None
    if usage is None or not usage.critical or list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise BrokenTimestamp("its signer's certificate is not one for timestamping alone")


def _check_value(own: x509.Certificate, signer: Any) -> None:
    key, value = own.public_key(), signer["signature"].native
    signed = signer["signed_attrs"].untag().dump()
    algorithm = signer["signature_algorithm"]
    hashing = _HASHES.get(_hash_name(signer))
    if hashing is None:
        raise BrokenTimestamp("it was signed with an algorithm that is too weak or not known")
    try:
        if isinstance(key, rsa.RSAPublicKey) and key.key_size >= 2048:
            scheme: Any = padding.PKCS1v15()
            if algorithm.signature_algo == "rsassa_pss":
                scheme = padding.PSS(padding.MGF1(hashing()), algorithm["parameters"]["salt_length"].native)
            key.verify(value, signed, scheme, hashing())
        elif isinstance(key, ec.EllipticCurvePublicKey) and key.curve.key_size >= 256:
            key.verify(value, signed, ec.ECDSA(hashing()))
        else:
            raise BrokenTimestamp("its signer's key is too weak, or of a kind that is not known")
    except (InvalidSignature, UnsupportedAlgorithm) as error:
        raise BrokenTimestamp("its signature does not hold") from error


def _hash_name(signer: Any) -> str:
    """The digest that the signature value is over; plain `rsa` leaves it to the digest algorithm (RFC 3370)."""
    try:
        name = signer["signature_algorithm"].hash_algo
    except ValueError:
        name = signer["digest_algorithm"]["algorithm"].native
    return str(name)
