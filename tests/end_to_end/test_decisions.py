"""The whole way of what people decide, with real keys: a signed waiver, an attestation, a sign-off, two signatures."""

import subprocess
from datetime import UTC, datetime

import pytest
import yaml

import assay
from assay.cli.main import main
from attest.pki import pki
from auditing import DECIDED, control, evaluate, people, write_csv

pytestmark = pytest.mark.campaign

GROUPS = [("a", "yes", 100), ("a", "no", 400), ("b", "yes", 300), ("b", "no", 200)]
FEW = [("a", "yes", 40), ("a", "no", 60), ("b", "yes", 45), ("b", "no", 55)]
PEOPLE = pki()
ASKS = {
    "id": "NOTICE-01", "title": "Candidates were told",
    "attest": {"statement": "The notice was posted.", "roles": ["hr-lead"], "evidence": "required"},
}  # fmt: skip


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """The author's and the approver's keys, and a trust file that names both by their certificates."""
    folder = tmp_path_factory.mktemp("keys")
    trust = {
        "assay": "trust/v1",
        "people": [
            {"id": "ann", "certificates": ["sha256:" + PEOPLE.author.fingerprint], "meanings": ["author", "reviewer"]},
            {"id": "cro", "certificates": ["sha256:" + PEOPLE.approver.fingerprint]},
        ],
    }
    (folder / "trust.yaml").write_text(yaml.safe_dump(trust))
    PEOPLE.author.write(folder / "ann.pem")
    PEOPLE.approver.write(folder / "cro.pem")
    return folder


def audited(tmp_path, keys, groups, *controls, waivers=(), policy=None):
    """A bundle signed by the author, at the present: as of another day no production gate opens."""
    data = write_csv(tmp_path / "d.csv", *people(*groups))
    return evaluate(
        tmp_path, data, DECIDED, *controls, waivers=waivers, out=tmp_path / "out", policy=policy, stage="production",
        sign=assay.load_signer(keys / "ann.pem"), at=None,
    )  # fmt: skip


def waiver_file(path, digest):
    one = {
        "id": "W-1", "control": "p/C", "subject": digest, "reason": "A second sample is due", "approver": {"id": "CRO"},
        "expires": "2099-01-01",
    }  # fmt: skip
    path.write_text(yaml.safe_dump({"assay": "waivers/v1", "waivers": [one]}))
    return path


@pytest.fixture(scope="module")
def waived(tmp_path_factory, keys):
    """A failing audit whose waiver the approver has signed before."""
    folder = tmp_path_factory.mktemp("waived")
    first = evaluate(folder, write_csv(folder / "d.csv", *people(*GROUPS)), DECIDED, control())
    path = waiver_file(folder / "w.yaml", first.audit.subject.digest)
    assert main(["sign", str(path), "--sign", str(keys / "cro.pem")]) == 0
    return audited(folder, keys, GROUPS, control(), waivers=[path]), path


def gate(bundle, keys, *more, trust=True):
    return main(["gate", str(bundle), *map(str, more), *(["--trust", str(keys / "trust.yaml")] if trust else [])])


def test_a_waiver_signed_by_its_approver_opens_the_production_gate(waived, keys, capsys):
    result, _ = waived
    assert (result.gate.exit_code, result.gate.waivers[0].verified) == (1, False)  # the bundle believes nobody
    assert sorted(path.name for path in (result.bundle / "policy" / "waivers").iterdir()) == ["01.yaml", "01.yaml.p7s"]
    assert assay.verify(result.bundle).intact
    assert gate(result.bundle, keys, trust=False) == 1
    assert "approver not verified" in capsys.readouterr().out
    assert gate(result.bundle, keys) == 0
    assert "waived by W-1 (CRO)\n" in capsys.readouterr().out


def test_a_waiver_signed_by_somebody_else_or_changed_since_does_not(waived, keys, tmp_path, capsys):
    result, path = waived
    other = tmp_path / "other.yaml"
    other.write_bytes(path.read_bytes())
    assert main(["sign", str(other), "--sign", str(keys / "ann.pem")]) == 0
    assert gate(result.bundle, keys, "--waivers", other) == 1
    assert "approver not verified" in capsys.readouterr().out
    assert main(["sign", str(other), "--sign", str(keys / "cro.pem")]) == 0  # one more signature
    assert gate(result.bundle, keys, "--waivers", other) == 0
    other.write_bytes(path.read_bytes().replace(b"2099", b"2100"))
    capsys.readouterr()
    assert gate(result.bundle, keys, "--waivers", other) == 2
    assert "other.yaml.p7s: the signature does not hold" in capsys.readouterr().err


