from datetime import date

import pytest

from assay.errors import AssayError, PolicyError, Problems
from assay.policy.waivers import load_waiver_files, load_waivers

DIGEST = "sha256:" + "ab" * 32
WAIVER = f"""\
assay: waivers/v1
waivers:
  - id: W-1
    control: retail-credit/FAIR-01
    groups: {{age_band: under 25}}
    covers: [inconclusive]
    subject: {DIGEST}
    reason: 143 people; a second sample is due
    approver: {{id: cro, name: Chief Risk Officer}}
    expires: 2027-03-31
    lapses_beyond: 0.75
"""


def load(tmp_path, text):
    (tmp_path / "waivers.yaml").write_text(text)
    return load_waivers(tmp_path / "waivers.yaml")


def test_a_waiver_file_loads_with_its_digest(tmp_path):
    loaded = load(tmp_path, WAIVER)
    (waiver,) = loaded.decisions
    assert (waiver.id, waiver.expires, waiver.groups) == ("W-1", date(2027, 3, 31), {"age_band": "under 25"})
    assert loaded.digest.startswith("sha256:")
    assert loaded.source.place(("waivers", 0, "expires")) == "waivers.yaml:10:14"


@pytest.mark.parametrize(
    ("before", "after", "place", "what", "hint"),
    [
        ("2027-03-31", "2027-02-30", "10:14", "expected a day such as 2026-03-31", ""),
        ("2027-03-31", "31.03.2027", "10:14", "expected a day such as 2026-03-31", ""),
        ("2027-03-31", "1806451200", "10:14", "expected a day", ""),
        ("expires: 2027-03-31", "approved_on: 2027-04-01\n    expires: 2027-03-31", "3:5", "`expires` lies before", ""),
        ("expires:", "expire:", "10:5", "unknown key `expire`", "Did you mean `expires`?"),
        ("reason: 143 people; a second sample is due", "reason: '  '", "8:13", "`reason` cannot be", "For example"),
        (DIGEST, "sha256:short", "7:14", "`subject` cannot be", "sha256:"),
        ("retail-credit/FAIR-01", "FAIR-01", "4:14", "`control` cannot be", "`control`: retail-credit/FAIR-01"),
        ("[inconclusive]", "[inconclusiv]", "6:14", 'cannot be "inconclusiv"', "Did you mean `inconclusive`?"),
        ("{id: cro, name: Chief Risk Officer}", "cro", "9:15", "expected a mapping", ""),
        ("lapses_beyond: 0.75", "lapses_beyond: .inf", "11:20", "not a finite number", ""),
        ("under 25}", "[3]}", "5:25", "expected text, found the number 3", '"3"'),
    ],
)
def test_a_fault_is_told_with_its_place(tmp_path, before, after, place, what, hint):
    assert WAIVER.count(before) == 1
    with pytest.raises(AssayError) as caught:
        load(tmp_path, WAIVER.replace(before, after))
    found = caught.value.problems if isinstance(caught.value, Problems) else [caught.value]
    said = [p for p in found if p.where.endswith(f"waivers.yaml:{place}") and what in p.what and hint in p.hint]
    assert said, found


def test_a_missing_key_stands_at_the_waiver(tmp_path):
    with pytest.raises(PolicyError, match="`approver` is missing") as caught:
        load(tmp_path, "".join(line for line in WAIVER.splitlines(keepends=True) if "approver" not in line))
    assert caught.value.where.endswith("waivers.yaml:3:5")


def test_the_same_id_twice_is_an_error(tmp_path):
    with pytest.raises(PolicyError, match="`W-1` is there twice") as caught:
        load(tmp_path, WAIVER + WAIVER.split("waivers:\n", 1)[1])
    assert caught.value.where.endswith("waivers.yaml:12:9")


def test_a_missing_file_is_an_error(tmp_path):
    (tmp_path / "waivers.yaml").write_text(WAIVER)
    with pytest.raises(PolicyError, match="there is no such file") as caught:
        load_waivers(tmp_path / "waiver.yaml")
    assert caught.value.hint == "Did you mean `waivers.yaml`?"


def test_the_same_id_in_two_files_is_an_error_that_names_both_places(tmp_path):
    paths = [tmp_path / "one.yaml", tmp_path / "two.yaml"]
    for path in paths:
        path.write_text(WAIVER)
    with pytest.raises(PolicyError, match="`W-1` is there twice") as caught:
        load_waiver_files(paths)
    assert caught.value.where == f"{paths[1]}:3:9"
    assert f"The other one is at {paths[0]}:3:9." in caught.value.hint


def test_several_files_keep_their_order_and_their_digests(tmp_path):
    paths = [tmp_path / "b.yaml", tmp_path / "a.yaml"]
    for path, name in zip(paths, ("W-1", "W-2"), strict=True):
        path.write_text(WAIVER.replace("W-1", name))
    loaded = load_waiver_files(paths)
    assert [file.decisions[0].id for file in loaded] == ["W-1", "W-2"]
    assert loaded[0].digest != loaded[1].digest
