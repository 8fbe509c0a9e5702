"""`assay waiver`: begin a waiver from a bundle, check files, list them by their last day."""

import json
import shutil

import pytest
import yaml

import assay
from assay.cli.main import main
from assay.errors import AssayError
from auditing import AT, DECIDED, control, evaluate, people, write_csv

DIGEST = "sha256:" + "ab" * 32
POLICY = {
    "assay": "policy/v1", "id": "p", "version": "1.0.0", "title": "P", "owners": ["author"], "waiver_warning_days": 10,
    "controls": [control("FAIR-01"), control("FAIR-02", waivable=False)],
}  # fmt: skip
ON = ["--at", "2026-03-31"]


def waiver(id="W-1", **more):  # noqa: A002
    given = {
        "id": id, "control": "p/FAIR-01", "subject": DIGEST, "reason": "143 people", "approver": {"id": "cro"},
        "expires": "2026-06-30",
    }  # fmt: skip
    return {**given, **more}


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "policy.yaml").write_text(yaml.safe_dump(POLICY))
    return tmp_path


def write(path, *waivers):
    path.write_text(yaml.safe_dump({"assay": "waivers/v1", "waivers": list(waivers)}, sort_keys=False))


def checked(*arguments):
    return main(["waiver", "check", *arguments, *ON])


def test_check_says_how_many_and_the_digest(here, capsys):
    write(here / "w.yaml", waiver(), waiver("W-2"))
    assert checked("w.yaml", "--policy", "policy.yaml") == 0
    told = capsys.readouterr()
    assert told.out.startswith("w.yaml: 2 waivers, sha256:")
    assert told.err == ""


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"control": "p/FAIR-1"}, "UNKNOWN control: p has none called FAIR-1. Did you mean `p/FAIR-01`?"),
        ({"control": "q/FAIR-01"}, "UNKNOWN policy: none here is called q."),
        ({"control": "p/FAIR-02"}, "this control cannot be waived"),
        ({"approver": {"id": "Author"}}, "its approver is an owner of the policy"),
        ({"requested_by": {"id": "cro"}}, "whoever requested it approved it"),
    ],
)
def test_a_waiver_that_can_never_hold_is_an_error_with_its_place(here, capsys, changes, told):
    write(here / "w.yaml", waiver(**changes))
    assert checked("w.yaml", "--policy", "policy.yaml") == 2
    said = capsys.readouterr().err
    assert said.startswith(f"w.yaml:3:7: W-1: {told}"), said
    assert checked("w.yaml") == 0  # without its policy nobody can tell


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"expires": "2026-03-30"}, "EXPIRED on 2026-03-30"),
        ({"expires": "2026-04-10"}, "expires in 10 days"),
        ({"approved_on": "2026-04-01"}, "it was not approved before 2026-04-01"),
    ],
)
def test_what_has_expired_or_soon_will_is_a_warning(here, capsys, changes, told):
    write(here / "w.yaml", waiver(**changes))
    assert checked("w.yaml", "--policy", "policy.yaml") == 0
    assert capsys.readouterr().err == f"w.yaml:3:7: warning: W-1: {told}\n"


def test_the_warning_days_are_those_of_the_policy(here, capsys):
    write(here / "w.yaml", waiver(expires="2026-04-11"))
    assert checked("w.yaml", "--policy", "policy.yaml") == 0
    assert capsys.readouterr().err == ""
    assert checked("w.yaml") == 0
    assert "expires in 11 days" in capsys.readouterr().err


def test_check_refuses_a_malformed_date_and_an_id_in_two_files(here, capsys):
    write(here / "bad.yaml", waiver(expires="2026-02-30"))
    assert checked("bad.yaml") == 2
    assert "bad.yaml:9:12: expected a day such as 2026-03-31" in capsys.readouterr().err
    write(here / "one.yaml", waiver())
    write(here / "two.yaml", waiver("W-0"), waiver())
    assert checked("one.yaml", "two.yaml") == 2
    said = capsys.readouterr().err
    assert "two.yaml:10:7: the waiver `W-1` is there twice" in said
    assert "The other one is at one.yaml:3:7." in said


