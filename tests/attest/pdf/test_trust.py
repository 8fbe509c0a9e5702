import io
import logging
import time
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, StreamObject, pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from assay.attest.pdf.inspection import inspect
from assay.attest.pdf.material import ValidationMaterial, material_of
from assay.attest.pdf.reading import read_pdf
from assay.attest.pdf.signing import sign_pdf, timestamp_pdf
from assay.attest.pdf.trust import judge
from assay.attest.timestamps import HttpAuthority
from assay.attest.trust.file import LoadedTrust
from assay.record.trust import Trust, TrustedPerson
from attest.pki import crl, person, timestamper
from attest.tsa import timestamp_authority

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def unsigned(files) -> bytes:
    return files["report.pdf"]


@pytest.fixture(scope="module")
def material(pki) -> ValidationMaterial:
    return ValidationMaterial(roots=(pki.root.der,), timestamp_roots=(pki.stamp_root.der,), crls=pki.crls())


@pytest.fixture(scope="module")
def reports(unsigned, pki, tsa, material) -> dict[str, bytes]:
    authority = HttpAuthority(tsa.url)
    once = sign_pdf(unsigned, pki.author.signer, authority=authority, validation=material)
    return {
        "B-B": sign_pdf(unsigned, pki.author.signer),
        "B-T": sign_pdf(unsigned, pki.author.signer, authority=authority),
        "B-LTA": timestamp_pdf(once, authority, validation=material),
        "B-B, archived": timestamp_pdf(sign_pdf(unsigned, pki.author.signer), authority, validation=material),
    }


@pytest.fixture(autouse=True)
def _quiet():
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def trust_of(pki, *lists: bytes, people=()) -> LoadedTrust:
    return LoadedTrust(
        trust=Trust(assay="trust/v1", people=people),
        roots=(pki.root.certificate,),
        timestamp_roots=(pki.stamp_root.certificate,),
        lists=tuple(x509.load_der_x509_crl(one) for one in lists),
        checks_revocation=bool(lists),
    )


def judged(data: bytes, trust: LoadedTrust, now: datetime):
    return judge(inspect(data), trust, now).signatures


def test_a_signer_below_a_trusted_root_is_trusted_and_revocation_told_as_not_checked(reports, pki):
    (one,) = judged(reports["B-B"], trust_of(pki), datetime.now(UTC))
    assert one.trusted
    assert "revocation not checked" in one.why
    assert one.proven is None


def test_a_signer_below_no_trusted_root_is_not(reports, pki):
    other = LoadedTrust(trust=Trust(assay="trust/v1"), roots=(pki.stamp_root.certificate,))
    (one,) = judged(reports["B-B"], other, datetime.now(UTC))
    assert one.trusted is False


def test_without_a_trust_file_nothing_is_said_of_trust(reports):
    assert [(one.trusted, one.why) for one in inspect(reports["B-LTA"]).signatures] == [(None, "")] * 2


def test_reading_and_judging_go_together_in_one_call(reports, pki):
    found = read_pdf(reports["B-LTA"], trust_of(pki), now=datetime.now(UTC))
    assert [one.trusted for one in found.signatures] == [True, True]
    with pytest.raises(TypeError, match="time"):
        read_pdf(reports["B-B"], trust_of(pki))


def test_the_trust_file_says_whose_certificate_it_is_and_what_it_may_mean(reports, pki):
    digest = "sha256:" + pki.author.fingerprint
    known = TrustedPerson(id="maria", certificates=(digest,))
    (one,) = judged(reports["B-B"], trust_of(pki, people=(known,)), datetime.now(UTC))
    assert (one.trusted, one.person) == (True, "maria")
    limited = TrustedPerson(id="maria", certificates=(digest,), meanings=("approver",))
    (one,) = judged(reports["B-B"], trust_of(pki, people=(limited,)), datetime.now(UTC))
    assert one.trusted is False
    assert "does not let maria sign with the meaning author" in one.why


@pytest.mark.parametrize("who", ["author", "with_place"])
def test_a_revoked_signer_is_noticed_whether_or_not_the_certificate_names_a_place_of_its_list(who, unsigned, pki):
    """pyHanko's default passes over a list that revokes a certificate which names no place of its list."""
    signer = getattr(pki, who)
    now = datetime.now(UTC)
    data = sign_pdf(unsigned, signer.signer)
    (good,) = judged(data, trust_of(pki, *pki.crls()), now)
    (bad,) = judged(data, trust_of(pki, *pki.crls([(signer, now - DAY)])), now)
    assert good.trusted
    assert "not revoked" in good.why
    assert bad.trusted is False
    assert "was revoked" in bad.why


