"""HMDA mortgage pricing: p-values of SolasAI's notebook (repository SolasAI/solas-ai-disparity), Fisher's test."""

import json

import pytest

from auditing import control, evaluate, finding_of, shared

CHEAP = 0.04700885
"""The median of the predicted interest rates."""
COLUMNS = {
    "decision": {"from": "score", "favourable": {"at_most": CHEAP}},
    "score": {"column": "Prediction", "kind": "rank", "higher": "unfavourable"},
    "groups": {name: {"column": name} for name in ("Race", "Ethnicity", "Sex")},
    "unknown_values": ["Unknown"],
}
PUBLISHED = {"Black": 0.001, "Asian": 0.0, "Native american": 0.657, "Hispanic": 0.0, "Female": 0.0}
"""To three digits."""
PAIRS = {
    "Black": "Black vs White", "Asian": "Asian vs White", "Native american": "Native American vs White",
    "Hispanic": "Hispanic vs Non-Hispanic", "Female": "Female vs Male",
}  # fmt: skip


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    asked = [
        control(
            name, check="fairness.significance", criterion={"significance": 0.05, "source": "convention"},
            maximum_unknown=0.5, **{"with": {"groups": [name], "reference": reference, "test": "fisher"}},
        )
        for name, reference in {"Race": "White", "Ethnicity": "Non-Hispanic", "Sex": "Male"}.items()
    ]  # fmt: skip
    folder = tmp_path_factory.mktemp("hmda")
    target = folder / "hmda.parquet"
    target.write_bytes(shared("hmda_pricing/hmda_test.parquet").read_bytes())
    result = evaluate(folder, target, COLUMNS, *asked)
    return {e.group: e for one in asked for e in finding_of(result, one["id"]).measured.estimates}


@pytest.mark.parametrize("group", PAIRS)
def test_the_p_value_is_the_published_one(found, group):
    golden = json.loads(shared("hmda_pricing/golden.json").read_text())["pairs"][PAIRS[group]]
    assert (found[group].numerator, found[group].denominator) == (golden["fav"], golden["n"])
    assert found[group].p_value == pytest.approx(golden["fisher_p"], rel=1e-6)
    assert found[group].p_value == pytest.approx(PUBLISHED[group], abs=5e-4)


def test_what_is_significant_alone_is_adjusted_for_the_comparisons_of_its_attribute(found):
    assert found["Black"].comparisons == sum(e.grouping == "Race" for e in found.values())
    assert found["Black"].p_adjusted > found["Black"].p_value
    assert found["Female"].p_adjusted == found["Female"].p_value
