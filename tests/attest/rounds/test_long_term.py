"""A bundle through the years: what a timestamp and embedded revocation lists are worth once a signer is revoked."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assay.attest.bundle import write_bundle
from assay.attest.pdf.alone import verify_pdf
from assay.attest.pdf.material import material_of
from assay.attest.rounds.adding import renew_bundle, sign_bundle
from assay.attest.timestamps import HttpAuthority
from assay.attest.trust.file import load_trust
from assay.attest.verify import verify

pytestmark = pytest.mark.campaign

DAY = timedelta(days=1)


def now():
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def authority(tsa):
    return HttpAuthority(tsa.url)


def trusting(folder: Path, pki, *lists: bytes) -> Path:
    """A trust file with the roots of the house, and the given revocation lists."""
    folder.mkdir(exist_ok=True)
    (folder / "root.pem").write_bytes(pki.root.pem)
    (folder / "tsa.pem").write_bytes(pki.stamp_root.pem)
    names = []
    for number, one in enumerate(lists):
        names.append(f"{number}.crl")
        (folder / names[-1]).write_bytes(one)
    file = folder / "trust.yaml"
    file.write_text(
        "assay: trust/v1\nroots: [root.pem]\ntimestamp_roots: [tsa.pem]\n"
        f"revocation: [{', '.join(names)}]\nbundle: {{meanings: [author, approver]}}\n"
    )
    return file


@pytest.fixture(scope="module")
def archived(tmp_path_factory, files, pki, authority):
    """Signed by author and approver with timestamps and revocation lists of the day, then renewed (PAdES B-LTA)."""
    place = tmp_path_factory.mktemp("archived")
    material = material_of(load_trust(trusting(place / "day", pki, *pki.crls())))
    write_bundle(place / "bundle", files, signer=pki.author.signer, authority=authority)
    sign_bundle(
        place / "bundle", pki.approver.signer, meaning="approver", now=now(), authority=authority, validation=material
    )
    renew_bundle(place / "bundle", authority, now=now(), validation=material)
    return place / "bundle"


@pytest.fixture(scope="module")
def plain(tmp_path_factory, files, pki):
    """Signed by author and approver, without a timestamp."""
    target = tmp_path_factory.mktemp("plain") / "bundle"
    write_bundle(target, files, signer=pki.author.signer)
    sign_bundle(target, pki.approver.signer, meaning="approver", now=now())
    return target


def test_an_archived_bundle_stays_trusted_when_its_signer_is_revoked_later_and_a_plain_one_does_not(
    tmp_path, pki, archived, plain
):
    later = now() + 30 * DAY
    lists = pki.crls([(pki.author, now() + 10 * DAY)], at=later - DAY)
    trust = load_trust(trusting(tmp_path / "trust", pki, *lists))
    kept = verify(archived, trust=trust, now=later)
    assert (kept.intact, kept.doubts) == (True, ())
    lost = verify(plain, trust=trust, now=later)
    assert lost.intact
    assert any("revoked" in doubt for doubt in lost.doubts)


def test_a_signer_who_was_revoked_before_the_timestamp_is_never_trusted(tmp_path, pki, archived):
    later = now() + 30 * DAY
    lists = pki.crls([(pki.author, now() - 10 * DAY)], at=later - DAY)
    found = verify(archived, trust=load_trust(trusting(tmp_path / "trust", pki, *lists)), now=later)
    assert found.intact
    assert found.trusted is False


def test_the_report_of_an_archived_bundle_stands_alone_too(tmp_path, pki, archived, plain):
    later = now() + 30 * DAY
    lists = pki.crls([(pki.author, now() + 10 * DAY)], at=later - DAY)
    trust = load_trust(trusting(tmp_path / "trust", pki, *lists))
    assert verify_pdf(newest(archived), trust=trust, now=later).doubts == ()
    assert verify_pdf(newest(plain), trust=trust, now=later).trusted is False


def newest(bundle: Path) -> Path:
    return max(bundle.glob("report*.pdf"), key=lambda path: (len(path.name), path.name))
