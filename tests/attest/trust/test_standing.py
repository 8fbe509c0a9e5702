"""Trust: whose certificate counts, when, and whether the signatures of a bundle are those that were demanded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier
from hypothesis import given
from hypothesis import strategies as st

from assay.attest.keys import load_signer
from assay.attest.trust.file import LoadedTrust, load_trust
from assay.attest.trust.standing import Standing, doubts, judged, standing
from assay.record.signature import FoundSignature
from assay.record.trust import Required, Trust, TrustedPerson
from attest.pki import Issued, authority, crl, ocsp_answer, part, person, timestamper

DAY = timedelta(days=1)
NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
SIGNED = datetime(2025, 6, 1, tzinfo=UTC)
"""A time that a timestamp proves."""
KEY = x509.ReasonFlags.key_compromise
HOLD = x509.ReasonFlags.certificate_hold


def names(**constraints: str) -> tuple[x509.ExtensionType, bool]:
    trees = {
        which: [x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, name)]))]
        for which, name in constraints.items()
    }
    return x509.NameConstraints(trees.get("permitted"), trees.get("excluded")), True


def usages(*oids: ObjectIdentifier) -> tuple[x509.ExtensionType, bool]:
    return x509.ExtendedKeyUsage(oids), False


ROOT = authority("Root")
HOUSE = authority("House", ROOT)
TWIN = authority("House")
"""Another authority of the same name."""
OTHER = authority("Other Root")
MARIA = person("Maria", HOUSE)
PLACED = person("Placed", HOUSE, crl_url="http://crl.invalid/house.crl")
EXPIRED = person("Expired", HOUSE, end=datetime(2026, 1, 1, tzinfo=UTC))
FUTURE = person("Future", HOUSE, start=datetime(2026, 6, 1, tzinfo=UTC))
SELF_MADE = person("Self Made", None)
NO_KEY_USAGE = person("Decipherer", HOUSE, signs=False)
SERVER = person("Server", HOUSE, extra=[usages(ExtendedKeyUsageOID.SERVER_AUTH)])
MAILER = person("Mailer", HOUSE, extra=[usages(ExtendedKeyUsageOID.EMAIL_PROTECTION)])
OLD_HOUSE = authority("Old House", ROOT, end=datetime(2026, 1, 1, tzinfo=UTC))
OLD_ROOT = authority("Old Root", end=datetime(2026, 1, 1, tzinfo=UTC))
BARE_ROOT = authority("Bare Root", path_length=0)
POLICY = x509.CertificatePolicies([x509.PolicyInformation(ObjectIdentifier("1.2.3.4"), None)])
POLICY_ROOT = authority("Policy Root", extra=[(POLICY, False)])
NAMES_ROOT = authority("Names Root", extra=[names(permitted="Somebody else")])
ELSEWHERE = authority("Elsewhere", ROOT, extra=[names(permitted="Somebody else")])
BARRED = authority("Barred", ROOT, extra=[names(excluded="Assay tests, nobody")])
STRANGE = person("Strange", HOUSE, extra=[(x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True)])

ANSWERS = person("Answers", HOUSE, extra=[usages(ExtendedKeyUsageOID.OCSP_SIGNING)])
OLD_ANSWERS = person(
    "Answers", HOUSE, end=datetime(2026, 1, 1, tzinfo=UTC), extra=[usages(ExtendedKeyUsageOID.OCSP_SIGNING)]
)
LATE = datetime(2098, 6, 1, tzinfo=UTC)
"""Answers are dated by the machine's clock: this is later than that."""
LATE_ANSWERS = person(
    "Answers", HOUSE, end=datetime(2098, 1, 1, tzinfo=UTC), extra=[usages(ExtendedKeyUsageOID.OCSP_SIGNING)]
)
MUTE = authority("Mute", ROOT, lists=False)
"""It may issue certificates, and no lists."""

STAMP_ROOT = authority("Stamp Root")
STAMPER = timestamper("Stamper", STAMP_ROOT)
OLD_STAMPER = timestamper("Old Stamper", STAMP_ROOT, end=datetime(2026, 1, 1, tzinfo=UTC))


def fresh(issuer: Issued, *revoked: tuple[Issued, datetime], at: datetime = NOW - DAY, **more: object) -> bytes:
    """A list that is current at NOW."""
    return crl(issuer, revoked, at=at, until=more.pop("until", NOW + DAY), **more)  # type: ignore[arg-type]


GOOD_LISTS = (fresh(ROOT), fresh(HOUSE))


def listing(*revoked: tuple[Issued, datetime], **more: object) -> tuple[bytes, ...]:
    """Current lists of both authorities; that of the house revokes somebody."""
    return (fresh(ROOT), fresh(HOUSE, *revoked, **more))


