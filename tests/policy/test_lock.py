"""A lock holds what a policy extends to the bytes that somebody looked at."""

import pytest

from assay.api import lock_policy
from assay.errors import AssayError, PolicyError, Problems
from assay.policy.load import load_policies, load_policy
from policies import control, extends, policy, write


@pytest.fixture
def child(tmp_path):
    """card extends house extends top; the house has a catalogue."""
    write(tmp_path / "top" / "policy.yaml", policy("top", control("T")))
    write(tmp_path / "house" / "policy.yaml", policy("house", control("A"), extends=[extends("top")]))
    write(tmp_path / "house" / "catalogue.yaml", catalogue("Ask twice."))
    return write(tmp_path / "card" / "card.yaml", policy("card", extends=[extends("house")]))


def catalogue(words):
    instrument = {"id": "bank", "title": "Rulebook", "edition": "2026", "places": {"4.2": words}}
    return {"assay": "catalogue/v1", "instruments": [instrument]}


def told(path):
    with pytest.raises(AssayError) as caught:
        load_policies([path])
    found = caught.value.problems if isinstance(caught.value, Problems) else [caught.value]
    assert all(f"assay policy lock {path}" in one.hint for one in found)
    return [(one.where.removeprefix(f"{path.with_suffix('.lock')}:"), one.what) for one in found]


def test_a_lock_names_every_ancestor_with_version_digest_and_catalogue(child):
    path = lock_policy(child)
    assert path == child.with_suffix(".lock")
    loaded = {one.policy.id: one for one in load_policies([child])}
    assert path.read_text().splitlines()[1:] == [
        "assay: lock/v1",
        "packs:",
        "  - id: house",
        "    version: 1.0.0",
        f"    digest: {loaded['house'].digest}",
        "    catalogue: sha256:" + path.read_text().split("catalogue: sha256:")[1][:64],
        "  - id: top",
        "    version: 1.0.0",
        f"    digest: {loaded['top'].digest}",
    ]
    assert [one.locked for one in loaded.values()] == [True, False, False]
    assert sorted(file.name for file in child.parent.iterdir()) == ["card.lock", "card.yaml"]


def test_other_bytes_another_version_and_another_catalogue_are_refused(child, tmp_path):
    lock_policy(child)
    write(tmp_path / "top" / "policy.yaml", policy("top", control("T", severity="high")))
    write(tmp_path / "house" / "policy.yaml", policy("house", control("A"), extends=[extends("top")], version="1.1.0"))
    assert told(child) == [
        ("5:14", "`house` is 1.1.0 and locked to 1.0.0"),
        ("10:13", "`top` 1.0.0 has other bytes than those that were locked"),
    ]
    lock_policy(child)
    assert load_policy(child).locked
    write(tmp_path / "house" / "catalogue.yaml", catalogue("Ask once."))
    assert told(child) == [("7:16", "`house` has another catalogue than the one that was locked")]


def test_what_is_not_in_the_lock_and_what_is_too_much_in_it_are_refused(child):
    path = lock_policy(child)
    write(path, path.read_text().replace("id: top", "id: tip"))
    assert told(child) == [
        ("3:1", "`top` is not locked"),
        ("8:9", "`tip` is locked, and `card` does not extend it"),
    ]
    write(path, "assay: lock/v1\npacks: []\n")
    assert [what for _, what in told(child)] == ["`house` is not locked", "`top` is not locked"]


@pytest.mark.parametrize(
    "text", ["", "assay: lock/v2\n", "assay: lock/v1\npacks: 3\n", "assay: lock/v1\npakcs: []\n", "["]
)
def test_a_lock_that_cannot_be_read_is_no_lock_that_holds(child, text):
    write(child.with_suffix(".lock"), text)
    with pytest.raises(PolicyError) as caught:
        load_policies([child])
    assert caught.value.where.startswith(str(child.with_suffix(".lock")))
    lock_policy(child)
    assert load_policy(child).locked


def test_checking_a_lock_writes_nothing_and_refuses_one_that_is_stale_or_not_there(child, tmp_path):
    with pytest.raises(PolicyError, match="there is no lock file"):
        lock_policy(child, check=True)
    assert not child.with_suffix(".lock").exists()
    path = lock_policy(child)
    before = path.read_text()
    assert lock_policy(child, check=True) == path
    write(tmp_path / "top" / "policy.yaml", policy("top", control("U")))
    with pytest.raises(PolicyError, match="other bytes"):
        lock_policy(child, check=True)
    assert path.read_text() == before


def test_a_policy_that_extends_nothing_needs_no_lock_and_a_lock_it_has_is_empty(tmp_path):
    path = write(tmp_path / "policy.yaml", policy("alone", control("A")))
    assert lock_policy(path, check=True) == tmp_path / "policy.lock"
    lock_policy(path)
    assert (tmp_path / "policy.lock").read_text().endswith("packs: []\n")
    assert load_policy(path).locked


def test_the_lock_of_a_parent_holds_its_own_parents_too(child, tmp_path):
    lock_policy(tmp_path / "house")
    write(tmp_path / "top" / "policy.yaml", policy("top", control("U")))
    with pytest.raises(PolicyError, match=r"`top` 1\.0\.0 has other bytes") as caught:
        load_policies([child])
    assert caught.value.where.endswith("house/policy.lock:6:13")


def test_a_pack_is_not_locked_by_its_name_and_what_is_wrong_is_not_locked(tmp_path):
    with pytest.raises(PolicyError, match="`baseline` is a pack, not a file"):
        lock_policy("baseline")
    write(tmp_path / "house" / "policy.yaml", policy("house", control("A")))
    loosened = extends("house", controls={"A": {"severity": "low"}})
    path = write(tmp_path / "card" / "policy.yaml", policy("card", extends=[loosened]))
    with pytest.raises(PolicyError, match="loosens A of house"):
        lock_policy(path)
    assert not path.with_suffix(".lock").exists()


def test_what_stands_in_the_place_of_a_lock_is_not_overlooked(child):
    child.with_suffix(".lock").mkdir()
    with pytest.raises(PolicyError, match="this is a folder"):
        load_policies([child])
    child.with_suffix(".lock").rmdir()
    child.with_suffix(".lock").symlink_to("nowhere")
    with pytest.raises(PolicyError, match="there is no such file"):
        load_policies([child])


def test_a_lock_is_never_written_over_its_policy(child):
    named = child.rename(child.with_suffix(".lock"))
    written = named.read_bytes()
    with pytest.raises(PolicyError, match="a policy cannot end in"):
        lock_policy(named)
    assert named.read_bytes() == written