def test_an_audit_refuses_an_id_in_two_files(here):
    write(here / "one.yaml", waiver())
    (here / "sub").mkdir()
    write(here / "sub" / "one.yaml", waiver())
    data = write_csv(here / "d.csv", *people(("a", "yes", 9)))
    with pytest.raises(AssayError, match="there twice"):
        evaluate(here, data, DECIDED, control(), waivers=["one.yaml", "sub/one.yaml"])


def test_list_puts_what_ends_first_at_the_top(here, capsys):
    (here / "waivers").mkdir()
    write(here / "waivers" / "a.yaml", waiver("LATE", expires="2027-01-01"), waiver("GONE", expires="2026-01-01"))
    write(here / "waivers" / "b.yml", waiver("SOON", expires="2026-04-12", groups={"age": ["18-24", "60+"]}))
    assert main(["waiver", "list", "waivers", *ON]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["waiver", "GONE", "SOON", "LATE"]
    assert lines[1].split()[-5:] == ["2026-01-01", "-89", "EXPIRED", "on", "2026-01-01"]
    assert "age: 18-24, 60+" in lines[2]
    assert lines[2].endswith("2026-04-12  12    expires in 12 days")
    assert lines[3].endswith("in time")


def test_list_as_json_holds_the_reason_and_the_file(here, capsys):
    write(here / "a.yaml", waiver(expires="2026-03-31"))
    assert main(["waiver", "list", "a.yaml", "--json", *ON]) == 0
    (one,) = json.loads(capsys.readouterr().out)
    assert (one["days_left"], one["in_time"], one["state"]) == (0, True, "expires today")
    assert (one["reason"], one["file"]) == ("143 people", "a.yaml")


def test_list_of_nothing_is_said_and_a_folder_without_waivers_is_an_error(here, capsys):
    write(here / "a.yaml")
    assert main(["waiver", "list", "a.yaml"]) == 0
    assert capsys.readouterr().out == "no waivers\n"
    (here / "empty").mkdir()
    assert main(["waiver", "list", "empty"]) == 2
    assert "no waiver file in this folder" in capsys.readouterr().err


@pytest.fixture
def bundle(here, audited):
    """A copy of the bundle and of what it was made from, in the working directory."""
    made, path = audited
    shutil.copytree(made, here, dirs_exist_ok=True)
    return here / path


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    here = tmp_path_factory.mktemp("audited")
    header = ("age", "decision")
    rows = [(g, d) for g, yes, n in (("18-24", 100, 500), ("25+: \"old\"", 300, 500), ("60+", 150, 500))
            for d, k in (("yes", yes), ("no", n - yes)) for _ in range(k)]  # fmt: skip
    data = write_csv(here / "d.csv", header, rows)
    columns = {"decision": {"column": "decision", "favourable": "yes"}, "groups": {"age": {"column": "age"}}}
    controls = (
        control("FAIR-01"),
        control("FAIR-02", waivable=False),
        control("PAPER", check=None, criterion=None, require={"field": "owners.validator", "is": "present"}),
        control("OK", criterion={"at_least": 0.01, "source": "house"}),
    )
    controls = tuple({k: v for k, v in one.items() if v is not None} for one in controls)
    made = evaluate(here, data, columns, *controls, out=here / "reports").bundle
    return here, made.relative_to(here)


def new(bundle, *arguments):
    return main(["waiver", "new", str(bundle), *arguments])


def filled(text):
    return (
        text.replace("id: # FILL IN: a name", "id: W-9 # a name")
        .replace("reason: # FILL IN: why", "reason: because # why")
        .replace("id: # FILL IN: who", "id: cro # who")
        .replace("expires: # FILL IN: the", "expires: 2026-06-30 # the")
    )


def test_a_new_waiver_does_not_load_until_every_blank_is_filled(here, bundle, capsys):
    assert new(bundle, "p/FAIR-01", "--out", "w.yaml") == 0
    text = (here / "w.yaml").read_text()
    assert text.count("FILL IN") == 4
    assert checked("w.yaml") == 2
    said = capsys.readouterr().err
    for name in ("`id`", "`reason`", "`expires`"):
        assert name in said, said
    assert said.count("w.yaml:") == 4
    (here / "w.yaml").write_text(filled(text))
    assert checked("w.yaml", "--policy", "policy.yaml") == 0


def test_a_new_waiver_covers_what_blocks_and_opens_the_gate_once_filled(here, bundle, capsys):
    assert new(bundle, "FAIR-01") == 0
    (here / "w.yaml").write_text(filled(capsys.readouterr().out))
    (one,) = assay.load_waivers("w.yaml").decisions
    assert one.control == "p/FAIR-01"
    assert {"18-24", "60+"} <= set(one.groups["age"])
    gates = [
        assay.audit("model.yaml", policies=["policy.yaml"], at=AT, stage="staging", waivers=waivers).gate
        for waivers in ([], ["w.yaml"])
    ]
    effects = [{line.finding: line.effect for line in gate.lines}["p/FAIR-01"] for gate in gates]
    assert effects == ["block", "none"]


def test_only_the_groups_asked_for_are_covered(bundle, capsys):
    assert new(bundle, "FAIR-01", "--group", "age=60+", "--expires", "2026-06-30") == 0
    text = capsys.readouterr().out
    assert 'groups: {"age": ["60+"]}' in text
    assert "expires: 2026-06-30" in text


def test_a_condition_is_covered_as_a_whole(bundle, capsys):
    assert new(bundle, "PAPER") == 0
    text = capsys.readouterr().out
    assert "\n    groups:" not in text
    assert "covers: [fail]" in text


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["FAIR-9"], "has no control `FAIR-9`"),
        (["OK"], "nothing to waive: p/OK is pass"),
        (["FAIR-02"], "p/FAIR-02 cannot be waived"),
        (["FAIR-01", "--group", "age=18-25"], "Did you mean `age=18-24`?"),
        (["PAPER", "--group", "age=18-24"], "leave --group out"),
    ],
)
def test_what_cannot_be_waived_is_refused_before_anything_is_written(here, bundle, arguments, told, capsys):
    assert new(bundle, *arguments, "--out", "w.yaml") == 2
    assert told in capsys.readouterr().err
    assert not (here / "w.yaml").exists()