def trusting(
    folder: Path, *, roots: Sequence[Issued] = (), timestamp_roots: Sequence[Issued] = (), lists: Sequence[bytes] = (),
    people: Sequence[dict[str, object]] = (),
) -> LoadedTrust:  # fmt: skip
    """A trust file on disk, loaded."""
    for name, authorities in (("roots", roots), ("stamps", timestamp_roots)):
        (folder / f"{name}.pem").write_bytes(b"".join(one.pem for one in authorities))
    for number, one in enumerate(lists):
        (folder / f"{number}.crl").write_bytes(one)
    written = {
        "assay": "trust/v1",
        "roots": ["roots.pem"] if roots else [],
        "timestamp_roots": ["stamps.pem"] if timestamp_roots else [],
        "revocation": [f"{number}.crl" for number in range(len(lists))],
        "people": list(people),
    }
    (folder / "trust.yaml").write_text(yaml.safe_dump(written))
    return load_trust(folder / "trust.yaml")


@dataclass(frozen=True)
class Case:
    who: Issued
    trusted: bool
    why: str
    """Part of the sentence."""
    lists: tuple[bytes, ...] = ()
    proven: datetime | None = None
    roots: tuple[Issued, ...] = (ROOT,)
    pinned: bool = False
    openssl: str = ""
    """Why openssl says something else; empty: it agrees."""
    now: datetime = NOW
    chain: tuple[x509.Certificate, ...] | None = None


