"""116 published bias audits of New York City, 2023 and 2024, computed again.

Source: aclu-national/auditing-the-audits-facct-2025, commit cef7c27 (Gerchick et al., FAccT 2025): 53 % of the audits
with ratios have one below four fifths, 54 % one above 1, and so do 23 % of the tables.
"""

import csv
import gzip
from collections import defaultdict

import pytest

from assay.stats.groups import GroupCounts, compare_groups
from assay.stats.pairing import Question
from auditing import shared

RATIO, TABLE = "ratio", ("audit_id", "selection_or_scoring_rate", "protected_char_group")


def number(text):
    return float(text) if text else None


@pytest.fixture(scope="module")
def results():
    """The rows that the paper looks at: of one vendor selection is bad news, of another two rates are one too many."""
    with gzip.open(shared("nyc_ll144/published_audits_2023_2024.csv.gz"), "rt", newline="") as file:
        rows = list(csv.DictReader(file))
    kept = [
        row
        for row in rows
        if row["deploying_entity"] != "Hackerrank"
        and (row["tool_vendor"], row["selection_or_scoring_rate"]) != ("dover", "Scoring")
    ]
    for row in kept:
        printed = number(row["impact_ratio"])
        computed = number(row["impact_calc"]) if row["any_group_ir_is_one"] == "False" else None
        row[RATIO] = computed if printed is None else printed
    return kept


def ratios_by(rows, *keys):
    """The ratios of each audit or table; those of nobody are left out of what lies below four fifths."""
    found = defaultdict(list)
    for row in rows:
        if row[RATIO] is not None:
            found[tuple(row[key] for key in keys)].append((row[RATIO], number(row["number_of_applications"])))
    return found


def any_below(ratios):
    return any(ratio < 0.8 and people for ratio, people in ratios)


def test_the_shares_of_the_paper(results):
    audits = ratios_by(results, "audit_id")
    assert len(audits) == 112
    assert sum(any_below(ratios) for ratios in audits.values()) / 112 == pytest.approx(0.526786, abs=5e-7)
    above = sum(any(ratio > 1 for ratio, _ in ratios) for ratios in audits.values())
    assert above / 112 == pytest.approx(0.544643, abs=5e-7)
    compared = {tuple(row[key] for key in TABLE) for row in results if row["comparator_group"] == "True"}
    tables = {key: ratios for key, ratios in ratios_by(results, *TABLE).items() if key in compared}
    assert len(tables) == 480
    assert sum(any_below(ratios) for ratios in tables.values()) / 480 == pytest.approx(0.229167, abs=5e-7)


def test_no_ratio_by_sex_alone_lies_below_four_fifths(results):
    by_sex = [row for row in results if row["protected_char_group"] == "sex" and row[RATIO] is not None]
    assert len(by_sex) > 300
    assert [row for row in by_sex if row[RATIO] < 0.8] == []


def counted(results):
    """The tables whose counts are all there and whole, with what was printed beside them."""
    tables = defaultdict(list)
    for row in results:
        if "Missing/Unknown" not in (row["sex"], row["race_ethnicity"]):
            tables[tuple(row[key] for key in TABLE)].append(row)
    for key, rows in sorted(tables.items()):
        counts = [(number(r["n_selected_or_n_above_median"]), number(r["number_of_applications"])) for r in rows]
        whole = all(n is not None and n.is_integer() and (k or 0.0).is_integer() and (k or 0) <= n for k, n in counts)
        if whole and all(k is not None for k, n in counts if n) and sum(n > 0 for _, n in counts) > 1:
            yield (
                key,
                rows,
                [
                    GroupCounts(f"{r['sex']}, {r['race_ethnicity']}", int(k or 0), int(n), int(n))
                    for r, (k, n) in zip(rows, counts, strict=True)
                ],
            )


def computed(rows, groups):
    """The ratios to the highest rate, as the rule has it; whom the auditor gave no ratio is left out."""
    aside = {group.name: "no ratio printed" for row, group in zip(rows, groups, strict=True)
             if group.denominator and not row["impact_ratio"]}  # fmt: skip
    return compare_groups(groups, Question("impact_ratio", "ratio", "g", 0.95, 30, "estimate", excluded=aside))


def test_ratios_from_counts_agree_with_the_print_or_are_a_finding(results):
    agree, differ = 0, {}
    for key, rows, groups in counted(results):
        mine = {e.group: e.value for e in computed(rows, groups) if e.value is not None}
        for row, group in zip(rows, groups, strict=True):
            if row["impact_ratio"] and group.name in mine:
                printed = float(row["impact_ratio"])
                if mine[group.name] == pytest.approx(printed, abs=0.0051):  # printed with two decimals, or with three
                    agree += 1
                else:
                    differ[(*key, group.name)] = printed, round(mine[group.name], 3)
    assert (agree, len(differ), len({audit for audit, *_ in differ})) == (175, 80, 13)
    # 229396 of 312571 against 17115 of 22595, and not the 0.933 that was printed
    adp = ("adp_adp_blds_llc_2024_audit_2", "Selection, top and middle", "intersectional", "Female, Asian")
    assert differ[adp] == (0.933, 0.969)
    # half of 2500 against 1275 of 2500
    conductor = ("alidoro_landed_conductor_ai_2023_audit_1", "Scoring", "intersectional", "Male, Hispanic or Latino")
    assert differ[conductor] == (0.97, 0.98)


def test_a_group_of_nobody_has_no_ratio_though_some_audits_print_0(results):
    printed = [r for r in results if r["number_of_applications"] == "0.0" and r["impact_ratio"]]
    assert {row["impact_ratio"] for row in printed} <= {"0.0"}
    nobody = 0
    for _, rows, groups in counted(results):
        empty = {group.name for group in groups if not group.denominator}
        estimates = [e for e in computed(rows, groups) if e.group in empty]
        assert {e.group for e in estimates} == empty
        assert all((e.value, e.undefined_as) == (None, "sample_too_small") for e in estimates)
        nobody += len(estimates)
    assert nobody > 0
