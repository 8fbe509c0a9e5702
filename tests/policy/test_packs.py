"""Packs are found by their id, and nothing shadows anything in silence."""

import shutil
import sys

import pytest

from assay.errors import PolicyError, Problems
from assay.policy.listing import list_packs
from assay.policy.load import load_policies, load_policy
from assay.policy.packs import find_pack, packs, policy_path
from assay.resources import packaged
from policies import control, extends, policy, write


def install(site, name, value, package, tree, version="1.0", files=None):
    """A distribution as an installer leaves it: a package folder and its dist-info."""
    info = site / f"{name.replace('-', '_')}_rules-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-rules\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(f"[assay.packs]\n{name} = {value}\n")
    if tree is not None:
        write(site / package / "policy.yaml", tree)
    for path, text in (files or {}).items():
        write(site / path, text)


@pytest.fixture
def site(tmp_path, monkeypatch):
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    yield folder
    for name in [name for name in sys.modules if name.startswith("bank_")]:
        del sys.modules[name]


def test_an_installed_pack_is_found_listed_and_extended_without_importing_it(tmp_path, site):
    boom = "raise SystemExit('a pack is data: nothing of it is run')\n"
    install(
        site, "bank", "bank_rules", "bank_rules", policy("bank", control("A")), files={"bank_rules/__init__.py": boom}
    )
    assert "bank" in packs()
    assert load_policy("bank").policy.id == "bank"
    assert find_pack("bank").found == "installed with bank-rules 1.0"
    write(tmp_path / "card.yaml", policy("card", extends=[extends("bank")]))
    assert [one.policy.id for one in load_policies([tmp_path / "card.yaml"])] == ["bank", "card"]
    assert next(pack for pack in list_packs().packs if pack.id == "bank").found == "installed with bank-rules 1.0"
    assert "bank_rules" not in sys.modules


def test_an_installed_pack_may_lie_in_a_folder_below_its_package(site):
    install(site, "bank", "bank_rules:packs/bank", "bank_rules/packs/bank", policy("bank", control("A")))
    assert policy_path("bank") == site / "bank_rules" / "packs" / "bank" / "policy.yaml"


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("bank_missing", "there is no package `bank_missing`"),
        ("bank_rules", "there is no policy.yaml"),
        ("bank_rules:../elsewhere", "`../elsewhere` leaves its package"),
        ("bank_rules:/etc", "`/etc` leaves its package"),
    ],
)
def test_an_installed_pack_that_cannot_be_found_is_an_error_naming_its_distribution(site, value, what):
    install(site, "bank", value, "bank_rules", None, files={"bank_rules/__init__.py": ""})
    with pytest.raises(PolicyError, match=r"`bank`, installed with bank-rules 1\.0, cannot be found") as caught:
        load_policy("bank")
    assert what in caught.value.what
    assert load_policy("baseline").policy.id == "baseline"


def test_an_installed_pack_cannot_take_the_name_of_a_shipped_one(site):
    install(site, "baseline", "bank_rules", "bank_rules", policy("baseline", control("A")))
    with pytest.raises(PolicyError, match="two different packs are called `baseline`") as caught:
        load_policy("baseline")
    assert str(site) in caught.value.hint
    assert "installed with baseline-rules 1.0" in caught.value.hint


@pytest.mark.parametrize("place", ["house/policy.yaml", "card/house/policy.yaml", "card/house.yaml"])
def test_a_parent_is_found_beside_the_folder_below_it_and_beside_the_file(tmp_path, place):
    write(tmp_path / place, policy("house", control("A")))
    child = write(tmp_path / "card" / "policy.yaml", policy("card", extends=[extends("house")]))
    assert [one.policy.id for one in load_policies([child])] == ["card", "house"]


def test_a_neighbour_cannot_take_the_name_of_a_shipped_pack_and_a_copy_of_it_is_welcome(tmp_path):
    child = write(tmp_path / "card" / "policy.yaml", policy("card", extends=[extends("baseline")]))
    copy = tmp_path / "baseline"
    shutil.copytree(packaged("policies") / "baseline", copy)
    assert [one.policy.id for one in load_policies([child])] == ["baseline", "card"]
    text = (copy / "policy.yaml").read_text()
    (copy / "policy.yaml").write_text(text + "\n# looks the same\n")
    with pytest.raises(PolicyError, match="two different packs are called `baseline`") as caught:
        load_policies([child])
    assert caught.value.where == f"{child}:6:9"
    assert "baseline/policy.yaml (beside)" in caught.value.hint
    (copy / "policy.yaml").write_text(text)
    (copy / "catalogue.yaml").write_text("assay: catalogue/v1\n")
    with pytest.raises(PolicyError, match="two different packs"):
        load_policies([child])


def test_a_file_named_like_its_parent_does_not_stand_in_its_own_way(tmp_path):
    child = write(tmp_path / "baseline.yaml", policy("card", extends=[extends("baseline")]))
    assert [one.policy.id for one in load_policies([child])] == ["baseline", "card"]


def test_a_pack_that_says_another_id_is_an_error(tmp_path):
    write(tmp_path / "house" / "policy.yaml", policy("home", control("A")))
    child = write(tmp_path / "card" / "policy.yaml", policy("card", extends=[extends("house")]))
    with pytest.raises(PolicyError, match="the pack `house` says of itself that it is `home`") as caught:
        load_policy(child)
    assert caught.value.where == f"{child}:6:9"


def test_an_unknown_parent_names_the_nearest_of_all_that_would_have_been_found(tmp_path):
    write(tmp_path / "house" / "policy.yaml", policy("house", control("A")))
    child = write(tmp_path / "card" / "policy.yaml", policy("card", extends=[extends("hause"), extends("basline")]))
    with pytest.raises(Problems) as caught:
        load_policy(child)
    assert [(one.where, one.what, one.hint) for one in caught.value.problems] == [
        (f"{child}:6:9", "there is no pack `hause`", "Did you mean `house`?"),
        (f"{child}:8:9", "there is no pack `basline`", "Did you mean `baseline`?"),
    ]