UNKNOWN = "its certificate is not known to be in good standing: "
CASES = {
    "below a root, nothing said of revocation": Case(
        MARIA, True, 'its certificate stands below "Root"; revocation not checked'
    ),
    "below a root, on no list": Case(MARIA, True, 'stands below "Root"; not revoked as of 2026-03-30', GOOD_LISTS),
    "the authority itself is the root": Case(
        MARIA, True, 'stands below "House"', roots=(HOUSE,), openssl="it wants a root that made itself"
    ),
    "without the certificate between": Case(
        MARIA, False, 'none of the `roots` stands above its certificate (issued by "House")', chain=()
    ),
    "below another root": Case(
        MARIA, False, 'none of the `roots` stands above its certificate (issued by "Root")', roots=(OTHER,)
    ),
    "below an authority of the same name": Case(MARIA, False, "none of the `roots` stands above", roots=(TWIN,)),
    "no roots at all": Case(MARIA, False, "the trust file gives no `roots`", roots=()),
    "made by the signer": Case(
        SELF_MADE, False, "its certificate is self-made, and the trust file does not name it"
    ),
    "made by the signer and named": Case(
        SELF_MADE, True, "the trust file names its certificate; revocation not checked", pinned=True, roots=(),
        openssl="it knows no certificate by its digest",
    ),
    "named, and of an unknown authority": Case(
        MARIA, True, "the trust file names its certificate", pinned=True, roots=(OTHER,),
        openssl="it knows no certificate by its digest",
    ),
    "named, and expired": Case(EXPIRED, False, "its certificate expired on 2026-01-01, and no trusted", pinned=True),
    "named, and revoked": Case(
        MARIA, False, "its certificate was revoked as of 2026-02-01", listing((MARIA, NOW - 58 * DAY)), pinned=True
    ),
    "named, revoked by a list whose signer is unknown": Case(
        MARIA, False, "was revoked as of 2026-03-01", (fresh(HOUSE, (MARIA, NOW - 30 * DAY)),), pinned=True, roots=(),
        chain=(),
    ),
    "named, on a list whose signer is unknown": Case(
        MARIA, False, UNKNOWN + "the certificate that signs its revocation list is missing", (fresh(HOUSE),),
        pinned=True, roots=(), chain=(),
    ),
    "named, and self-made, beside lists of others": Case(
        SELF_MADE, True, "names its certificate; revocation not checked", GOOD_LISTS, pinned=True, roots=(),
        openssl="it knows no certificate by its digest",
    ),
    "expired": Case(
        EXPIRED, False,
        "its certificate expired on 2026-01-01, and no trusted timestamp shows that the signature is older",
    ),
    "expired after the proven time": Case(EXPIRED, True, 'stands below "Root"', proven=SIGNED),
    "expired before the proven time": Case(
        EXPIRED, False, "expired on 2026-01-01, before the time that the timestamp proves (2026-02-01 00:00 UTC)",
        proven=datetime(2026, 2, 1, tzinfo=UTC),
    ),
    "a proof that lies after now proves nothing": Case(EXPIRED, False, "and no trusted", proven=NOW + DAY),
    "not valid yet": Case(FUTURE, False, "its certificate is valid only from 2026-06-01"),
    "below an expired authority": Case(
        person("Late", OLD_HOUSE), False, 'the certificate of "Old House" expired on 2026-01-01, and no trusted'
    ),
    "below an expired authority, proven": Case(person("Late", OLD_HOUSE), True, 'below "Root"', proven=SIGNED),
    "below an expired root": Case(
        person("Late", OLD_ROOT), False, 'the certificate of "Old Root" expired on 2026-01-01', roots=(OLD_ROOT,)
    ),
    "below an expired root, proven": Case(
        person("Late", OLD_ROOT), True, 'below "Old Root"', roots=(OLD_ROOT,), proven=SIGNED
    ),
    # The trap: the certificate does not say where a list is, and the list counts all the same.
    "revoked, without a distribution point": Case(
        MARIA, False, "its certificate was revoked as of 2026-02-01", listing((MARIA, NOW - 58 * DAY))
    ),
    "revoked, with a distribution point": Case(
        PLACED, False, "its certificate was revoked as of 2026-02-01", listing((PLACED, NOW - 58 * DAY))
    ),
    "revoked, with its reason": Case(
        MARIA, False, "was revoked as of 2026-02-01 (key compromise)", listing((MARIA, NOW - 58 * DAY), reason=KEY)
    ),
    "somebody else revoked": Case(MARIA, True, "not revoked", listing((PLACED, NOW - 58 * DAY))),
    "revoked after the proven time": Case(
        MARIA, True, "not revoked", listing((MARIA, NOW - 58 * DAY)), proven=SIGNED
    ),
    "revoked at the proven time": Case(
        MARIA, False, "was revoked as of 2025-06-01", listing((MARIA, SIGNED)), proven=SIGNED
    ),
    "revoked before the proven time": Case(
        MARIA, False, "was revoked as of 2025-05-31", listing((MARIA, SIGNED - DAY)), proven=SIGNED
    ),
    "revoked later, compromised before": Case(
        MARIA, False, "was revoked as of 2025-05-02 (key compromise)",
        listing((MARIA, NOW - 58 * DAY), reason=KEY, invalid=SIGNED - 30 * DAY), proven=SIGNED,
    ),
    "revoked later, compromised later": Case(
        MARIA, True, "not revoked", listing((MARIA, NOW - 58 * DAY), reason=KEY, invalid=SIGNED + DAY), proven=SIGNED
    ),
    "revoked by a list that is out of date": Case(
        MARIA, False, "was revoked as of 2025-05-31",
        (fresh(ROOT), fresh(HOUSE, (MARIA, SIGNED - DAY), at=SIGNED, until=SIGNED + DAY)),
    ),
    "suspended": Case(
        MARIA, False, "was revoked as of 2026-02-01 (certificate hold)", listing((MARIA, NOW - 58 * DAY), reason=HOLD)
    ),
    "suspended, and tomorrow no longer": Case(
        MARIA, False, "was revoked as of 2026-02-01 (certificate hold)",
        (*listing((MARIA, NOW - 58 * DAY), reason=HOLD), fresh(HOUSE, at=NOW + DAY, until=NOW + 2 * DAY)),
    ),
    "suspended once, and no longer": Case(
        MARIA, True, "not revoked as of 2026-03-30",
        (*GOOD_LISTS, fresh(HOUSE, (MARIA, SIGNED), at=SIGNED, until=SIGNED + DAY, reason=HOLD)),
    ),
    "revoked once, and no longer listed": Case(
        MARIA, False, "was revoked as of 2025-06-01",
        (*GOOD_LISTS, fresh(HOUSE, (MARIA, SIGNED), at=SIGNED, until=SIGNED + DAY)),
        openssl="of two lists of one authority it looks only at the newer one",
    ),
    "the authority revoked": Case(
        MARIA, False, 'the certificate of "House" was revoked as of 2026-02-01',
        (fresh(ROOT, (HOUSE, NOW - 58 * DAY)), fresh(HOUSE)),
    ),
    "no list of the authority": Case(MARIA, False, UNKNOWN + 'no revocation list of "House" is given', (fresh(ROOT),)),
    "no list of the root": Case(
        MARIA, False, 'the certificate of "House" is not known to be in good standing: no revocation list of "Root"',
        (fresh(HOUSE),),
    ),
    "the list is out of date": Case(
        MARIA, False, UNKNOWN + 'the revocation list of "House" is out of date since 2026-03-30',
        listing(at=NOW - 2 * DAY, until=NOW - DAY),
    ),
    "the list is out of date, and older than the proven time": Case(
        MARIA, False, "out of date since 2025-05-31", listing(at=SIGNED - 2 * DAY, until=SIGNED - DAY), proven=SIGNED
    ),
    "the list is out of date, and younger than the proven time": Case(
        MARIA, True, "not revoked as of 2025-06-02", listing(at=SIGNED + DAY, until=SIGNED + 2 * DAY), proven=SIGNED
    ),
    "the list is of tomorrow": Case(
        MARIA, False, UNKNOWN + 'the revocation list of "House" is dated later than now', listing(at=NOW + DAY / 2)
    ),
    "the list is by another authority of the same name": Case(
        MARIA, False, UNKNOWN + 'the revocation list of "House" is not signed by it', (fresh(ROOT), fresh(TWIN))
    ),
    "another authority of the same name revokes": Case(
        MARIA, True, "not revoked", (*GOOD_LISTS, fresh(TWIN, (MARIA, NOW - 58 * DAY)))
    ),
    "the list was issued when the expired certificate need not be on it": Case(
        EXPIRED, False, "when the expired certificate need no longer stand on it", GOOD_LISTS, proven=SIGNED
    ),
    "the list keeps what has expired": Case(
        EXPIRED, True, "not revoked",
        listing(extra=[(x509.UnrecognizedExtension(ObjectIdentifier("2.5.29.60"), b"\x18\x0f20200101000000Z"), False)]),
        proven=SIGNED,
    ),
    "the list keeps what has expired, but not so long": Case(
        EXPIRED, False, "when the expired certificate need no longer stand on it",
        listing(extra=[(x509.UnrecognizedExtension(ObjectIdentifier("2.5.29.60"), b"\x18\x0f20260102000000Z"), False)]),
        proven=SIGNED,
    ),
    "the list is about authorities only": Case(
        MARIA, False, "does not speak of such certificates", listing(extra=[part(only_contains_ca_certs=True)])
    ),
    "the list is about people only": Case(
        MARIA, True, "not revoked", listing(extra=[part(only_contains_user_certs=True)])
    ),
    "the list is about another place": Case(
        MARIA, False, "does not speak of such certificates",
        listing(extra=[part(full_name=[x509.UniformResourceIdentifier("http://crl.invalid/house.crl")])]),
    ),
    "the list is about the place that the certificate names": Case(
        PLACED, True, "not revoked",
        listing(extra=[part(full_name=[x509.UniformResourceIdentifier("http://crl.invalid/house.crl")])]),
    ),
    "an authority": Case(
        HOUSE, False, "it was made with the certificate of an authority (CA), which signs no report",
        openssl="it was not asked for what",
    ),
    "no key usage for signatures": Case(
        NO_KEY_USAGE, False, "its certificate is not meant for signatures (key usage)"
    ),
    "a web server": Case(
        SERVER, False, "its certificate is meant for other purposes (extended key usage)",
        openssl="it was not asked for what",
    ),
    "a timestamp authority signs a report": Case(
        timestamper("Clock", HOUSE), False, "meant for other purposes", openssl="it was not asked for what"
    ),
    "for mail": Case(MAILER, True, 'below "Root"'),
    "names that the authority may not give": Case(
        person("Maria", ELSEWHERE), False, "its chain of certificates does not hold: not all names of"
    ),
    "names that the authority is barred from": Case(
        person("Maria", BARRED), False, "its chain of certificates does not hold: some names of"
    ),
    "more authorities than the root allows": Case(
        person("Deep", authority("Below", BARE_ROOT)), False, "does not hold: it exceeds the maximum path length",
        roots=(BARE_ROOT,),
    ),
    "as many authorities as the root allows": Case(
        person("Near", BARE_ROOT), True, 'below "Bare Root"', roots=(BARE_ROOT,)
    ),
    "below a root with a policy of its own": Case(
        person("Maria", POLICY_ROOT), True, 'below "Policy Root"', roots=(POLICY_ROOT,)
    ),
    "below a root that limits names": Case(
        person("Maria", NAMES_ROOT), False, "its chain of certificates does not hold: not all names of",
        roots=(NAMES_ROOT,),
    ),
    "issued by somebody who is no authority": Case(
        person("Child", MARIA), False, "its chain of certificates does not hold"
    ),
    "a critical extension that nobody understands": Case(
        STRANGE, False, "unsupported critical extension: 1.2.3.4"
    ),
    "an answer instead of a list": Case(
        MARIA, True, "not revoked as of 2026-03-30",
        (fresh(ROOT), ocsp_answer(HOUSE, MARIA, at=NOW - DAY, until=NOW + DAY)), openssl="it reads no answers here",
    ),
    "revoked by an answer": Case(
        MARIA, False, "was revoked as of 2026-02-01",
        (*GOOD_LISTS, ocsp_answer(HOUSE, MARIA, revoked=NOW - 58 * DAY, at=NOW - DAY)),
        openssl="it reads no answers here",
    ),
    "an answer that says no next time is good for a day": Case(
        MARIA, False, "the answer of 2026-03-29 about a certificate of \"House\" is out of date since 2026-03-30",
        (fresh(ROOT), ocsp_answer(HOUSE, MARIA, at=NOW - 2 * DAY, until=None)),
    ),
    "an answer about somebody else": Case(
        MARIA, False, 'no revocation list of "House"', (fresh(ROOT), ocsp_answer(HOUSE, PLACED, at=NOW - DAY))
    ),
    "an answer by another authority of the same name": Case(
        MARIA, False, 'no revocation list of "House"',
        (fresh(ROOT), ocsp_answer(HOUSE, MARIA, at=NOW - DAY, by=TWIN)),
    ),
    "an answer by whom the authority named": Case(
        MARIA, True, "not revoked",
        (fresh(ROOT), ocsp_answer(HOUSE, MARIA, at=NOW - DAY, by=ANSWERS)),
        openssl="it reads no answers here",
    ),
    "an answer by whom the authority named once": Case(
        MARIA, False, 'no revocation list of "House"',
        (fresh(ROOT), ocsp_answer(HOUSE, MARIA, at=NOW - DAY, by=OLD_ANSWERS)),
    ),
    "an answer that outlives the certificate of whom the authority named": Case(
        MARIA, False, "about a certificate of \"House\" is out of date since 2098-01-01",
        (fresh(ROOT, at=LATE - DAY, until=LATE + DAY), ocsp_answer(HOUSE, MARIA, at=LATE - DAY, by=LATE_ANSWERS)),
        now=LATE,
    ),
    "an answer by whom the authority named and has revoked": Case(
        MARIA, False, UNKNOWN + 'the revocation list of "House" is out of date',
        (fresh(ROOT), ocsp_answer(HOUSE, MARIA, at=NOW - DAY, by=ANSWERS),
         fresh(HOUSE, (ANSWERS, SIGNED), at=SIGNED, until=SIGNED + DAY)),
    ),
    "an answer by whom another authority named": Case(
        MARIA, False, 'no revocation list of "House"',
        (fresh(ROOT), ocsp_answer(HOUSE, MARIA, at=NOW - DAY,
                                  by=person("Answers", OTHER, extra=[usages(ExtendedKeyUsageOID.OCSP_SIGNING)]))),
    ),
    "a list of an authority that may not sign lists": Case(
        person("Maria", MUTE), False, UNKNOWN + 'the revocation list of "Mute" is not signed by it',
        (fresh(ROOT), fresh(MUTE)),
    ),
    "an answer by a colleague of the signer": Case(
        MARIA, False, 'no revocation list of "House"',
        (fresh(ROOT), ocsp_answer(HOUSE, MARIA, at=NOW - DAY, by=PLACED)),
    ),
}  # fmt: skip


