"""Rates of people with sampling weights, and of people in several rows: from a Parquet file to the finding."""

from fractions import Fraction
from hashlib import md5

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from assay.checks.fairness.impact_ratio import impact_ratio
from assay.evidence.cells import Cells
from assay.record.audit import Audit
from assay.stats.comparison import ratio_interval
from auditing import DECIDED, control, estimates_of, evaluate, finding_of
from builders import by_group, measure, needs, people_manifest
from subjects import write_frame

COLUMNS = {**DECIDED, "label": {"column": "label", "favourable": 1}}
CHECKED = (
    control("C"),
    control("E", check="fairness.equal_opportunity", criterion={"at_most": 0.2, "source": "house"}),
)


def people(seed=3, n=4000):
    random = np.random.default_rng(seed)
    group = random.choice(["a", "b"], n, p=[0.6, 0.4])
    label = random.integers(0, 2, n)
    decision = np.where(random.random(n) < 0.45 + 0.1 * label + 0.05 * (group == "a"), "yes", "no")
    weight = np.round(random.lognormal(0, 0.8, n), 3)
    return pd.DataFrame({"group": group, "label": label, "decision": decision, "w": weight})


def audited(tmp_path, frame, *controls, columns=(), kind="parquet"):
    write_frame(frame, tmp_path / f"d.{kind}")
    return evaluate(tmp_path, tmp_path / f"d.{kind}", {**COLUMNS, **dict(columns)}, *(controls or CHECKED))


def rate(frame, weight=None):
    return float(np.average(frame["decision"] == "yes", weights=None if weight is None else frame[weight]))


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_rates_are_weighted_and_a_second_library_agrees(tmp_path, kind):
    frame = people()
    audit = audited(tmp_path, frame, columns={"weight": "w"}, kind=kind).audit
    (found,) = finding_of(audit_of(audit)).measured.estimates
    low, high = (frame[frame["group"] == name] for name in (found.group, found.reference))
    assert found.value == pytest.approx(rate(low, "w") / rate(high, "w"), abs=1e-12)
    assert found.value != pytest.approx(rate(low) / rate(high), abs=1e-4)
    assert (found.numerator, found.denominator, found.exact) == (None, None, None)
    assert (found.n, found.reference_design.people) == (len(low), len(high))
    assert found.method == "ratio of two weighted rates, effective numbers"
    (difference,) = finding_of(audit_of(audit), "E").measured.estimates
    low, high = (
        frame[(frame["group"] == name) & (frame["label"] == 1)] for name in (difference.group, difference.reference)
    )
    assert difference.value == pytest.approx(rate(low, "w") - rate(high, "w"), abs=1e-12)
    assert (audit.second_computation.compared, audit.second_computation.agrees) == (2, True)


def audit_of(audit):
    """Something with `.audit`, as `finding_of` wants it: the record written and read again."""

    class Read:
        pass

    Read.audit = Audit.model_validate_json(audit.model_dump_json(by_alias=True))
    return Read


def test_the_effective_number_is_that_of_the_weighted_variance(tmp_path):
    frame = people()
    found = estimates_of(finding_of(audited(tmp_path, frame, columns={"weight": "w"})))
    (((_, name), estimate),) = found.items()
    own = frame[frame["group"] == name]
    y = (own["decision"] == "yes").to_numpy(float)
    variance = sm.WLS(y, np.ones_like(y), weights=own["w"].to_numpy()).fit(cov_type="HC0").bse[0] ** 2
    p, kish = estimate.design.rate, own["w"].sum() ** 2 / (own["w"] ** 2).sum()
    assert estimate.design.effective == pytest.approx(min(p * (1 - p) / variance, kish), rel=1e-6)
    assert estimate.design.effective < 0.7 * len(own)  # 1 / (1 + cv²) is about 0.53
    other = estimate.reference_design
    expected = ratio_interval((p * estimate.design.effective, estimate.design.effective),
                              (other.rate * other.effective, other.effective), 0.95)  # fmt: skip
    assert estimate.interval == expected


def test_weights_of_one_change_nothing_but_the_kind_of_the_numbers(tmp_path):
    frame = people().assign(w=1.0)
    (plain,) = finding_of(audited(tmp_path, frame)).measured.estimates
    (weighted,) = finding_of(audited(tmp_path, frame, columns={"weight": "w"})).measured.estimates
    assert plain.design is None
    assert weighted.value == pytest.approx(plain.value, abs=1e-12)
    assert weighted.interval.low == pytest.approx(plain.interval.low, abs=1e-9)
    assert weighted.interval.high == pytest.approx(plain.interval.high, abs=1e-9)


def repeated(seed=5, clients=120, rows=20):
    """Clients of two groups who stand in many rows each and are nearly always decided alike."""
    random = np.random.default_rng(seed)
    own = random.beta(0.35, 0.35, clients)
    frame = pd.DataFrame({"client": np.repeat([f"c{k}" for k in range(clients)], rows)})
    frame["group"] = np.repeat(np.where(np.arange(clients) % 2, "a", "b"), rows)
    frame["label"] = 1
    frame["decision"] = np.where(random.random(len(frame)) < np.repeat(own, rows), "yes", "no")
    frame["w"] = 1.0
    return frame


