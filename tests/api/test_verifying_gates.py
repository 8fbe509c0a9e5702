"""A gate that its signer made up is found, whichever version or build is said to have drawn it."""

from importlib.metadata import version

import pytest
import yaml

import assay
from api.test_verifying import MANIFEST, OTHER, of_an_old_version, signed_again
from assay.attest.canonical import digest
from assay.record.waiver import WaiverState
from auditing import AT, write_csv

PEOPLE = [(sex, "yes" if i % 10 < share else "no", i % 2) for sex, share in (("f", 4), ("m", 9)) for i in range(500)]
POLICY = """
assay: policy/v1
id: p
version: 1.0.0
title: P
controls:
  - id: FAIR-01
    title: Every group is approved at least four fifths as often as any other
    check: fairness.impact_ratio
    with: {groups: [sex]}
    criterion: {at_least: 0.80, source: convention}
"""
WAIVER = {
    "id": "W-1", "control": "p/FAIR-01", "reason": "A second sample is due in June", "expires": "2026-06-30",
    "approver": {"id": "u-2", "name": "Ben Cho"},
}  # fmt: skip
STATE = WaiverState(
    id="W-1", control="p/FAIR-01", holds=True, why="covers 1 of 1 blocking estimates; approver not verified",
    approver="Ben Cho", expires=WAIVER["expires"], reason=WAIVER["reason"],
)  # fmt: skip


@pytest.fixture(scope="module")
def signer(tmp_path_factory):
    from assay.api import make_demo_identity

    return assay.load_signer(make_demo_identity(tmp_path_factory.mktemp("identity")))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("unfair")
    write_csv(made / "people.csv", ("sex", "decision", "repaid"), PEOPLE)
    (made / "model.yaml").write_text(MANIFEST)
    (made / "p.yaml").write_text(POLICY)
    return made


def audited(folder, signer, *waivers):
    out = folder / f"out-{len(waivers)}"
    return assay.audit(
        folder / "model.yaml", policies=[folder / "p.yaml"], waivers=waivers, stage="staging", out=out, at=AT,
        sign=signer, pdf=False,
    ).bundle  # fmt: skip


def waivers(folder, name="w.yaml", **more):
    waiver = {**WAIVER, "subject": assay.subject_digest(folder / "model.yaml"), **more}
    (folder / name).write_text(yaml.safe_dump({"assay": "waivers/v1", "waivers": [waiver]}))
    return folder / name


@pytest.fixture(scope="module")
def closed(folder, signer):
    """An audit whose gate is closed: women are approved not half as often."""
    made = audited(folder, signer)
    assert assay.verify(made).gate.exit_code == 1
    return made


@pytest.fixture(scope="module")
def waived(folder, signer):
    """The same with a waiver that holds."""
    made = audited(folder, signer, waivers(folder))
    assert assay.verify(made).gate.state == "open"
    return made


def opened(gate, **more):
    line = gate.lines[0].model_copy(update={"waived_by": "W-1", "effect": "none", "why": "waived by W-1 (Ben Cho)"})
    opened = {"lines": (line, *gate.lines[1:]), "state": "open", "exit_code": 0, "why": ("nothing blocks",)}
    return gate.model_copy(update=opened | more)


def opened_with_a_state(gate):
    return opened(gate, waivers=(STATE,))


NOBODYS = "says that W-1 waives p/FAIR-01, and lists no such waiver that holds"
NOWHERE = "counts waivers, and policy/waivers holds no file which audit.json names by digest"


@pytest.mark.parametrize("change", [lambda tree: tree, of_an_old_version], ids=["this version", "another version"])
@pytest.mark.parametrize("made_by", [None, OTHER, ""])
@pytest.mark.parametrize(("drawn", "told"), [(opened, {NOBODYS, NOWHERE}), (opened_with_a_state, {NOWHERE})])
def test_a_gate_opened_by_a_waiver_that_is_nowhere_is_found_whoever_is_said_to_have_drawn_it(
    closed, signer, tmp_path, drawn, told, made_by, change
):  # fmt: skip
    found = assay.verify(signed_again(closed, signer, tmp_path / "b", made_by=made_by, drawn=drawn, change=change))
    assert {(one.file, one.what) for one in found.problems} == {("gate.json", one) for one in told}