def judge(case: Case, folder: Path) -> Standing:
    people = [{"id": "who", "certificates": ["sha256:" + case.who.fingerprint]}] if case.pinned else []
    trust = trusting(folder, roots=case.roots, lists=case.lists, people=people)
    chain = case.who.chain if case.chain is None else case.chain
    return standing(case.who.certificate, chain, trust=trust, now=case.now, proven=case.proven)


@pytest.mark.parametrize("name", CASES)
def test_each_certificate_is_judged_and_the_sentence_says_why(name, tmp_path):
    case = CASES[name]
    found = judge(case, tmp_path)
    assert case.why in found.why
    assert found.trusted is case.trusted
    assert found.person == ("who" if case.pinned and case.trusted else None)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.proven is None])
def test_openssl_agrees_on_every_chain_that_is_judged_now(name, tmp_path, tool):
    case = CASES[name]
    chain = case.who.chain if case.chain is None else case.chain
    files = {"roots": [one.pem for one in case.roots], "chain": [one.public_bytes(Encoding.PEM) for one in chain]}
    for file, held in files.items():
        (tmp_path / file).write_bytes(b"".join(held))
    (tmp_path / "who").write_bytes(case.who.pem)
    command = ["openssl", "verify", "-attime", str(int(case.now.timestamp())), "-CAfile", "roots"]
    command += ["-no-CAstore", "-no-CApath"] + (["-untrusted", "chain"] if chain else [])
    lists = [one for one in case.lists if _is_list(one)]
    for number, one in enumerate(lists):
        pem = x509.load_der_x509_crl(one).public_bytes(Encoding.PEM)
        (tmp_path / f"{number}.crl").write_bytes(pem)
        command += ["-CRLfile", f"{number}.crl"]
    if case.lists:
        command += ["-crl_check_all", "-extended_crl"]
    accepted = tool(*command, "who", cwd=tmp_path).returncode == 0
    assert accepted is (case.trusted if not case.openssl else not case.trusted), case.openssl


