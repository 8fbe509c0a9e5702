"""The flattened policies: values as they are applied, each with its origin."""

import re

import yaml
from hypothesis import given
from hypothesis import strategies as st

from assay.api import render_policies
from assay.errors import PolicyError
from assay.policy.load import load_policies
from assay.policy.packs import packs
from assay.policy.resolved import render_resolved
from assay.policy.tighten import tighten
from assay.source import parse_source
from policies import control, extends, in_memory, policy, write


def families(tmp_path):
    fair = control(
        "FAIR", check="fairness.impact_ratio", criterion={"at_least": "$floor", "source": "convention"},
        enforcement={"production": "warn"}, **{"with": {"groups": ["sex", "sex*age"]}},
    )  # fmt: skip
    parent = policy("parent", fair, parameters={"floor": {"default": 0.8, "tighten": "up"}})
    write(tmp_path / "parent" / "policy.yaml", parent)
    asked = extends("parent", parameters={"floor": {"value": 0.85, "source": "house"}},
                    controls={"FAIR": {"enforcement": "block", "severity": "high"}})  # fmt: skip
    return write(tmp_path / "card" / "card.yaml", policy("card", extends=[asked]))


def test_every_scalar_says_where_it_comes_from_and_what_it_was(tmp_path):
    lines = [line.strip() for line in render_policies(families(tmp_path)).splitlines()]
    assert "at_least: 0.85  # card.yaml:11, was 0.8 at parent/policy.yaml:14" in lines
    assert "default: 0.85  # card.yaml:11, was 0.8 at parent/policy.yaml:7" in lines
    assert "source: house  # card.yaml:11, was convention at parent/policy.yaml:15" in lines
    assert "enforcement: block  # card.yaml:15, was production warn at parent/policy.yaml:17" in lines
    assert "severity: high  # card.yaml:16" in lines
    assert "- sex*age  # parent/policy.yaml:21" in lines
    assert all("  # " in line for line in lines if not line.endswith(":"))


def test_a_parameter_that_nobody_moved_names_itself(tmp_path):
    families(tmp_path)
    assert "at_least: 0.8  # $floor, parent/policy.yaml:14" in render_policies(tmp_path / "parent")


def test_the_resolved_policy_loads_again_as_what_is_applied(tmp_path):
    path = families(tmp_path)
    flat = yaml.safe_load(render_policies(path))
    assert list(flat) == ["card", "parent"]
    applied = load_policies([path])[1].policy
    again = in_memory(flat["parent"]).policy
    assert again == applied


def test_every_shipped_pack_loads_again_from_its_resolved_form():
    for name in packs():
        text = render_policies(name)
        flat = parse_source(text.encode(), "x", error=PolicyError).tree
        assert yaml.safe_load(text) == flat
        assert {one.policy.id: in_memory(flat[one.policy.id]).policy for one in load_policies([name])} == {
            one.policy.id: one.policy for one in load_policies([name])
        }


words = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp")), min_size=1, max_size=30)


NAME_OF_A_PARAMETER = re.compile(r"\$[A-Za-z_][A-Za-z0-9_]*")


@given(
    st.lists(words.filter(lambda text: not NAME_OF_A_PARAMETER.fullmatch(text)), min_size=1, max_size=4),
    words,
    st.floats(1e-9, 1e9),
)
def test_no_text_and_no_number_is_changed_by_being_printed(texts, key, number):
    tree = policy("any", control("A", criterion={"at_least": number, "source": "house"}), title=texts[0], owners=texts)
    tree["controls"][0]["with"] = {key: [*texts]}
    text = render_resolved(tighten({"any": in_memory(tree)}))
    for read in (yaml.safe_load(text), parse_source(text.encode(), "x", error=PolicyError).tree):
        assert read["any"]["owners"] == texts
        assert read["any"]["title"] == texts[0]
        assert read["any"]["controls"][0]["with"] == {key: texts}
        assert read["any"]["controls"][0]["criterion"]["at_least"] == number