def test_waiver_list_and_check_say_who_signed(waived, capsys):
    _, path = waived
    assert main(["waiver", "check", str(path)]) == 0
    assert capsys.readouterr().out.endswith(", signed by Test Approver\n")
    assert main(["waiver", "list", str(path)]) == 0
    assert "Test Approver" in capsys.readouterr().out


def test_a_person_whose_signature_may_not_approve_approves_no_waiver(waived, keys, tmp_path, capsys):
    result, _ = waived
    trust = yaml.safe_load((keys / "trust.yaml").read_text())
    trust["people"][1]["meanings"] = ["reviewer"]
    (tmp_path / "trust.yaml").write_text(yaml.safe_dump(trust))
    assert main(["gate", str(result.bundle), "--trust", str(tmp_path / "trust.yaml")]) == 1
    assert (
        'waiver W-1 is not verified: signed by "Test Approver": the trust file does not let cro approve'
        in capsys.readouterr().out
    )


def test_the_gate_says_of_each_decision_why_it_is_not_verified(waived, keys, tmp_path):
    result, path = waived
    trust = yaml.safe_load((keys / "trust.yaml").read_text())
    (tmp_path / "root.pem").write_bytes(PEOPLE.root.pem)
    stranger = {**trust, "people": trust["people"][:1], "roots": ["root.pem"]}
    nobody = {"assay": "trust/v1", "roots": ["root.pem"]}
    signed, plain = tmp_path / "by-ann.yaml", tmp_path / "plain.yaml"
    for other in (signed, plain):
        other.write_bytes(path.read_bytes())
    assert main(["sign", str(signed), "--sign", str(keys / "ann.pem")]) == 0

    def told(file, document):
        (tmp_path / "trust.yaml").write_text(yaml.safe_dump(document))
        return assay.api.why_unverified(result.bundle, trust=tmp_path / "trust.yaml", waivers=[file])

    assert told(path, trust) == ()
    assert told(plain, trust) == ("waiver W-1 is not verified: nobody has signed plain.yaml",)
    assert told(signed, trust) == (
        'waiver W-1 is not verified: signed by "Test Author": to the trust file that is ann, not CRO',
    )
    assert "the trust file knows nobody by this certificate" in told(path, stranger)[0]
    assert "`assay trust new --person CRO=CERTIFICATE`" in told(path, nobody)[0]


def test_a_bundle_that_the_trust_file_doubts_has_no_open_gate(waived, keys, tmp_path, capsys):
    result, _ = waived
    trust = yaml.safe_load((keys / "trust.yaml").read_text())
    (tmp_path / "trust.yaml").write_text(yaml.safe_dump(trust | {"people": trust["people"][1:]}))
    assert main(["gate", str(result.bundle), "--trust", str(tmp_path / "trust.yaml"), "--stage", "development"]) == 4
    assert "the trust file does not trust the bundle: signature 1" in capsys.readouterr().out


@pytest.fixture(scope="module")
def waiting(tmp_path_factory, keys):
    """An audit that waits for an attestation and a sign-off."""
    folder = tmp_path_factory.mktemp("waiting")
    return audited(folder, keys, FEW, control(on_inconclusive="sign_off"), ASKS)


