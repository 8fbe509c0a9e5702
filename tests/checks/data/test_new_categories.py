import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.checks.data.new_categories import new_categories
from assay.evidence.request import DistributionsRequest
from auditing import shared
from beside import beside, one
from builders import needs, people_manifest

CHECK = "data.new_categories"
few = settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
LETTERS = st.lists(st.sampled_from(["a", "b", "c", "d", None]), min_size=1, max_size=30)


@few
@given(LETTERS, LETTERS)
def test_rows_with_a_value_that_the_other_data_never_had_are_counted(tmp_path_factory, own, other):
    finding = beside(tmp_path_factory.mktemp("s"), CHECK, own, other, dtype="category")
    found = one(finding, "unseen_share")
    if set(other) == {None}:
        assert found.undefined == "it holds no value in the train data"
    else:
        new = sum(value is not None and value not in other for value in own)
        assert (found.numerator, found.denominator, found.basis) == (new, len(own), "exact")


@pytest.mark.parametrize(
    ("own", "share"), [([1, 2, 3], 0), ([0.999, 2, 3], 1 / 3), ([1, 3.001, 7], 2 / 3), ([np.nan, 2], 0)]
)
def test_a_number_is_new_beyond_the_range(tmp_path, own, share):
    assert one(beside(tmp_path, CHECK, own, [1, 3, 2.5]), "unseen_share").value == share


def test_of_many_numbers_those_beyond_the_range_are_counted_exactly(tmp_path):
    random = np.random.default_rng(2)
    own, other = random.normal(0, 1.5, 5000), random.normal(0, 1, 5000)
    found = one(beside(tmp_path, CHECK, own, other), "unseen_share")
    assert found.numerator == ((own < other.min()) | (own > other.max())).sum() > 0


@pytest.mark.parametrize(("limit", "outcome"), [(0.25, "pass"), (0.2499999, "fail")])
def test_exactly_the_threshold_is_still_allowed(tmp_path, limit, outcome):
    criterion = {"at_most": limit, "source": "house"}
    finding = beside(tmp_path, CHECK, ["a", "b", "a", "new"], ["a", "b"], dtype="category", criterion=criterion)
    assert finding.outcome == outcome


def test_new_labels_are_seen_and_named(tmp_path):
    columns = {"label": {"column": "y", "favourable": "paid", "unfavourable": "default"}}
    own, other = pd.DataFrame({"y": ["paid", "default", "gone"]}), pd.DataFrame({"y": ["paid", "default"]})
    blocks = {"features": [], "columns": columns}
    finding = beside(tmp_path, CHECK, own, other, manifest=blocks, columns=["y"])
    assert one(finding, "unseen_share").value == 1 / 3
    assert finding.measured.exhibits[0].rows[0] == ("y", 1 / 3, 1, "gone")
    view = people_manifest(features=[{"name": "income"}])
    assert needs(new_categories, view).requests == (DistributionsRequest("test", "train", ("income", "y")),)


def test_the_table_names_ten_values_and_counts_the_rest(tmp_path):
    finding = beside(tmp_path, CHECK, [f"v{i:02}" for i in range(13)] + ["v12"], ["old"], dtype="category")
    assert finding.measured.exhibits[0].rows[0][3].startswith("v12, v00, v01")
    assert finding.measured.exhibits[0].rows[0][3].endswith(" and 3 more")


def test_an_identifier_is_undefined_and_its_values_stand_nowhere(tmp_path):
    values = [f"client-{i}" for i in range(10_001)]
    finding = beside(tmp_path, CHECK, values, values, dtype="category")
    assert "10001 different values" in one(finding, "unseen_share").undefined
    assert finding.outcome == "inconclusive"
    assert "client-" not in str(finding)


def test_without_rows_there_is_no_evidence(tmp_path):
    found = one(beside(tmp_path, CHECK, pd.Series([], dtype=float), [1.0, 2.0]), "unseen_share")
    assert (found.undefined, found.undefined_as) == ("the test data have no rows", "evidence_missing")


# The code book of the Taiwanese loans says education 1 to 4: 14, 280 and 51 clients have 0, 5 and 6.
def test_undocumented_codes_of_taiwan_are_new_beside_clients_without_them(tmp_path):
    loans = pd.read_csv(shared("credit_default_taiwan/credit_default_taiwan.csv.gz"))[["EDUCATION", "MARRIAGE"]]
    documented = loans[loans.EDUCATION.between(1, 4) & loans.MARRIAGE.between(1, 3)]
    finding = beside(tmp_path, CHECK, loans, documented, kind="csv", dtype="category")
    assert one(finding, "unseen_share", "EDUCATION").numerator == 14 + 280 + 51
    assert one(finding, "unseen_share", "MARRIAGE").numerator == 54
