"""The way from a certificate up to a root that the reader trusts (RFC 5280), and what stands in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from assay.attest.keys import issued

LONGEST = 8
"""Certificates of a way, the first and the root included."""
_MOST_TRIED = 500
"""Signatures that are checked for it: a signature may carry certificates made to lead nowhere in many ways."""


def ways(
    certificate: x509.Certificate, carried: Sequence[x509.Certificate], roots: Sequence[x509.Certificate]
) -> Iterator[tuple[x509.Certificate, ...]]:
    """Each way from the certificate (first) to a root (last) on which every signature holds."""
    tried = 0
    begun: list[tuple[x509.Certificate, ...]] = [(certificate,)]
    while begun:
        way = begun.pop()
        if way[-1] in roots and len(way) > 1:
            yield way
            continue
        if len(way) == LONGEST:
            continue
        for one in (*carried, *roots):  # what is added last is looked at first: a root ends the way
            if one in way or one.subject != way[-1].issuer:
                continue
            tried += 1
            if tried > _MOST_TRIED:
                return
            if issued(way[-1], one):
                begun.append((*way, one))


def fault(way: Sequence[x509.Certificate], time: datetime) -> str | None:
    """Why the way does not hold at that time (RFC 5280, section 6.1, without revocation); None where it does."""
    from asn1crypto import x509 as asn1_x509
    from pyhanko_certvalidator.authority import CertTrustAnchor, derive_quals_from_cert
    from pyhanko_certvalidator.context import ValidationContext
    from pyhanko_certvalidator.errors import PathValidationError
    from pyhanko_certvalidator.path import ValidationPath
    from pyhanko_certvalidator.policy_decl import NO_REVOCATION, CertRevTrustPolicy, PKIXValidationParams
    from pyhanko_certvalidator.validate import async_validate_path

    try:
        leaf, *above = (asn1_x509.Certificate.load(one.public_bytes(Encoding.DER)) for one in way)
        root = above.pop()
        said = derive_quals_from_cert(root)
        if said.standard_parameters is not None:  # of the root its names count; its policies are those of nobody else
            names = said.standard_parameters
            said = replace(
                said,
                standard_parameters=PKIXValidationParams(
                    initial_permitted_subtrees=names.initial_permitted_subtrees,
                    initial_excluded_subtrees=names.initial_excluded_subtrees,
                ),
            )
        context = ValidationContext(
            trust_roots=[root],
            moment=time,
            allow_fetching=False,
            revinfo_policy=CertRevTrustPolicy(NO_REVOCATION),
        )
        # Nothing is fetched, so it runs to its end at once, also where the caller has an event loop of its own.
        async_validate_path(context, ValidationPath(CertTrustAnchor(root, said), above[::-1], leaf)).send(None)
    except StopIteration:
        return None
    except PathValidationError as error:
        return _plain(str(error))
    except Exception as error:  # noqa: BLE001  asn1crypto parses as it is read and raises whatever the bytes provoke
        return f"a certificate of it cannot be read ({type(error).__name__})"
    raise AssertionError("a validation without network does not wait")


def _plain(sentence: str) -> str:
    """A sentence of the library as a clause of one line."""
    told = " ".join(sentence.split()).removeprefix("The path could not be validated because ").rstrip(".")
    return told[:300]


def readable(certificate: x509.Certificate) -> bool:
    """Whether all of it that is asked for can be decoded, which happens only as it is asked for."""
    try:
        certificate.public_key(), certificate.extensions, certificate.subject, certificate.issuer
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension):
        return False
    return True


E = TypeVar("E", bound=x509.ExtensionType)


def extension(extensions: x509.Extensions, kind: type[E]) -> E | None:
    """The extension of that kind, or None."""
    try:
        return extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
