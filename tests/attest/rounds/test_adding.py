import errno
import json
import os
import shutil
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assay.attest import layout
from assay.attest.asic import parse_manifest, render_manifest
from assay.attest.bundle import write_bundle
from assay.attest.cades import sign_detached
from assay.attest.canonical import canonical, digest
from assay.attest.rounds.adding import renew_bundle, sign_bundle
from assay.attest.rounds.making import digests, render_sums, signing_by
from assay.attest.timestamps import HttpAuthority
from assay.attest.trust.file import LoadedTrust
from assay.attest.verify import verify
from assay.attest.writing import alone
from assay.errors import AssayError, SignatureError, WriteError
from assay.record.signature import Signing
from assay.record.trust import Trust
from attest.pki import person

pytestmark = pytest.mark.campaign

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def now():
    return datetime.now(UTC).replace(microsecond=0)


def told(path):
    return "\n".join(str(problem) for problem in verify(path).problems)


def snapshot(path):
    return {str(one.relative_to(path)): one.read_bytes() for one in sorted(path.rglob("*")) if one.is_file()}


@pytest.fixture(scope="module")
def bare(files):
    """The files of a bundle without a PDF: verifying them starts no other process."""
    return {name: data for name, data in files.items() if name != "report.pdf"}


@pytest.fixture(scope="module")
def authority(tsa):
    return HttpAuthority(tsa.url)


def grown(target, files, pki, authority):
    """Signed by the author, timestamped; signed by the approver, timestamped; renewed."""
    write_bundle(target, files, signer=pki.author.signer, authority=authority)
    sign_bundle(target, pki.approver.signer, meaning="approver", note="Seen it.", now=now(), authority=authority)
    renew_bundle(target, authority, now=now())
    return target


@pytest.fixture(scope="module")
def whole(tmp_path_factory, files, pki, authority):
    return grown(tmp_path_factory.mktemp("whole") / "bundle", files, pki, authority)


@pytest.fixture(scope="module")
def kept(tmp_path_factory, bare, pki, authority):
    return grown(tmp_path_factory.mktemp("kept") / "bundle", bare, pki, authority)


@pytest.fixture
def many(kept, tmp_path):
    """A copy of the bundle without a PDF, signed twice and timestamped three times."""
    return Path(shutil.copytree(kept, tmp_path / "bundle"))


@pytest.fixture
def once(tmp_path, bare, pki):
    """Signed by the author only, without a PDF."""
    write_bundle(tmp_path / "place" / "bundle", bare, signer=pki.author.signer)
    return tmp_path / "place" / "bundle"


# What a round is


def test_each_round_adds_its_files_and_changes_none(tmp_path, files, pki, authority):
    target = tmp_path / "bundle"
    write_bundle(target, files, signer=pki.author.signer)
    first = snapshot(target)
    sign_bundle(target, pki.approver.signer, meaning="approver", now=now())
    second = snapshot(target)
    assert first.items() <= second.items()
    assert second.keys() - first.keys() == {
        "report.2.pdf", "signatures/002.json", "SHA256SUMS.2",
        "META-INF/ASiCManifest002.xml", "META-INF/signature002.p7s",
    }  # fmt: skip
    assert renew_bundle(target, authority, now=now()) == 3
    third = snapshot(target)
    assert second.items() <= third.items()
    assert third.keys() - second.keys() == {
        "report.3.pdf", "SHA256SUMS.3", "META-INF/ASiCManifest003.xml", "META-INF/timestamp003.tst",
    }  # fmt: skip
    assert third["report.3.pdf"].startswith(third["report.2.pdf"])
    assert third["report.2.pdf"].startswith(third["report.pdf"])
    assert verify(target).problems == ()


def test_a_bundle_says_who_signed_and_what_is_meant_and_when(whole, pki):
    found = verify(whole)
    assert found.problems == ()
    assert [(one.number, one.meaning, one.name, one.trusted, one.proven) for one in found.signatures] == [
        (1, "author", "Test Author", None, None),
        (3, "approver", "Test Approver", None, None),
    ]
    assert [one.number for one in found.timestamps] == [2, 4, 5]
    said = "\n".join(found.statements)
    assert 'signature 3, approver: signed by "Test Approver"' in said
    assert "the signer adds: Seen it." in said
    assert "the key lay in a file, as the signer says" in said
    assert "take none for a qualified one" in said
    assert "revocation not checked" in said
    assert found.verdict == "INTACT, SIGNER NOT TRUSTED: no trust file was given"
    assert "VALID" not in found.verdict + said


