"""Audits and their ledger: what is fixed before measuring, what is counted, what a bundle can prove."""

from datetime import UTC, datetime

import pytest
import yaml

from assay.api import load_signer, make_demo_identity, new_ledger, verify
from assay.attest.bundle import write_bundle
from assay.attest.ledger import check_proof, open_ledger, read_verifier
from assay.errors import AssayError
from auditing import control, evaluate, finding_of, people, write_csv

OF_A_BUNDLE = ("mimetype", "SHA256SUMS", "VERIFY.txt", "statement.dsse.json")
COLUMNS = {
    "decision": {"column": "decision", "favourable": "yes"},
    "groups": {"sex": {"column": "group"}},
}
RATES = control(check="fairness.impact_ratio", criterion={"at_least": 0.8, "source": "convention"})
REUSE = control("REUSE", check="governance.test_set_reuse",
                criterion={"at_most": 1, "estimate": "earlier_uses", "source": "house"})  # fmt: skip
FIRST = control("FIRST", check="governance.policy_first",
                criterion={"equals": 0, "estimate": "fixed_later", "source": "house"})  # fmt: skip
AGE = control("AGE", check="governance.audit_age", criterion={"at_most": 365, "source": "house"})


@pytest.fixture
def data(tmp_path):
    return write_csv(
        tmp_path / "test.csv", *people(("a", "yes", 60), ("a", "no", 40), ("b", "yes", 58), ("b", "no", 42))
    )


@pytest.fixture
def ledger(tmp_path):
    """Address and verifier key of an empty ledger beside the bundles."""
    (tmp_path / "reports").mkdir()
    address = tmp_path / "reports" / "ledger.sqlite"
    verifier, _ = new_ledger(str(address), origin="bank.example/models")
    return address, verifier


def audited(tmp_path, data, *controls, at=datetime(2026, 3, 31, tzinfo=UTC), **more):
    return evaluate(tmp_path, data, COLUMNS, *controls, out=tmp_path / "reports", at=at, **more)


def kinds(address):
    with open_ledger(address) as ledger:
        return [entry.kind for _, entry in ledger.entries()]


def test_policy_and_plan_stand_in_the_ledger_before_anything_was_measured(tmp_path, data, ledger):
    result = audited(tmp_path, data, RATES)
    assert kinds(ledger[0]) == ["policy", "plan", "audit"]
    with open_ledger(ledger[0]) as opened:
        policy, plan, audit = (entry for _, entry in opened.entries())
    assert policy.digest == result.audit.policies[0].digest
    assert (plan.audit, audit.audit) == (result.audit.id, result.audit.id)
    assert audit.digest == result.gate.audit
    assert (audit.gate, audit.outcomes) == (result.gate.state, {"inconclusive": 1})


def test_an_audit_that_breaks_off_leaves_its_plan_behind(tmp_path, data, ledger):
    data.write_text(data.read_text().replace("group", "grupp"))
    with pytest.raises(AssayError):
        audited(tmp_path, data, RATES)
    assert kinds(ledger[0]) == ["policy", "plan"]


def test_a_bundle_proves_its_place_in_the_ledger_without_the_ledger(tmp_path, data, ledger):
    bundle = audited(tmp_path, data, RATES).bundle
    keys = [read_verifier(ledger[1])]
    entry = (bundle / "ledger" / "entry.json").read_bytes()
    proven = check_proof((bundle / "ledger" / "proof.txt").read_bytes(), entry, keys)
    assert (proven.index, proven.size, proven.origin, proven.key_known) == (2, 3, "bank.example/models", True)
    assert "bank.example/models" in (bundle / "report.html").read_text()


def test_each_look_at_a_test_set_is_counted_and_too_many_fail(tmp_path, data, ledger):
    outcomes = []
    for day in (
        datetime(2026, 3, 29, tzinfo=UTC),
        datetime(2026, 3, 30, tzinfo=UTC),
        datetime(2026, 3, 31, tzinfo=UTC),
    ):
        outcomes.append(finding_of(audited(tmp_path, data, REUSE, at=day), "REUSE").outcome)
    assert outcomes == ["pass", "pass", "fail"]