def _is_list(data: bytes) -> bool:
    try:
        x509.load_der_x509_crl(data)
    except ValueError:
        return False
    return True


# Timestamps


@pytest.mark.parametrize(
    ("who", "proven", "trusted", "why"),
    [
        (STAMPER, None, True, 'its certificate stands below "Stamp Root"; revocation not checked'),
        (OLD_STAMPER, None, False, "expired on 2026-01-01, and no later timestamp shows that the timestamp is older"),
        (OLD_STAMPER, SIGNED, True, 'below "Stamp Root"'),
        (timestamper("Clock", HOUSE), None, False, "none of the `timestamp_roots` stands above its certificate"),
        (timestamper("No purpose", STAMP_ROOT, purpose=False), None, False, "is not that of a timestamp authority"),
        (person("Not critical", STAMP_ROOT, extra=[usages(ExtendedKeyUsageOID.TIME_STAMPING)]), None, False,
         "is not that of a timestamp authority (extended key usage timeStamping, critical, alone)"),
        (person("Not alone", STAMP_ROOT, extra=[(x509.ExtendedKeyUsage(
            [ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.CODE_SIGNING]), True)]), None, False,
         "is not that of a timestamp authority"),
        (STAMP_ROOT, None, False, "an authority (CA), which signs no timestamp"),
    ],
)  # fmt: skip
def test_a_timestamp_counts_only_below_the_roots_of_timestamps(who, proven, trusted, why, tmp_path):
    trust = trusting(tmp_path, roots=[ROOT], timestamp_roots=[STAMP_ROOT], people=[{"id": "m", "subject": "CN=M"}])
    found = standing(who.certificate, who.chain, trust=trust, now=NOW, proven=proven, purpose="timestamp")
    assert why in found.why
    assert (found.trusted, found.person) == (trusted, None)