def test_an_interval_by_entity_is_as_wide_as_the_spread_between_clients(tmp_path):
    frame = repeated()
    (naive,) = finding_of(audited(tmp_path, frame)).measured.estimates
    (found,) = finding_of(audited(tmp_path, frame, columns={"entity": "client"})).measured.estimates
    assert found.value == naive.value
    assert (found.numerator, found.denominator) == (naive.numerator, naive.denominator)
    assert found.method == "ratio of two rates, effective numbers, spread between random groups of entities"
    own = frame[frame["group"] == found.group]
    random_group = np.array([int(md5(str(code).encode()).hexdigest()[:8], 16) % 400 for code in own["client"]])
    y, k = (own["decision"] == "yes").to_numpy(float), len(set(random_group.tolist()))
    assert found.design.groups == k
    without = np.array([y[random_group != one].mean() for one in set(random_group.tolist())])
    variance = (k - 1) / k * ((without - y.mean()) ** 2).sum()  # the delete-a-group jackknife
    assert found.design.effective == pytest.approx(found.design.rate * (1 - found.design.rate) / variance, rel=1e-6)
    assert found.design.effective < 100  # of 1200 rows of 60 clients

    def width(estimate):
        return estimate.interval.high - estimate.interval.low

    assert width(found) > 2.5 * width(naive)


def test_rows_of_few_clients_do_not_decide_what_they_would_decide_as_people(tmp_path):
    clients = [(group, place < yes) for group, yes in (("a", 24), ("b", 36)) for place in range(60)]
    frame = pd.DataFrame(
        [(f"c{k}", group, 1, "yes" if yes else "no") for k, (group, yes) in enumerate(clients) for _ in range(20)],
        columns=["client", "group", "label", "decision"],
    )
    plain = finding_of(audited(tmp_path, frame))
    by_entity = finding_of(audited(tmp_path, frame, columns={"entity": "client"}))
    assert plain.outcome == "fail"
    assert (by_entity.outcome, by_entity.reason) == ("inconclusive", "interval_straddles")
    assert by_entity.measured.estimates[0].exact == Fraction(24, 36)
    assert by_entity.judgements[0].people_to_decide > 1200


def test_weights_and_entities_go_together(tmp_path):
    random = np.random.default_rng(4)
    frame = repeated().assign(w=lambda one: np.round(random.lognormal(0, 0.5, len(one)), 3))
    (found,) = finding_of(audited(tmp_path, frame, columns={"entity": "client", "weight": "w"})).measured.estimates
    assert found.method == "ratio of two weighted rates, effective numbers, spread between random groups of entities"
    own = frame[frame["group"] == found.group]
    assert found.design.rate == pytest.approx(rate(own, "w"), abs=1e-12)
    assert found.design.weighted
    assert found.design.groups > 40


def test_the_table_of_rates_tells_the_effective_number(tmp_path):
    finding = finding_of(audited(tmp_path, people(), columns={"weight": "w"}))
    (table,) = finding.measured.exhibits
    names = [column.name for column in table.columns]
    (estimate,) = finding.measured.estimates
    line = next(row for row in table.rows if row[0] == estimate.group)
    assert line[names.index("effective")] == estimate.design.effective
    assert line[names.index("value")] == estimate.design.rate
    assert line[names.index("people")] == estimate.n
    plain = finding_of(audited(tmp_path, people()))
    assert "effective" not in [column.name for column in plain.measured.exhibits[0].columns]


def test_groupings_by_entity_are_as_many_cells_as_each_of_them_and_not_as_their_product(tmp_path, monkeypatch):
    random = np.random.default_rng(2)
    names = ("g", "h", "i")
    frame = pd.DataFrame({name: random.integers(0, 8, 3000).astype(str) for name in names})
    frame = frame.assign(decision=random.choice(["yes", "no"], 3000), client=random.integers(0, 40, 3000).astype(str))
    columns = {"groups": {name: {"column": name} for name in names}, "entity": "client"}
    for limit in ("MAXIMUM_CELLS", "MAXIMUM_CUBE"):
        monkeypatch.setattr(f"assay.engines.cells.{limit}", 700)  # 2 decisions, 8 levels, 40 clients: 640
    apart = estimates_of(finding_of(audited(tmp_path, frame, control("C"), columns=columns)))
    assert {grouping for grouping, _ in apart} == {*names}
    monkeypatch.undo()
    own = {"groups": {"h": {"column": "h"}}, "entity": "client"}
    alone = estimates_of(finding_of(audited(tmp_path, frame, control("C"), columns=own)))
    assert {key: one for key, one in apart.items() if key[0] == "h"} == alone


SEX = people_manifest("sex")
KEYS = ("decision", "group:sex")


def weighted_view(**more):
    columns = {**SEX.columns.model_dump(mode="json", by_alias=True, exclude_none=True), **more}
    return people_manifest("sex", columns=columns)