def test_a_threshold_changed_after_the_first_look_shows(tmp_path, data, ledger):
    first = audited(tmp_path, data, RATES, FIRST, at=datetime(2026, 3, 30, tzinfo=UTC))
    assert finding_of(first, "FIRST").outcome == "pass"
    looser = {**RATES, "criterion": {"at_least": 0.7, "source": "house"}}
    second = audited(tmp_path, data, looser, FIRST)
    assert finding_of(second, "FIRST").outcome == "fail"


def test_the_age_of_the_last_audit_is_undefined_at_first_and_then_counted(tmp_path, data, ledger):
    first = finding_of(audited(tmp_path, data, AGE, at=datetime(2026, 3, 30, tzinfo=UTC)), "AGE")
    assert (first.outcome, first.reason) == ("inconclusive", "estimate_undefined")
    assert finding_of(audited(tmp_path, data, AGE), "AGE").measured.estimates[0].value is not None


def test_without_a_ledger_its_history_is_missing_evidence(tmp_path, data):
    finding = finding_of(audited(tmp_path, data, REUSE), "REUSE")
    assert (finding.outcome, finding.reason) == ("inconclusive", "evidence_missing")
    assert "ledger" in finding.sentence


def test_a_ledger_that_no_control_asks_changes_no_byte_of_the_record(tmp_path, data, ledger):
    beside = audited(tmp_path, data, RATES).audit
    apart = evaluate(
        tmp_path, data, COLUMNS, RATES, out=tmp_path / "elsewhere", at=datetime(2026, 3, 31, tzinfo=UTC)
    ).audit
    assert beside == apart


@pytest.fixture
def signed(tmp_path, data, ledger):
    """A signed bundle with its place in the ledger, and the digest of its signer's certificate."""
    signer = load_signer(make_demo_identity(tmp_path / "identity"))
    return audited(tmp_path, data, RATES, sign=signer).bundle, signer.fingerprint


def trusting(tmp_path, fingerprint, *ledgers, demanded=False):
    file = tmp_path / "trust.yaml"
    people = [{"id": "ada", "certificates": [f"sha256:{fingerprint}"]}]
    tree = {"assay": "trust/v1", "people": people, "ledgers": list(ledgers), "bundle": {"ledger": demanded}}
    file.write_text(yaml.safe_dump(tree))
    return file


def test_verify_tells_the_place_in_the_ledger_and_trusts_it_by_the_key_alone(tmp_path, signed, ledger):
    bundle, fingerprint = signed
    known = verify(bundle, trust=trusting(tmp_path, fingerprint, ledger[1], demanded=True))
    assert known.trusted is True
    assert any("entry 2 (counted from 0) of the ledger bank.example/models" in told for told in known.statements)
    other, _ = new_ledger(str(tmp_path / "other.sqlite"), origin="bank.example/models")
    unknown = verify(bundle, trust=trusting(tmp_path, fingerprint, other))
    assert unknown.intact
    assert unknown.doubts == ("no trusted key signed the checkpoint of the ledger bank.example/models",)


def test_a_trust_file_may_ask_for_a_ledger(tmp_path, data, signed, ledger):
    signer = load_signer(tmp_path / "identity" / "signer.pem")
    bundle = evaluate(tmp_path, data, COLUMNS, RATES, out=tmp_path / "elsewhere", sign=signer).bundle
    found = verify(bundle, trust=trusting(tmp_path, signer.fingerprint, ledger[1], demanded=True))
    assert found.trusted is False
    assert found.doubts == ("no ledger proves that it holds this audit, and the trust file asks for one",)


def test_a_proof_of_another_audit_proves_nothing_of_this_one(tmp_path, data, signed, ledger):
    bundle, _ = signed
    signer = load_signer(tmp_path / "identity" / "signer.pem")
    other = audited(tmp_path, data, RATES, at=datetime(2026, 3, 30, tzinfo=UTC)).bundle
    files = {p.relative_to(bundle).as_posix(): p.read_bytes() for p in bundle.rglob("*") if p.is_file()}
    kept = {n: d for n, d in files.items() if not n.startswith(("META-INF/", "signatures/")) and n not in OF_A_BUNDLE}
    for name in ("ledger/entry.json", "ledger/proof.txt"):
        kept[name] = (other / name).read_bytes()
    write_bundle(tmp_path / "forged", kept, signer=signer)
    whats = [problem.what for problem in verify(tmp_path / "forged").problems if problem.file == "ledger/entry.json"]
    assert any("speaks of another audit" in what for what in whats), whats