def trusting(pki, **more):
    demands = {"meanings": ["author", "approver"], "timestamp": True} | more
    return LoadedTrust(
        trust=Trust.model_validate_json(json.dumps({"assay": "trust/v1", "bundle": demands})),
        roots=(pki.root.certificate,),
        timestamp_roots=(pki.stamp_root.certificate,),
    )


def test_a_trust_file_makes_signers_trusted_and_times_proven(kept, pki):
    found = verify(kept, trust=trusting(pki), now=now())
    assert found.doubts == ()
    assert found.trusted
    assert found.verdict == "INTACT AND TRUSTED"
    stamps = [one.time for one in found.timestamps]
    assert [one.proven for one in found.signatures] == stamps[:2]
    assert all(one.trusted for one in found.signatures)
    assert "revocation not checked" in found.statements


def test_a_timestamp_of_an_authority_that_nobody_trusts_proves_nothing(kept, pki):
    found = verify(kept, trust=LoadedTrust(trust=Trust(assay="trust/v1"), roots=(pki.root.certificate,)), now=now())
    assert [one.proven for one in found.signatures] == [None, None]
    assert "timestamp 2 is NOT TRUSTED" in "\n".join(found.statements)
    assert found.intact


def test_a_timestamp_of_a_time_to_come_proves_nothing(kept, pki):
    found = verify(kept, trust=trusting(pki), now=now() - timedelta(hours=1))
    assert [one.trusted for one in found.timestamps] == [False] * 3
    assert all("is later than it can be" in one.why for one in found.timestamps)
    assert [one.proven for one in found.signatures] == [None, None]
    assert not found.trusted


def test_a_later_timestamp_keeps_a_signer_trusted_after_their_certificate_has_expired(tmp_path, bare, pki, authority):
    soon = person("Test Leaver", pki.house, end=datetime.now(UTC) + timedelta(days=1))
    write_bundle(tmp_path / "b", bare, signer=soon.signer, authority=authority)
    write_bundle(tmp_path / "bare", bare, signer=soon.signer)
    later = now() + timedelta(days=400)
    trust = trusting(pki, meanings=["author"], timestamp=False)
    assert verify(tmp_path / "b", trust=trust, now=later).trusted
    assert not verify(tmp_path / "bare", trust=trust, now=later).trusted


# Every change is noticed and named


def test_every_change_of_one_file_of_a_much_signed_bundle_is_noticed_and_named(many):
    missed = []
    for name, data in snapshot(many).items():
        path, middle = many / name, len(data) // 3
        for what, changed in (
            ("flip", data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]),
            ("+", data + b"\n"),
        ):
            path.write_bytes(changed)
            if name not in {problem.file for problem in verify(many).problems}:
                missed.append((name, what))
        path.write_bytes(data)
    assert missed == []
    assert verify(many).intact


def test_a_byte_of_the_newest_timestamp_is_noticed_or_says_nothing(many):
    """Nothing comes after it, and an authority's token holds parts that nobody signs."""
    path, before = many / layout.timestamp(5), verify(many)
    data = path.read_bytes()
    unnoticed = 0
    for place in range(0, len(data), 67):
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        found = verify(many)
        unnoticed += found.intact
        assert found == before or layout.timestamp(5) in {problem.file for problem in found.problems}
    assert unnoticed < 10


def test_every_removed_file_of_a_much_signed_bundle_is_noticed_and_named(many):
    missed = []
    for name, data in snapshot(many).items():
        (many / name).unlink()
        if name not in {problem.file for problem in verify(many).problems}:
            missed.append(name)
        (many / name).write_bytes(data)
    assert missed == []