def test_where_any_revocation_list_is_given_silence_about_a_certificate_is_not_good_standing(reports, pki):
    (one,) = judged(reports["B-B"], trust_of(pki, crl(pki.root)), datetime.now(UTC))
    assert one.trusted is False
    assert "not known to be in good standing" in one.why


def test_who_was_revoked_after_a_proven_time_is_trusted_for_what_is_older_and_for_nothing_else(reports, pki):
    later = datetime.now(UTC) + 10 * DAY
    lists = pki.crls([(pki.author, later - DAY)], at=later - timedelta(hours=1))
    found = {level: judged(data, trust_of(pki, *lists), later)[0] for level, data in reports.items()}
    assert {level: one.trusted for level, one in found.items()} == {
        "B-B": False,
        "B-T": True,
        "B-LTA": True,
        "B-B, archived": True,
    }
    assert "by a timestamp" in found["B-LTA"].why


def test_who_was_revoked_before_the_proven_time_is_not_trusted(reports, pki):
    now = datetime.now(UTC)
    lists = pki.crls([(pki.author, now - DAY)])
    assert [judged(data, trust_of(pki, *lists), now)[0].trusted for data in reports.values()] == [False] * 4


def test_a_signer_whose_certificate_expired_is_trusted_only_for_what_a_timestamp_proves_to_be_older(unsigned, pki, tsa):
    now = datetime.now(UTC)
    signer = person("Expires", pki.house, end=now + 30 * DAY).signer
    once = sign_pdf(unsigned, signer)
    stamped = sign_pdf(unsigned, signer, authority=HttpAuthority(tsa.url))
    later = now + 60 * DAY
    assert [judged(data, trust_of(pki), now)[0].trusted for data in (once, stamped)] == [True, True]
    assert [judged(data, trust_of(pki), later)[0].trusted for data in (once, stamped)] == [False, True]


def test_the_clock_of_an_expired_timestamp_authority_counts_only_below_a_later_timestamp(unsigned, pki, tsa):
    now = datetime.now(UTC)
    signer = person("Expires too", pki.house, end=now + 30 * DAY).signer
    with timestamp_authority(timestamper("Short-lived", pki.stamp_root, end=now + 30 * DAY)) as short:
        stamped = sign_pdf(unsigned, signer, authority=HttpAuthority(short.url))
    archived = timestamp_pdf(stamped, HttpAuthority(tsa.url))
    later = now + 60 * DAY
    (one,) = judged(stamped, trust_of(pki), later)
    assert one.trusted is False
    assert "its timestamp counts for nothing" in one.why
    assert "expired" in one.why
    assert [one.trusted for one in judged(archived, trust_of(pki), later)] == [True, True]


def test_the_clock_of_a_revoked_timestamp_authority_counts_only_below_a_later_timestamp(unsigned, pki, tsa):
    """A stolen key can date anything back: what a revoked authority says proves nothing by itself."""
    later = datetime.now(UTC) + 10 * DAY
    with timestamp_authority(timestamper("Stolen", pki.stamp_root)) as stolen:
        stamped = sign_pdf(unsigned, pki.author.signer, authority=HttpAuthority(stolen.url))
    archived = timestamp_pdf(stamped, HttpAuthority(tsa.url))
    of_people = pki.crls([(pki.author, later - DAY)], at=later - timedelta(hours=1))[:2]
    trust = trust_of(pki, *of_people, crl(pki.stamp_root, [(stolen.stamper, later - DAY)], at=later - DAY / 24))
    assert judged(stamped, trust, later)[0].trusted is False
    assert [one.trusted for one in judged(archived, trust, later)] == [True, True]


def test_a_timestamp_below_no_trusted_root_proves_nothing(reports, pki):
    later = datetime.now(UTC) + 10 * DAY
    lists = pki.crls([(pki.author, later - DAY)], at=later - timedelta(hours=1))
    blind = LoadedTrust(
        trust=Trust(assay="trust/v1"),
        roots=(pki.root.certificate,),
        lists=tuple(x509.load_der_x509_crl(one) for one in lists),
        checks_revocation=bool(lists),
    )
    assert [one.trusted for one in judged(reports["B-LTA"], blind, later)] == [False, False]


def test_a_timestamp_from_the_future_proves_nothing(reports, pki):
    early = datetime.now(UTC) - 10 * DAY
    (one,) = judged(reports["B-T"], trust_of(pki), early)
    assert one.proven is None
    assert "later than it can be" in one.why


def test_what_does_not_hold_is_not_trusted_and_proves_nothing(reports, pki):
    from attest import attacks

    found = judged(attacks.write_on_page(reports["B-LTA"]), trust_of(pki), datetime.now(UTC))
    assert [(one.trusted, one.why) for one in found] == [(False, "it does not hold")] * 2