def test_nothing_is_overwritten_and_nothing_half_written_stays(here, bundle, capsys):
    (here / "w.yaml").write_text("mine")
    assert new(bundle, "FAIR-01", "--out", "w.yaml") == 2
    assert "is there already" in capsys.readouterr().err
    assert (here / "w.yaml").read_text() == "mine"
    assert new(bundle, "FAIR-01", "--out", "nowhere/w.yaml") == 3
    assert not [path.name for path in here.iterdir() if path.name.endswith("~")]


def test_what_is_no_bundle_is_one_clear_error(here, bundle, capsys):
    assert new(here / "nothing", "FAIR-01") == 2
    assert "audit.json: cannot be read" in capsys.readouterr().err
    (here / "audit.json").write_text('{"assay": "audit/v1"}')
    assert new(here, "FAIR-01") == 2
    assert "is not the record of an audit" in capsys.readouterr().err


@pytest.mark.parametrize("group", ["age", "=x", "age="])
def test_a_group_without_a_name_is_wrong_usage(group, capsys):
    with pytest.raises(SystemExit) as stopped:
        new("b", "C", "--group", group)
    assert stopped.value.code == 2
    assert "is not a group" in capsys.readouterr().err


def test_the_gate_of_an_unsigned_bundle_is_refused_with_what_to_do(bundle, capsys):
    assert main(["gate", str(bundle)]) == 2
    told = capsys.readouterr().err
    assert "the gate of a bundle that is not signed is not drawn again" in told
    assert "Give `assay audit` --sign KEY" in told