def cells_of(**groups):
    """Cells from name=(favourable people, their weight each, others, their weight each)."""
    rows = {}
    for name, (yes, w, no, v) in groups.items():
        rows["favourable", name], rows["unfavourable", name] = (yes, w), (no, v)
    kept = {levels: one for levels, one in sorted(rows.items()) if one[0]}
    return Cells(
        KEYS,
        tuple(kept),
        tuple(n for n, _ in kept.values()),
        tuple(n * w for n, w in kept.values()),
        tuple(n * w * w for n, w in kept.values()),
    )


def test_the_minimum_counts_people_and_not_their_weights():
    given = cells_of(m=(600, 1.0, 400, 1.0), f=(10, 100.0, 10, 100.0))
    found = by_group(measure(impact_ratio, weighted_view(weight="w"), given))["f"]
    assert found.interval.method == "Clopper-Pearson"
    assert found.worse_only
    assert found.n == 20


def test_the_reference_is_the_group_of_the_highest_weighted_rate():
    given = cells_of(m=(300, 1.0, 700, 1.0), f=(250, 4.0, 750, 1.0))  # 30 % of people beside 25 %, weighted 57 %
    (found,) = measure(impact_ratio, weighted_view(weight="w"), given).estimates
    assert (found.group, found.reference) == ("m", "f")
    assert found.value == pytest.approx(0.3 / (1000 / 1750))


def test_people_without_weight_count_for_nothing_and_their_group_has_no_rate():
    given = cells_of(m=(300, 1.0, 700, 1.0), f=(250, 0.0, 750, 0.0), x=(200, 1.0, 100, 0.0))
    found = measure(impact_ratio, weighted_view(weight="w"), given).estimates
    nobody = next(one for one in found if one.group == "f")
    assert (nobody.undefined, nobody.undefined_as) == ("nobody of f counts towards the rate", "sample_too_small")
    pair = next(one for one in found if one.reference)
    assert (pair.group, pair.reference, pair.reference_design.rate) == ("m", "x", 1.0)


def test_cells_by_entity_are_asked_for_where_somebody_stands_in_several_rows():
    (plain,) = needs(impact_ratio, SEX).requests
    (by_entity,) = needs(impact_ratio, weighted_view(entity="client")).requests
    assert plain.keys == KEYS
    assert by_entity.keys == (*KEYS, "entity")
    two = {"groups": {"sex": {"column": "sex"}, "age": {"column": "age"}}}
    (plain,) = needs(
        impact_ratio, people_manifest(columns={**SEX.columns.model_dump(exclude_none=True), **two})
    ).requests
    assert plain.keys == (*KEYS, "group:age")
    apart = needs(impact_ratio, weighted_view(entity="client", **two), groups=("sex", "age", "sex*age")).requests
    assert [request.keys[1:] for request in apart] == [
        ("group:sex", "entity"), ("group:age", "entity"), ("group:sex", "group:age", "entity")
    ]  # fmt: skip


def test_rows_without_entity_are_one_cluster():
    rows = [("favourable", "m", f"{k:03}") for k in range(40)] + [("unfavourable", "m", f"{k:03}") for k in range(40)]
    rows += [(decision, "f", entity) for decision, _, entity in rows if entity != "039"]
    table = sorted([*rows, ("favourable", "f", None)], key=lambda one: (one[0], one[1], one[2] or ""))
    counts = tuple(500 if entity is None else 10 for _, _, entity in table)
    given = Cells((*KEYS, "entity"), tuple(table), counts)
    found = measure(impact_ratio, weighted_view(entity="client"), given).estimates[0]
    unknown = found.design if found.group == "f" else found.reference_design
    assert (unknown.groups, unknown.people) == (40, 39 * 20 + 500)
    assert unknown.effective < 15  # one cluster of 500 who all agree outweighs the rest


def test_equal_weights_at_exactly_four_fifths_give_exactly_four_fifths():
    for w, v in ((1.0, 1.0), (3.0, 3.0), (0.1, 0.1), (0.7, 1.3)):  # those of a group are equal
        given = cells_of(m=(2, w, 3, w), f=(8, v, 17, v))
        (found,) = measure(impact_ratio, weighted_view(weight="w"), given, decide_on="estimate").estimates
        assert found.value == 0.8  # 0.32 / 0.4 is less in binary numbers


def test_rates_of_equal_weights_that_tie_are_equal_whatever_their_sums_are_rounded_to():
    tied = [(k, n, scale) for k, n in ((1, 3), (2, 7), (9, 49)) for scale in (2, 3, 7, 11)]
    for k, n, scale in tied:
        given = cells_of(m=(k, 0.1, n - k, 0.1), f=(scale * k, 0.7, scale * (n - k), 0.7))
        (found,) = measure(impact_ratio, weighted_view(weight="w"), given, decide_on="estimate").estimates
        assert found.value == 1.0
        assert found.reference == "f"  # of equal rates that of more people is the reference


def test_weights_that_differ_keep_their_rate_however_near_it_is_to_that_of_the_counts():
    given = cells_of(m=(2, 1.0 + 1e-12, 3, 1.0), f=(8, 1.0, 17, 1.0))
    (found,) = measure(impact_ratio, weighted_view(weight="w"), given, decide_on="estimate").estimates
    assert found.value < 0.8