def test_what_the_file_carries_counts_beside_the_trust_file_where_good_standing_is_demanded(reports, pki):
    """The trust file knows a list of the root only; those of the house and of the timestamps are in the file."""
    now = datetime.now(UTC)
    assert [one.trusted for one in judged(reports["B-LTA"], trust_of(pki, crl(pki.root)), now)] == [True, True]
    assert judged(reports["B-T"], trust_of(pki, crl(pki.root)), now)[0].trusted is False


def test_a_list_which_the_file_carries_against_its_own_signer_counts_even_where_no_list_is_demanded(unsigned, pki, tsa):
    now = datetime.now(UTC)
    against = ValidationMaterial(crls=pki.crls([(pki.author, now - DAY)]))
    data = sign_pdf(unsigned, pki.author.signer, validation=against)
    (one,) = judged(data, trust_of(pki), now)
    assert one.trusted is False
    assert "was revoked" in one.why


def test_pyhanko_s_own_long_term_validation_agrees(reports, pki):
    """An independent reading of ETSI EN 319 102-1: the signer is revoked after the proven time, by its own clock."""
    since = inspect(reports["B-LTA"]).signatures[-1].stamp.time + timedelta(seconds=1)
    while datetime.now(UTC) < since + timedelta(seconds=1):
        time.sleep(0.1)
    lists = [*pki.crls(), *pki.crls([(pki.author, since)], at=since)]
    ours = {level: judged(reports[level], trust_of(pki, *lists), datetime.now(UTC))[0].trusted for level in reports}
    theirs = {level: ades(reports[level], pki, lists) for level in ("B-B", "B-LTA")}
    assert theirs == {"B-B": "INDETERMINATE", "B-LTA": "PASSED"}
    assert (ours["B-B"], ours["B-LTA"]) == (False, True)


def ades(data: bytes, pki, lists: list[bytes]) -> str:
    import asyncio

    from asn1crypto.crl import CertificateList
    from asn1crypto.x509 import Certificate
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import ades, policy_decl
    from pyhanko_certvalidator.context import CertValidationPolicySpec
    from pyhanko_certvalidator.policy_decl import CertRevTrustPolicy, RevocationCheckingPolicy
    from pyhanko_certvalidator.registry import SimpleTrustManager
    from pyhanko_certvalidator.revinfo.archival import CRLContainer

    roots = [Certificate.load(one.der) for one in (pki.root, pki.stamp_root)]
    policy = CertValidationPolicySpec(
        trust_manager=SimpleTrustManager.build(trust_roots=roots),
        revinfo_policy=CertRevTrustPolicy(RevocationCheckingPolicy.from_legacy("require")),
    )
    spec = policy_decl.SignatureValidationSpec(
        cert_validation_policy=policy,
        revinfo_gathering_policy=policy_decl.RevocationInfoGatheringSpec(
            policy_decl.RevinfoOnlineFetchingRule.LOCAL_ONLY
        ),
        local_knowledge=policy_decl.LocalKnowledge(
            known_crls=[CRLContainer(CertificateList.load(one)) for one in lists]
        ),
    )
    signature = PdfFileReader(io.BytesIO(data)).embedded_signatures[0]
    result = asyncio.run(ades.ades_lta_validation(signature, policy_decl.PdfSignatureValidationSpec(spec)))
    return result.ades_subindic.status.name


def test_a_trust_file_gives_what_is_embedded(pki, material):
    trust = trust_of(pki, *material.crls)
    assert material_of(trust) == material


def with_store(data: bytes, certificate: bytes) -> bytes:
    """The report with a certificate in its document security store."""
    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    held = ArrayObject([writer.add_object(StreamObject(stream_data=certificate))])
    store = DictionaryObject({pdf_name("/Type"): pdf_name("/DSS"), pdf_name("/Certs"): held})
    writer.root[pdf_name("/DSS")] = writer.add_object(store)
    writer.update_root()
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_carried_certificate_that_only_one_parser_loads_is_no_crash(reports, pki):
    odd = pki.author.der.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x09", 1)  # version 9
    with pytest.raises(x509.InvalidVersion):
        x509.load_der_x509_certificate(odd)
    assert inspect(with_store(reports["B-B"], pki.author.der)).evidence.certificates == (pki.author.der,)
    data = with_store(reports["B-B"], odd)
    assert inspect(data).evidence.certificates == ()
    assert [one.trusted for one in judged(data, trust_of(pki), datetime.now(UTC))] == [True]


def test_a_signature_of_a_day_to_come_is_not_trusted(reports, pki):
    (one,) = judged(reports["B-B"], trust_of(pki), datetime.now(UTC) - 2 * DAY)
    assert not one.trusted
    assert "which is later than it can be" in one.why