@pytest.mark.parametrize(
    "name",
    ["extra.txt", "META-INF/extra.xml", "META-INF/ASiCManifest006.xml", "META-INF/signature006.p7s",
     "META-INF/timestamp006.tst", "META-INF/signature005.p7s", "META-INF/timestamp001.tst", "META-INF/signature999.p7s",
     "META-INF/ASiCManifest007.xml", "META-INF/ASiCManifest000.xml", "signatures/002.json", "signatures/006.json",
     "report.6.pdf", "report.2.pdf", "SHA256SUMS.6", "SHA256SUMS.2", "SHA256SUMS.0", "signatures/3.json"],
)  # fmt: skip
def test_every_added_file_is_noticed_and_named(many, name):
    (many / name).write_bytes(b"{}")
    found = verify(many)
    assert name in {problem.file for problem in found.problems}
    assert len(found.problems) < 60


def test_every_renumbered_file_is_noticed_under_its_old_name_and_its_new_one(many):
    missed = []
    for name in snapshot(many):
        number = layout.round_of(name)
        if number is None:
            continue
        for other in (number - 1, number + 1, 99):
            new = name.replace(f"{number:03d}", f"{other:03d}").replace(f"SUMS.{number}", f"SUMS.{other}")
            if (many / new).exists():
                continue
            (many / name).rename(many / new)
            named = {problem.file for problem in verify(many).problems}
            if not {name, new} <= named:
                missed.append((name, new))
            (many / new).rename(many / name)
    assert missed == []


def test_two_rounds_that_changed_places_are_noticed(many):
    for kind in (layout.asic_manifest, layout.timestamp):
        first, second = many / kind(4), many / kind(5)
        one, other = first.read_bytes(), second.read_bytes()
        first.write_bytes(other)
        second.write_bytes(one)
    assert {layout.asic_manifest(4), layout.asic_manifest(5)} <= {problem.file for problem in verify(many).problems}