def test_a_signer_below_a_root_of_timestamps_is_not_trusted(tmp_path):
    trust = trusting(tmp_path, roots=[ROOT], timestamp_roots=[STAMP_ROOT])
    who = person("Maria", STAMP_ROOT)
    assert not standing(who.certificate, who.chain, trust=trust, now=NOW).trusted


# People

SUBJECT = "CN=Maria,O=Assay tests\\, nobody"


def stands(who: Issued, folder: Path, *people: dict[str, object], roots: Sequence[Issued] = (ROOT,)) -> Standing:
    return standing(who.certificate, who.chain, trust=trusting(folder, roots=roots, people=people), now=NOW)


def digest_of(who: Issued) -> str:
    return "sha256:" + who.fingerprint


def test_a_person_is_known_by_subject_only_below_a_root(tmp_path):
    maria = {"id": "maria", "subject": SUBJECT}
    assert stands(MARIA, tmp_path, maria).person == "maria"
    assert not stands(MARIA, tmp_path, maria, roots=[OTHER]).trusted
    assert not stands(person("Maria", None), tmp_path, maria).trusted


@pytest.mark.parametrize(
    "subject",
    ["CN=maria,O=Assay tests\\, nobody", "O=Assay tests\\, nobody,CN=Maria", "CN=Maria", "CN=Maria,O=Assay tests"],
)
def test_a_subject_that_is_only_like_it_is_nobody(subject, tmp_path):
    found = stands(MARIA, tmp_path, {"id": "maria", "subject": subject})
    assert not found.trusted
    assert found.why == f"the trust file knows nobody by this certificate ({SUBJECT})"


def test_where_people_are_named_nobody_else_below_the_roots_is_trusted(tmp_path):
    found = stands(PLACED, tmp_path, {"id": "maria", "certificates": [digest_of(MARIA)]})
    assert not found.trusted
    assert "the trust file knows nobody by this certificate (CN=Placed," in found.why


def test_a_certificate_of_two_people_is_of_nobody(tmp_path):
    people = [{"id": "maria", "subject": SUBJECT}, {"id": "ben", "certificates": [digest_of(MARIA)]}]
    found = stands(MARIA, tmp_path, *people)
    assert found == Standing(False, None, "its certificate belongs to two people: ben, maria")


def test_one_person_known_in_both_ways_is_one_person(tmp_path):
    assert stands(MARIA, tmp_path, {"id": "m", "subject": SUBJECT, "certificates": [digest_of(MARIA)]}).person == "m"