@pytest.fixture
def answered(waiting, keys, tmp_path, monkeypatch):
    """Both, written and signed by the approver on the command line."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notice.pdf").write_bytes(b"%PDF- the notice")
    bundle, key = str(waiting.bundle), ["--sign", str(keys / "cro.pem")]
    said = [
        "--by",
        "cro",
        "--role",
        "HR-lead",
        "--statement",
        'It: "was"\tposted.',
        "--holds",
        "--expires",
        "2099-01-01",
    ]
    evidence = ["--evidence", "notice.pdf", "--out", "a.yaml"]
    assert main(["attest", bundle, "NOTICE-01", *said, *evidence, *key]) == 0
    assert main(["sign-off", bundle, "p/C", "--by", "cro", "--reason", "More in June.", "--out", "s.yaml", *key]) == 0
    return tmp_path


BOTH = ("--attestations", "a.yaml", "--sign-offs", "s.yaml")


def test_an_attestation_and_a_sign_off_open_a_production_gate(waiting, answered, keys, capsys):
    assert [finding.reason for finding in waiting.audit.findings] == ["interval_straddles", "attestation_pending"]
    assert waiting.gate.exit_code == 4
    assert gate(waiting.bundle, keys, *BOTH, trust=False) == 4
    assert "attestation A-" in capsys.readouterr().out
    assert gate(waiting.bundle, keys, *BOTH) == 0
    today = datetime.now(UTC).date()
    told = capsys.readouterr().out
    assert f"p/NOTICE-01: inconclusive, attested by cro (role HR-lead, by their own word) on {today}\n" in told
    assert f"p/C: inconclusive, signed off by cro on {today}\n" in told


def test_evidence_that_was_changed_is_no_evidence(waiting, answered, keys, capsys):
    (answered / "notice.pdf").write_bytes(b"%PDF- another")
    assert gate(waiting.bundle, keys, *BOTH) == 4
    assert "its evidence notice.pdf has another digest" in capsys.readouterr().out


def test_a_decision_is_never_written_over(waiting, answered, capsys):
    before = (answered / "s.yaml").read_bytes()
    arguments = ["sign-off", str(waiting.bundle), "p/C", "--by", "cfo", "--reason", "x", "--out", "s.yaml"]
    assert main(arguments) == 2
    assert "is there already" in capsys.readouterr().err
    assert (answered / "s.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["attest", "C", "--role", "hr-lead"], "p/C asks for no attestation\n  Controls that do: p/NOTICE-01."),
        (["attest", "NOTICE-1", "--role", "hr-lead"], "the audit has no control `NOTICE-1`\n  Did you mean"),
        (["attest", "NOTICE-01"], "this does not answer p/NOTICE-01: it is said without a role"),
        (["attest", "NOTICE-01", "--role", "hr-lead"], "it names no file"),
        (["sign-off", "NOTICE-01"], "cannot be signed off: it waits for an attestation"),
    ],
)
def test_what_could_never_count_is_not_written(waiting, tmp_path, capsys, arguments, told):
    out = tmp_path / "x.yaml"
    command, name, *more = arguments
    said = ["--statement", "s", "--holds", "--expires", "2099-01-01"] if command == "attest" else ["--reason", "r"]
    assert main([command, str(waiting.bundle), name, "--by", "cro", *said, *more, "--out", str(out)]) == 2
    assert told in capsys.readouterr().err
    assert not out.exists()


def test_the_report_says_what_has_to_be_attested_and_by_whom(waiting):
    page = (waiting.bundle / "report.html").read_text()
    assert "To be attested by somebody in the role hr-lead: \u201cThe notice was posted.\u201d" in page
    assert "The attestation has to name a file that shows it." in page
    text = subprocess.run(["pdftotext", waiting.bundle / "report.pdf", "-"], capture_output=True, text=True, check=True)
    assert "The notice was posted." in " ".join(text.stdout.split())


def test_a_policy_that_wants_two_signatures_gets_them_before_production(tmp_path, keys, capsys):
    policy = {"signatures": ["author", "approver"]}
    fair = [("a", "yes", 500), ("a", "no", 500), ("b", "yes", 510), ("b", "no", 490)]
    result = audited(tmp_path, keys, fair, control(), policy=policy)
    told = "p needs the signatures author, approver"
    assert (result.gate.exit_code, result.gate.why) == (4, (f"{told}: see `assay gate --trust`",))
    assert (
        "no production gate opens without those of author and approver" in (result.bundle / "report.html").read_text()
    )
    assert gate(result.bundle, keys) == 4
    assert f"{told}: no approver has signed" in capsys.readouterr().out
    assert main(["sign", str(result.bundle), "--sign", str(keys / "cro.pem"), "--meaning", "approver"]) == 0
    packed = tmp_path / "packed.asice"
    assert main(["archive", "pack", str(result.bundle), "--out", str(packed)]) == 0
    assert gate(packed, keys) == 0