@pytest.mark.parametrize("change", ["flip", "remove", "cut to the one before"])
@pytest.mark.parametrize("name", ["report.pdf", "report.3.pdf", "report.5.pdf"])
def test_a_changed_report_of_a_much_signed_bundle_is_noticed_and_named(whole, tmp_path, name, change):
    shutil.copytree(whole, tmp_path / "bundle")
    path = tmp_path / "bundle" / name
    data = path.read_bytes()
    match change:
        case "flip":
            path.write_bytes(data[:-300] + bytes([data[-300] ^ 1]) + data[-299:])
        case "remove":
            path.unlink()
        case _:
            before = {"report.pdf": data[: len(data) // 2], "report.3.pdf": (whole / "report.pdf").read_bytes()}
            path.write_bytes(before.get(name, (whole / "report.3.pdf").read_bytes()))
    assert name in {problem.file for problem in verify(tmp_path / "bundle").problems}


def test_a_bundle_without_its_last_round_is_as_it_was_before_and_a_trust_file_misses_the_signature(once, pki):
    before = snapshot(once)
    sign_bundle(once, pki.approver.signer, meaning="approver", now=now())
    trust = trusting(pki, timestamp=False)
    assert verify(once, trust=trust, now=now()).trusted
    for name in snapshot(once).keys() - before.keys():
        (once / name).unlink()
    found = verify(once, trust=trust, now=now())
    assert found.intact
    assert "no approver has signed" in " ".join(found.doubts)


# What a later signer could do who signs an untrue round


def forged(bundle, signer, *, add=None, drop=(), by=None, without=(), **said):
    """Round 2 by hand: `add` files, list all but `drop`, write none of `without`, say other things of the signature."""
    signing = signing_by(signer, number=2, meaning="approver", now=now())
    new = {**(add or {}), "signatures/002.json": canonical(signing.model_copy(update=said))}
    there = {name: digest(data) for name, data in snapshot(bundle).items()}
    new["SHA256SUMS.2"] = render_sums({**there, **digests(new)})
    new = {name: data for name, data in new.items() if name not in without}
    listed = {name: value for name, value in {**there, **digests(new)}.items() if name not in drop}
    manifest = render_manifest(listed, by=by or layout.signature(2))
    new[layout.asic_manifest(2)] = manifest
    new[layout.signature(2)] = sign_detached(manifest, signer, now=signing.made)
    for name, data in new.items():
        (bundle / name).write_bytes(data)
    return told(bundle)


def test_a_round_made_by_hand_as_it_should_be_is_intact(once, pki):
    assert forged(once, pki.approver.signer) == ""


@pytest.mark.parametrize(
    ("forgery", "why"),
    [
        (
            {"add": {"evidence/x.csv": b"x"}},
            "ASiCManifest002.xml: lists evidence/x.csv, which does not belong to round",
        ),
        ({"add": {"report.2.pdf": b"x"}}, "ASiCManifest002.xml: lists report.2.pdf, which does not belong to round 2"),
        ({"add": {"signatures/003.json": b"{}"}}, "lists signatures/003.json, which does not belong to round 2"),
        ({"drop": ["evidence/cells.csv"]}, "ASiCManifest002.xml: does not list evidence/cells.csv"),
        ({"drop": ["META-INF/signature001.p7s"]}, "does not list META-INF/signature001.p7s, which was there before"),
        ({"drop": ["META-INF/ASiCManifest001.xml"]}, "does not list META-INF/ASiCManifest001.xml"),
        ({"without": ["SHA256SUMS.2"]}, "does not list SHA256SUMS.2, which belongs to round 2"),
        ({"without": ["signatures/002.json"]}, "signatures/002.json: is missing"),
        ({"by": "META-INF/signature001.p7s"}, "does not name META-INF/signature002.p7s"),
        ({"by": "META-INF/timestamp002.tst"}, "META-INF/timestamp002.tst: is missing"),
        ({"name": "Somebody Else"}, "does not agree with META-INF/signature002.p7s about `name`"),
        ({"number": 3}, "about `number`"),
        ({"certificate": "0" * 64}, "about `certificate`"),
        ({"made": datetime(2020, 1, 1, tzinfo=UTC)}, "about `made`"),
    ],
)
def test_a_round_that_says_or_lists_something_else_is_noticed(once, pki, forgery, why):
    assert why in forged(once, pki.approver.signer, **forgery)


def test_a_meaning_that_is_none_and_a_word_too_many_are_noticed(once, pki):
    signing = signing_by(pki.approver.signer, number=2, meaning="approver", now=now())
    for data in (canonical(signing).replace(b"approver", b"president"), canonical(signing) + b" ", b"[]"):
        path = once / "signatures/002.json"
        text = forged(once, pki.approver.signer)
        path.write_bytes(data)
        assert "signatures/002.json: " in told(once)
        for name in ("SHA256SUMS.2", "signatures/002.json", layout.asic_manifest(2), layout.signature(2)):
            (once / name).unlink()
        assert text == ""


def test_a_first_round_that_is_a_timestamp_only_is_not_signed(once, pki, authority):
    (once / layout.signature(1)).unlink()
    listed = parse_manifest((once / layout.ASIC_MANIFEST).read_bytes()).digests
    manifest = render_manifest(listed, by=layout.timestamp(1))
    (once / layout.ASIC_MANIFEST).write_bytes(manifest)
    (once / layout.timestamp(1)).write_bytes(authority.token(manifest))
    assert "does not name META-INF/signature001.p7s as what signs it" in told(once)
    assert verify(once).signers == ()


def test_a_later_report_signed_by_somebody_else_or_with_another_meaning_is_noticed(tmp_path, files, pki):
    from assay.attest.pdf.signing import sign_pdf

    write_bundle(tmp_path / "b", files, signer=pki.author.signer)
    pdf = (tmp_path / "b" / "report.pdf").read_bytes()
    other = sign_pdf(pdf, pki.with_place.signer, meaning="approver")
    text = forged(
        Path(shutil.copytree(tmp_path / "b", tmp_path / "c")), pki.approver.signer, add={"report.2.pdf": other}
    )
    assert "report.2.pdf: is signed by somebody else than the bundle" in text
    reviewed = sign_pdf(pdf, pki.approver.signer, meaning="reviewer")
    text = forged(tmp_path / "b", pki.approver.signer, add={"report.2.pdf": reviewed})
    assert text == "report.2.pdf: its signature does not mean approver, as that of the bundle does"


# Who may sign, and when


def test_the_same_key_does_not_sign_twice_with_the_same_meaning_and_nothing_is_written(once, pki):
    before = snapshot(once)
    with pytest.raises(AssayError, match="has signed as author already"):
        sign_bundle(once, pki.author.signer, meaning="author", now=now())
    renewed = person("Test Author, married", pki.house, key=pki.author.key)
    with pytest.raises(AssayError, match="has signed as author already"):
        sign_bundle(once, renewed.signer, meaning="author", now=now())
    assert snapshot(once) == before


def test_the_same_key_with_another_meaning_is_told_as_one_person(once, pki):
    sign_bundle(once, pki.author.signer, meaning="approver", now=now())
    found = verify(once)
    assert found.intact
    assert "the same key signed more than once" in "\n".join(found.statements)


def test_two_people_may_sign_with_the_same_meaning(once, pki):
    sign_bundle(once, pki.approver.signer, meaning="author", now=now())
    assert [one.meaning for one in verify(once).signatures] == ["author", "author"]


def test_nobody_signs_before_the_one_before(once, pki):
    with pytest.raises(SignatureError, match="later than now"):
        sign_bundle(once, pki.approver.signer, meaning="approver", now=now() - timedelta(hours=1))
    assert verify(once).intact


@pytest.mark.parametrize("name", ["evidence/cells.csv", "META-INF/signature001.p7s", "gate.json"])
def test_a_bundle_that_was_changed_is_not_signed_and_not_renewed(once, pki, authority, name):
    (once / name).write_bytes(b"changed")
    before = snapshot(once)
    with pytest.raises(AssayError, match="not intact"):
        sign_bundle(once, pki.approver.signer, meaning="approver", now=now())
    with pytest.raises(AssayError, match="not intact"):
        renew_bundle(once, authority, now=now())
    assert snapshot(once) == before


def test_a_folder_that_is_no_bundle_is_not_signed(tmp_path, pki):
    with pytest.raises(AssayError, match="not a bundle"):
        sign_bundle(tmp_path, pki.author.signer, meaning="author", now=now())
    with pytest.raises(AssayError, match="no such bundle"):
        sign_bundle(tmp_path / "none", pki.author.signer, meaning="author", now=now())


# Interrupted at every step


def stopped(work, place, step):
    """Do the work in a process that is killed when it is about to touch the disk for the so-manieth time.

    Gives whether it was: it may have been done before.
    """
    child = os.fork()
    if child == 0:
        counted = 0

        def touch(event, arguments):
            nonlocal counted
            writes = event in ("os.mkdir", "os.rename", "os.link", "os.remove", "os.rmdir") or (
                event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITING
            )
            if writes and str(place) in str(arguments[:2]):
                counted += 1
                if counted > step:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(touch)
        try:
            work()
        except BaseException:  # noqa: BLE001
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def test_a_signing_killed_at_any_step_leaves_the_bundle_as_it_was_or_signed_or_says_what_is_left(once, pki, authority):
    original = once.parent.with_name("original")
    shutil.copytree(once, original)
    seen, step = set(), 0

    def work():
        sign_bundle(once, pki.approver.signer, meaning="approver", now=now(), authority=authority)

    while stopped(work, once.parent, step):
        step += 1
        found = verify(once)
        seen.add((found.intact, len(found.signers), len(found.timestamps)))
        for problem in found.problems:
            assert layout.round_of(problem.file) in (2, 3), problem
            assert "did not finish" in problem.what or "is missing, though there are files of round" in problem.what
        assert snapshot(original).items() <= snapshot(once).items()
        if len(found.signers) == 1:
            work()
        else:
            with pytest.raises(AssayError, match="has signed as approver already"):
                work()
        assert verify(once).intact
        assert len(verify(once).signers) == 2
        write_bundle(once.parent / "next", {"audit.json": b"{}"}, signer=None)  # removes what dead runs left beside
        assert sorted(one.name for one in once.parent.iterdir()) == ["bundle", "next"]
        shutil.rmtree(once.parent / "next")
        shutil.rmtree(once)
        shutil.copytree(original, once)
    assert step > 15
    assert seen == {(True, 1, 0), (False, 1, 0), (True, 2, 0), (False, 2, 0), (True, 2, 1)}


def remade(signing: Signing):
    return {"report.html": f"{PAGE}signed by {signing.name}".encode()}


PAGE = ""


@pytest.fixture
def unsigned(tmp_path, bare, monkeypatch):
    """A bundle that nobody has signed."""
    monkeypatch.setitem(globals(), "PAGE", bare["report.html"].decode())
    write_bundle(tmp_path / "place" / "bundle", bare, signer=None)
    return tmp_path / "place" / "bundle"


def test_the_first_signature_of_an_unsigned_bundle_makes_its_reports_anew(unsigned, pki, bare):
    with pytest.raises(AssayError, match="not signed"):
        sign_bundle(unsigned, pki.author.signer, meaning="author", now=now())
    made = sign_bundle(unsigned, pki.author.signer, meaning="reviewer", now=now(), remake=remade)
    assert made.number == 1
    found = verify(unsigned)
    assert found.problems == ()
    assert [one.meaning for one in found.signatures] == ["reviewer"]
    assert b"signed by Test Author" in (unsigned / "report.html").read_bytes()
    assert "NOT SIGNED" not in (unsigned / "VERIFY.txt").read_text()
    assert (unsigned / "evidence/cells.csv").read_bytes() == bare["evidence/cells.csv"]
    sign_bundle(unsigned, pki.approver.signer, meaning="approver", now=now(), remake=remade)
    assert verify(unsigned).intact


@pytest.mark.parametrize("name", ["evidence/cells.csv", "extra.txt", "audit.json", "META-INF/signature001.p7s"])
def test_an_unsigned_bundle_that_is_not_whole_is_not_signed(unsigned, pki, name):
    (unsigned / name).parent.mkdir(exist_ok=True)
    (unsigned / name).write_bytes(b"other")
    before = snapshot(unsigned)
    with pytest.raises(AssayError, match="not intact"):
        sign_bundle(unsigned, pki.author.signer, meaning="author", now=now(), remake=remade)
    assert snapshot(unsigned) == before


def test_a_first_signing_killed_at_any_step_leaves_a_bundle_that_can_be_signed(unsigned, pki):
    original = unsigned.parent.with_name("original")
    shutil.copytree(unsigned, original)
    step = intact = 0

    def work():
        sign_bundle(unsigned, pki.author.signer, meaning="author", now=now(), remake=remade)

    while stopped(work, unsigned.parent, step):
        step += 1
        found = verify(unsigned)
        if found.intact:
            intact += 1
        else:
            assert found.signers == ()
            work()
        assert verify(unsigned).intact
        shutil.rmtree(unsigned)
        shutil.copytree(original, unsigned)
    assert step > 15
    assert 0 < intact < step


def test_a_disk_that_refuses_takes_nothing_and_the_bundle_is_as_it_was(once, pki, monkeypatch):
    before = snapshot(once)
    link, count = os.link, 0

    def full(*arguments):
        nonlocal count
        count += 1
        if count == 3:
            raise FileExistsError(errno.EEXIST, "there", arguments[1])
        return link(*arguments)

    monkeypatch.setattr(os, "link", full)
    with pytest.raises(AssayError, match="at the same moment"):
        sign_bundle(once, pki.approver.signer, meaning="approver", now=now())
    assert snapshot(once) == before
    assert [one.name for one in once.parent.iterdir()] == ["bundle"]
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(errno.ENOSPC, "No space left on device")))
    with pytest.raises(WriteError, match="No space left"):
        sign_bundle(once, pki.approver.signer, meaning="approver", now=now())
    assert snapshot(once) == before


def test_of_two_who_sign_at_once_one_is_told_that_the_other_is_at_it(once, pki):
    with alone(once), pytest.raises(AssayError, match="somebody else is signing this bundle"):
        sign_bundle(once, pki.approver.signer, meaning="approver", now=now())
    sign_bundle(once, pki.approver.signer, meaning="approver", now=now())
    assert verify(once).intact


def test_of_many_who_sign_at_once_each_signs_or_is_refused_and_the_bundle_is_intact(once, pki):
    people = [person(f"Test Reviewer {number}", pki.house).signer for number in range(6)]
    children = []
    for one in people:
        child = os.fork()
        if child == 0:
            try:
                sign_bundle(once, one, meaning="reviewer", now=now())
            except AssayError:
                os._exit(7)
            except BaseException:  # noqa: BLE001
                os._exit(1)
            os._exit(0)
        children.append(child)
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    assert set(codes) <= {0, 7}
    assert 0 in codes
    found = verify(once)
    assert found.problems == ()
    assert len(found.signers) == 1 + codes.count(0)