def test_a_demonstration_identity_below_its_own_root_says_that_it_is_one(identity, tmp_path):
    signer = load_signer(identity / "signer.pem")
    (tmp_path / "root.pem").write_bytes((identity / "root.pem").read_bytes())
    (tmp_path / "trust.yaml").write_text("assay: trust/v1\nroots: [root.pem]\n")
    trust = load_trust(tmp_path / "trust.yaml")
    found = standing(signer.certificate, signer.chain, trust=trust, now=datetime.now(UTC))
    assert found.trusted
    assert found.why.endswith("; a DEMONSTRATION identity, which anybody can make")


def test_certificates_that_lead_in_circles_end(tmp_path):
    """Authorities of one name and one key, each of which vouches for each: factorially many ways to no root."""
    twin = authority("Same", OTHER)
    same = [replace(twin, certificate=authority("Same", twin).certificate) for _ in range(6)]
    found = standing(
        person("Lost", twin).certificate,
        [one.certificate for one in same],
        trust=trusting(tmp_path, roots=[ROOT]),
        now=NOW,
    )
    assert not found.trusted


def unreadable(one: Issued) -> x509.Certificate:
    """The same with an extension that is there twice, which shows only when the extensions are asked for."""
    key_identifier, authority_key_identifier = b"\x06\x03\x55\x1d\x0e", b"\x06\x03\x55\x1d\x23"
    return x509.load_der_x509_certificate(one.der.replace(key_identifier, authority_key_identifier))


def test_a_certificate_that_cannot_be_read_is_not_trusted_and_raises_nothing(tmp_path):
    trust = trusting(tmp_path, roots=[ROOT], lists=GOOD_LISTS)
    own = standing(unreadable(MARIA), MARIA.chain, trust=trust, now=NOW)
    assert (own.trusted, own.why) == (False, "its certificate cannot be read")
    assert not standing(MARIA.certificate, [unreadable(HOUSE)], trust=trust, now=NOW).trusted
    assert standing(MARIA.certificate, [unreadable(HOUSE), *MARIA.chain], trust=trust, now=NOW).trusted


def test_what_a_signature_carries_counts_and_demands_nothing(tmp_path):
    trust = trusting(tmp_path, roots=[ROOT])
    carried = [x509.load_der_x509_crl(one) for one in listing((PLACED, NOW - 58 * DAY))]
    beside = trust.with_carried(carried, [])
    assert "was revoked" in standing(PLACED.certificate, PLACED.chain, trust=beside, now=NOW).why
    assert "not revoked as of 2026-03-30" in standing(MARIA.certificate, MARIA.chain, trust=beside, now=NOW).why
    pinned = trusting(tmp_path, people=[{"id": "maria", "certificates": [digest_of(MARIA)]}]).with_carried(carried, [])
    assert standing(MARIA.certificate, [], trust=pinned, now=NOW).trusted
    alone = trust.with_carried(carried[1:], [])
    assert standing(MARIA.certificate, MARIA.chain, trust=alone, now=NOW).trusted


A = "sha256:" + "a" * 64


@pytest.mark.parametrize(("digest", "trusted"), [("sha256", True), ("sha1", False)])
def test_an_answer_of_openssl_counts_unless_its_digest_is_weak(digest, trusted, tmp_path, tool):
    HOUSE.write(tmp_path / "house.pem")
    serial = f"{MARIA.certificate.serial_number:X}"
    (tmp_path / "index").write_text(
        f"V\t20981231235959Z\t\t{serial.zfill(len(serial) + len(serial) % 2)}\tunknown\t/CN=M\n"
    )
    house = ["-index", "index", "-CA", "house.pem", "-rsigner", "house.pem", "-rkey", "house.pem"]
    asked = ["-issuer", "house.pem", "-serial", f"0x{serial}", "-rmd", digest, "-ndays", "9", "-respout", "answer"]
    assert tool("openssl", "ocsp", *house, *asked, cwd=tmp_path).returncode == 0
    now = datetime.now(UTC) + timedelta(minutes=1)
    lists = [fresh(ROOT, at=now - DAY, until=now + DAY), (tmp_path / "answer").read_bytes()]
    trust = trusting(tmp_path, roots=[ROOT], lists=lists)
    assert standing(MARIA.certificate, MARIA.chain, trust=trust, now=now).trusted is trusted


# The signatures of a bundle


def signature(number: int = 1, meaning: str = "author", who: str = "maria", **changes: object) -> FoundSignature:
    given_ = {
        "number": number, "meaning": meaning, "name": who.title(), "certificate": f"c-{who}", "public_key": f"k-{who}",
        "claimed": NOW + number * DAY, "trusted": True, "person": who,
    }  # fmt: skip
    return FoundSignature(**{**given_, **changes})


