"""`verify --recompute` on the signed bundle of the example: intact is not enough, the evidence has to bear it out."""

import shutil
from hashlib import sha256
from importlib.metadata import version

import pytest

import assay
from assay.api.bundles import html, read
from assay.attest.bundle import write_bundle
from assay.attest.canonical import canonical, digest
from assay.attest.rounds.making import signing_by
from assay.cli.main import main
from assay.errors import AssayError

NOT_COPIED = ("META-INF", "SHA256SUMS", "VERIFY.txt", "mimetype", "report.pdf", "signatures", "statement.dsse.json")


def forged(example, identity, target, *, tables=None, without=(), change=lambda record: record):
    """The bundle with other tables or another record, in agreement with itself and signed again."""
    bundle = example.bundle
    kept = [f for f in bundle.rglob("*") if f.is_file() and f.relative_to(bundle).parts[0] not in NOT_COPIED]
    files = {f.relative_to(bundle).as_posix(): f.read_bytes() for f in kept} | (tables or {})
    files = {name: data for name, data in files.items() if name not in without}
    record, gate = read(bundle, assay.verify(bundle))
    evidence = tuple(
        one.model_copy(update={"digest": "sha256:" + sha256(files[one.path]).hexdigest()}) for one in record.evidence
    )
    record = change(record.model_copy(update={"evidence": evidence}))
    files["audit.json"] = canonical(record)
    gate = gate.model_copy(update={"audit": digest(files["audit.json"])})
    signer = assay.load_signer(identity)
    said = signing_by(signer, number=1, meaning="author", now=gate.made)
    files |= {"gate.json": canonical(gate), "report.html": html(record, gate, said)}
    write_bundle(target, files, signer=signer, signing=said)
    return target


@pytest.fixture(scope="module")
def found(example):
    return assay.verify(example.bundle, recompute=True)


def test_the_example_is_borne_out_by_its_evidence(example, found):
    attributed = [f for f in example.audit.findings if f.check and f.check.id.startswith("explainability")]
    total = sum(len(f.measured.estimates) for f in example.audit.findings)
    again = total - sum(len(f.measured.estimates) for f in attributed)
    assert found.problems == ()
    assert attributed
    (counted,) = [told for told in found.statements if "computed again from the evidence" in told]
    assert counted.startswith(f"{again} of {total} estimates")
    assert [told for told in found.statements if told.startswith("not computed again")] == [
        f"not computed again: {f.id}: rows and their attributions never enter a bundle"
        for f in example.audit.findings
        if f in attributed
    ]


def test_without_the_flag_nothing_is_said_of_it(example):
    assert not any("again from the evidence" in told for told in assay.verify(example.bundle).statements)


def test_a_table_that_was_changed_and_signed_again_is_found_out(example, identity, tmp_path):
    name = "evidence/cells-test.csv"
    lines = (example.bundle / name).read_bytes().decode().splitlines()
    start, _, count = lines[-1].rpartition(",")
    lines[-1] = f"{start},{int(count) + 40}"
    data = "".join(line + "\n" for line in lines).encode()
    bundle = forged(example, identity, tmp_path / "forged", tables={name: data})
    assert assay.verify(bundle).intact
    verification = assay.verify(bundle, recompute=True)
    assert not verification.intact
    assert {problem.file for problem in verification.problems} == {"audit.json"}
    assert any(
        "is recorded as" in problem.what and "the evidence gives" in problem.what for problem in verification.problems
    )


def test_a_bundle_of_an_earlier_version_says_that_it_cannot_be_computed_again(example, identity, tmp_path):
    def unsaid(record):
        return record.model_copy(
            update={
                "evidence": tuple(one.model_copy(update={"role": "evidence"}) for one in record.evidence),
                "versions": {**record.versions, "assay": said},
            }
        )

    said = "0.0.1"
    bundle = forged(example, identity, tmp_path / "old", change=unsaid)
    verification = assay.verify(bundle, recompute=True)
    assert verification.intact
    assert verification.unevaluated == "no estimate could be computed again"
    assert main(["verify", str(bundle), "--recompute"]) == 3
    said = version("assay")
    told = assay.verify(forged(example, identity, tmp_path / "forged", change=unsaid), recompute=True).problems
    assert [one.what for one in told if "this version of assay always says it" in one.what]
    assert any(told.startswith("not computed again: everything: ") for told in verification.statements)


def test_a_bundle_that_never_held_the_manifest_is_told_and_no_crash(example, identity, tmp_path):
    bundle = forged(example, identity, tmp_path / "bare", without=["policy/model.yaml"])
    told = assay.verify(bundle, recompute=True).problems
    assert [str(problem) for problem in told] == ["audit.json: policy/model.yaml is not there or too large"]


def test_a_folder_called_like_a_file_of_waivers_is_none(example, identity, tmp_path):
    bundle = forged(example, identity, tmp_path / "odd", tables={"policy/waivers/99.yaml/x.txt": b"x"})
    assert assay.verify(bundle).intact


def test_a_record_that_changed_after_it_was_checked_is_not_read(example, tmp_path):
    bundle = shutil.copytree(example.bundle, tmp_path / "swapped")
    found = assay.verify(bundle)
    record, gate = read(bundle, found)
    assert record == example.audit
    (bundle / "audit.json").write_bytes(canonical(record.model_copy(update={"id": "another"})))
    with pytest.raises(AssayError, match="changed while it was being checked"):
        read(bundle, found)
    (bundle / "audit.json").write_bytes(canonical(record))
    (bundle / "gate.json").write_bytes(b"{}")
    assert read(bundle, found) == (record, gate)
