"""Reading a trust file and the files it names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID

from assay.attest.paths import UnusablePath, read_below
from assay.attest.trust.material import (
    LARGEST_REVOCATION,
    LARGEST_ROOTS,
    UnusableContent,
    authorities,
    revocations,
)
from assay.errors import AssayError, PolicyError
from assay.record.signature import Meaning
from assay.record.trust import A_SUBJECT, Trust
from assay.source import Loc, Source, in_order, raise_all, read_model, read_source
from assay.verdict.people import folded

_NAMES = {
    "E": NameOID.EMAIL_ADDRESS,
    "emailAddress": NameOID.EMAIL_ADDRESS,
    "GN": NameOID.GIVEN_NAME,
    "SN": NameOID.SURNAME,
    "serialNumber": NameOID.SERIAL_NUMBER,
    "title": NameOID.TITLE,
    "organizationIdentifier": NameOID.ORGANIZATION_IDENTIFIER,
}
"""Parts of a name which openssl writes so, and RFC 4514 leaves to numbers."""
_SUBJECT_HINT = (
    f"For example `{A_SUBJECT}`: no blanks after commas, the name first. "
    "`openssl x509 -in CERT.pem -noout -subject -nameopt RFC2253` prints it."
)


@dataclass(frozen=True)
class LoadedTrust:
    """A trust file with everything it names."""

    trust: Trust
    roots: tuple[x509.Certificate, ...] = ()
    timestamp_roots: tuple[x509.Certificate, ...] = ()
    lists: tuple[x509.CertificateRevocationList, ...] = ()
    answers: tuple[ocsp.OCSPResponse, ...] = ()
    subjects: Mapping[str, x509.Name] = field(default_factory=dict)
    """Id of a person → the subject of their certificates."""
    digest: str = ""
    """`sha256:…` of the trust file's bytes."""
    checks_revocation: bool = False
    """Whether every certificate has to be found in good standing: the trust file gives a list or an answer."""

    def with_carried(
        self, lists: Iterable[x509.CertificateRevocationList], answers: Iterable[ocsp.OCSPResponse]
    ) -> LoadedTrust:
        """Count also what a signature carries. It demands nothing: whoever made the file chose what it carries."""
        return replace(self, lists=(*self.lists, *lists), answers=(*self.answers, *answers))

    def people_of(self, certificate: x509.Certificate, *, pinned: bool) -> tuple[str, ...]:
        """Ids of the people whose certificate it is: by its digest, or by its subject."""
        if not pinned:
            return tuple(one for one, subject in self.subjects.items() if subject == certificate.subject)
        own = "sha256:" + certificate.fingerprint(hashes.SHA256()).hex()
        return tuple(person.id for person in self.trust.people if own in person.certificates)

    def may_mean(self, person: str | None, meaning: Meaning) -> bool:
        """Whether their signature may mean that."""
        said = [one.meanings for one in self.trust.people if one.id == person]
        return all(meanings is None or meaning in meanings for meanings in said)


def load_trust(path: Path) -> LoadedTrust:
    """Load a trust file and the files it names. Raises PolicyError, or Problems with all of them."""
    return read_trust(read_source(path, error=PolicyError), path.parent)


def read_trust(source: Source, folder: Path) -> LoadedTrust:
    """Make a trust file of its text; the files it names lie below `folder`."""
    trust = read_model(source, Trust, error=PolicyError)
    reading = _Reading(source, folder)
    roots = reading.all("roots", trust.roots, authorities, LARGEST_ROOTS)
    timestamp_roots = reading.all("timestamp_roots", trust.timestamp_roots, authorities, LARGEST_ROOTS)
    revocation = reading.all("revocation", trust.revocation, revocations, LARGEST_REVOCATION)
    subjects = reading.subjects(trust)
    reading.judge(trust)
    raise_all(in_order(reading.problems), source)
    return LoadedTrust(
        trust=trust,
        roots=tuple(dict.fromkeys(roots)),
        timestamp_roots=tuple(dict.fromkeys(timestamp_roots)),
        lists=tuple(one for one in revocation if isinstance(one, x509.CertificateRevocationList)),
        answers=tuple(one for one in revocation if isinstance(one, ocsp.OCSPResponse)),
        subjects=subjects,
        digest="sha256:" + sha256(source.data).hexdigest(),
        checks_revocation=bool(revocation),
    )


T = TypeVar("T")


class _Reading:
    """The problems of one trust file, each at its place."""

    def __init__(self, source: Source, folder: Path) -> None:
        self.source, self.folder = source, folder
        self.problems: list[AssayError] = []

    def tell(self, what: str, at: Loc, hint: str = "") -> None:
        self.problems.append(PolicyError(what, where=self.source.place(at), hint=hint))

    def all(self, key: str, names: tuple[str, ...], read: Callable[[bytes], list[T]], at_most: int) -> list[T]:
        """What the files of a list hold."""
        found: list[T] = []
        for index, name in enumerate(names):
            try:
                found += read(read_below(self.folder, name, at_most=at_most))
            except UnusablePath as error:
                hint = "The files of a trust file lie beside it or below its folder; copy it there."
                self.tell(f"`{name}` {error}", (key, index), hint)
            except UnusableContent as error:
                self.tell(f"`{name}` {error}", (key, index), error.hint)
        return found

    def subjects(self, trust: Trust) -> dict[str, x509.Name]:
        """Subjects as names, which compare by their parts."""
        found: dict[str, x509.Name] = {}
        owners: dict[x509.Name, str] = {}
        for index, person in enumerate(trust.people):
            if person.subject is None:
                continue
            at: Loc = ("people", index, "subject")
            try:
                name = x509.Name.from_rfc4514_string(person.subject, _NAMES)
            except (ValueError, KeyError):
                name = None
            if not name:
                self.tell("`subject` is no name as RFC 4514 writes it", at, _SUBJECT_HINT)
                continue
            if name in owners:
                self.tell(f"this subject is that of {owners[name]} too", at, "A certificate belongs to one person.")
            owners.setdefault(name, person.id)
            found[person.id] = name
        return found

    def judge(self, trust: Trust) -> None:
        """What is visible without any certificate: nobody is there twice, nothing is asked that cannot be."""
        ids: dict[str, str] = {}
        owners: dict[str, str] = {}
        for index, person in enumerate(trust.people):
            if folded(person.id) in ids:
                self.tell(f"the person `{person.id}` is there twice", ("people", index, "id"), "Give all of it once.")
            ids.setdefault(folded(person.id), person.id)
            for number, certificate in enumerate(person.certificates):
                if certificate in owners:
                    what = f"this certificate is that of {owners[certificate]} too"
                    hint = "A certificate belongs to one person, and stands there once."
                    self.tell(what, ("people", index, "certificates", number), hint)
                owners.setdefault(certificate, person.id)
            if person.subject is not None and not trust.roots:
                hint = "Anybody can make a certificate with a name; give `roots`, or name the certificate itself."
                self.tell("a subject counts only below `roots`, and there are none", ("people", index, "subject"), hint)
        if trust.bundle.timestamp and not trust.timestamp_roots:
            hint = "Name the PEM file of the authority above the timestamps in `timestamp_roots`."
            self.tell("no timestamp can be trusted: there are no `timestamp_roots`", ("bundle", "timestamp"), hint)