def demanding(*meanings: str, timestamp: bool = False, people: Sequence[TrustedPerson] = ()) -> LoadedTrust:
    required = Required(meanings=meanings, timestamp=timestamp)
    return LoadedTrust(Trust(assay="trust/v1", bundle=required, people=tuple(people)))


AUTHOR, APPROVER = signature(), signature(2, "approver", "ben")


def test_no_signature_at_all_is_a_doubt_even_where_nothing_is_demanded():
    assert doubts((), demanding()) == ("nobody has signed it",)


def test_signatures_that_are_what_was_demanded_leave_no_doubt():
    assert doubts([AUTHOR, APPROVER], demanding("author", "approver")) == ()


def test_one_signature_that_is_not_trusted_is_a_doubt_beside_those_that_are():
    stranger = signature(3, "reviewer", "eve", trusted=False, person=None, why="its certificate is self-made")
    found = doubts([AUTHOR, APPROVER, stranger], demanding("author", "approver"))
    assert found == ("signature 3 (reviewer Eve) is not trusted: its certificate is self-made",)


def test_a_signature_that_nobody_has_judged_is_not_trusted():
    assert doubts([signature(trusted=None)], demanding()) == (
        "signature 1 (author Maria) is not trusted: nobody has judged its certificate",
    )


def test_a_person_cannot_mean_what_the_trust_file_does_not_let_them():
    trust = demanding("approver", people=[TrustedPerson(id="ben", certificates=(A,), meanings=("author",))])
    why = "the trust file does not let ben sign with the meaning approver"
    assert doubts([APPROVER], trust) == (
        f"signature 2 (approver Ben) is not trusted: {why}",
        "the trust file demands approver: no approver has signed",
    )
    marked = judged(APPROVER, Standing(True, "ben", "named"), trust, APPROVER.claimed)
    assert (marked.trusted, marked.person, marked.why) == (False, "ben", why)


def test_a_signature_from_the_future_is_not_trusted():
    standing_ = Standing(True, "ben", "named")
    late = judged(APPROVER, standing_, demanding("approver"), APPROVER.claimed - 2 * DAY)
    assert (late.trusted, late.person) == (False, "ben")
    assert "which is later than it can be" in late.why
    assert judged(APPROVER, standing_, demanding("approver"), APPROVER.claimed - DAY).trusted
    proven = replace_(APPROVER, proven=APPROVER.claimed - 2 * DAY)
    assert not judged(proven, standing_, demanding("approver"), APPROVER.claimed + DAY).trusted


def test_a_demanded_timestamp_has_to_be_over_every_signature():
    stamped = replace_(AUTHOR, proven=NOW + 5 * DAY)
    trust = demanding("author", "approver", timestamp=True)
    assert doubts([stamped, replace_(APPROVER, proven=NOW + 5 * DAY)], trust) == ()
    assert "signature 2 (approver Ben) has no trusted timestamp, which the trust file demands" in doubts(
        [stamped, APPROVER], trust
    )


def replace_(one: FoundSignature, **changes: object) -> FoundSignature:
    return one.model_copy(update=changes)


found_signatures = st.lists(
    st.builds(
        signature,
        number=st.integers(1, 6),
        meaning=st.sampled_from(["author", "reviewer", "approver", "responsibility"]),
        who=st.sampled_from(["maria", "ben", "eve"]),
        trusted=st.sampled_from([True, True, True, False, None]),
        proven=st.none() | st.integers(0, 9).map(lambda days: NOW + days * DAY),
    ),
    max_size=6,
    unique_by=lambda one: one.number,
)
demands = st.lists(st.sampled_from(["author", "reviewer", "approver"]), max_size=3).map(tuple)


@given(found_signatures, demands, st.booleans(), st.randoms())
def test_the_order_in_which_signatures_are_given_changes_nothing(signatures, meanings, timestamp, random):
    shuffled = list(signatures)
    random.shuffle(shuffled)
    trust = demanding(*meanings, timestamp=timestamp)
    assert doubts(shuffled, trust) == doubts(signatures, trust)


@given(found_signatures, demands, found_signatures)
def test_another_signature_takes_no_doubt_from_the_one_that_is_not_trusted(signatures, meanings, more):
    taken = {one.number for one in signatures}
    added = [one for one in more if one.number not in taken]
    trust = demanding(*meanings)

    def about_one(found: tuple[str, ...]) -> set[str]:
        return {doubt for doubt in found if doubt.startswith("signature")}

    assert about_one(doubts(signatures, trust)) <= about_one(doubts([*signatures, *added], trust))


@given(found_signatures, demands)
def test_who_demands_more_has_no_fewer_doubts(signatures, meanings):
    for length in range(len(meanings)):
        if doubts(signatures, demanding(*meanings)) == ():
            assert doubts(signatures, demanding(*meanings[:length])) == ()