@pytest.mark.parametrize("made_by", [None, OTHER])
def test_a_gate_opened_by_a_waiver_that_does_not_hold_is_found_though_its_file_is_there(
    folder, closed, signer, tmp_path, made_by
):  # fmt: skip
    late = waivers(folder, "late.yaml", expires="2026-01-31").read_bytes()

    def naming(tree):
        return {**tree, "waiver_files": [{"role": "waivers", "path": "late.yaml", "digest": digest(late)}]}

    made = signed_again(closed, signer, tmp_path / "b", made_by=made_by, drawn=opened_with_a_state, change=naming,
                        **{"policy/waivers/01.yaml": late})  # fmt: skip
    (problem,) = assay.verify(made).problems
    assert str(problem) == (
        "gate.json: is not the gate which the record and the waivers of the bundle give: it is open, drawn again it is "
        "closed"
    )


@pytest.mark.parametrize(
    ("file", "told"),
    [
        (b"hello", "counts waivers that cannot be read: policy/waivers/01.yaml"),
        (None, "counts the waiver W-1 of p/FAIR-01, which no file of the bundle holds"),
    ],
)
def test_a_gate_of_another_version_counts_only_waivers_that_a_file_of_the_bundle_holds(
    folder, closed, signer, tmp_path, file, told
):  # fmt: skip
    given = waivers(folder, "other.yaml", id="W-2").read_bytes() if file is None else file

    def naming(tree):
        named = [{"role": "waivers", "path": "other.yaml", "digest": digest(given)}]
        return {**of_an_old_version(tree), "waiver_files": named}

    made = signed_again(closed, signer, tmp_path / "b", drawn=opened_with_a_state, change=naming,
                        **{"policy/waivers/01.yaml": given})  # fmt: skip
    (problem,) = assay.verify(made).problems
    assert told in str(problem).replace(str(tmp_path / "b") + "/", "")


def test_a_gate_that_another_version_opened_by_a_waiver_is_said_not_to_have_been_drawn_again(waived, signer, tmp_path):
    found = assay.verify(signed_again(waived, signer, tmp_path / "b", change=of_an_old_version))
    assert (found.problems, found.gate.state) == ((), "open")
    assert (f"the gate was drawn by assay 0.0.1, another version than {version('assay')}, and was not drawn again with "
            "the waivers") in found.statements  # fmt: skip


def test_no_waiver_opens_what_other_reasons_close(waived, signer, tmp_path):
    """An audit as of another day opens no production gate, whichever version is said to have drawn it."""
    made = signed_again(waived, signer, tmp_path / "b", change=of_an_old_version,
                        drawn=lambda gate: gate.model_copy(update={"stage": "production"}))  # fmt: skip
    assert [str(one) for one in assay.verify(made).problems] == ["gate.json: contradicts itself: open, exit code 0"]


def test_another_build_may_word_its_reasons_otherwise_and_this_one_may_not(waived, signer, tmp_path):
    def reworded(gate):
        line = gate.lines[0].model_copy(update={"why": "let off by W-1"})
        return gate.model_copy(update={"why": ("all is well",), "lines": (line, *gate.lines[1:])})

    other = assay.verify(signed_again(waived, signer, tmp_path / "other", made_by=OTHER, drawn=reworded))
    assert other.problems == ()
    assert any(told.startswith("the reasons of the gate are in the words of another build of assay ")
               and told.endswith(", and were not compared") for told in other.statements)  # fmt: skip
    same = assay.verify(signed_again(waived, signer, tmp_path / "same", drawn=reworded))
    assert [one.file for one in same.problems] == ["gate.json"]
    untouched = assay.verify(signed_again(waived, signer, tmp_path / "untouched", made_by=OTHER))
    assert (untouched.problems, untouched.statements[-1]) == ((), "report.html says what the record says")
    assert not any("words of" in told for told in untouched.statements)


@pytest.mark.parametrize(
    "drawn",
    [
        lambda gate: gate.model_copy(update={"exit_code": 4, "state": "closed"}),
        lambda gate: gate.model_copy(update={"waivers": ()}),
        lambda gate: gate.model_copy(update={"waivers": (gate.waivers[0].model_copy(update={"approver": "CEO"}),)}),
        lambda gate: gate.model_copy(
            update={"lines": (gate.lines[0].model_copy(update={"effect": "warn"}), *gate.lines[1:])}
        ),
        lambda gate: gate.model_copy(
            update={"lines": (gate.lines[0].model_copy(update={"attested": "pass"}), *gate.lines[1:])}
        ),
    ],
    ids=["state", "waivers", "approver", "effect", "attested"],
)
def test_what_another_build_of_this_version_decides_is_compared(waived, signer, tmp_path, drawn):
    found = assay.verify(signed_again(waived, signer, tmp_path / "b", made_by=OTHER, drawn=drawn))
    assert {one.file for one in found.problems} == {"gate.json"}
