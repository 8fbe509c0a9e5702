"""NYC Local Law 144 through the pack: the rule's worked examples, the public summary, an employment sample.

Sources: worked examples of 6 RCNY 5-301 (DCWP final rule, April 2023); the sample and its full audit of
SolasAI/solas-ai-disparity, examples/data, commit 7bdcc33.
"""

import csv
import gzip
import json
import re
from html import unescape

import pytest

from assay.report.ll144 import render_html
from auditing import evaluate, finding_of, shared, write_csv

NAMES = ("sex", "race_ethnicity")
GROUPS = {name: {"column": name} for name in NAMES}
SELECTION = {"decision": {"column": "selected", "favourable": "yes"}, "groups": GROUPS}
SCORING = {"score": {"column": "score", "kind": "rank", "higher": "favourable"}, "groups": GROUPS}
EMPLOYMENT = {
    "organisation": {"name": "City Bakery", "roles": ["employer"]},
    "purpose": {"decision": {"domain": "employment"}},
    "conformity": {"audit": {"date": "2026-02-01", "auditor": "Some Auditor"}},
    "lifecycle": {"dates": {"deployed": "2026-03-01"}},
}
ALL_CATEGORIES = [
    {
        "id": id_,
        "title": "The tables, with no category left out",
        "cites": [{"ref": f"nyc-ll144/{place}"}],
        "when": {"field": f"columns.{column}", "is": "present"},
        "check": f"fairness.{check}",
        "with": {"groups": ["sex", "race_ethnicity", "sex*race_ethnicity"]},
        "criterion": criterion | {"source": "convention", "decide_on": "estimate"},
        "maximum_unknown": 1,
    }
    for id_, place, column, check, criterion in (
        ("NY-03", "5-301(b)", "decision", "impact_ratio", {"reported": True}),
        ("NY-05", "5-301(c)", "score", "scoring_ratio", {"reported": True}),
        ("NY-14", "5-300", "decision", "impact_ratio", {"at_least": 0.8}),
    )
]
TITLES = {
    "sex": "rates and impact ratios by sex",
    "race_ethnicity": "rates and impact ratios by race or ethnicity",
    "intersectional": "rates and impact ratios by sex and race or ethnicity",
}


def rule(example, table):
    with gzip.open(shared(f"nyc_ll144/dcwp_example_{example}.csv.gz"), "rt", newline="") as file:
        return [row for row in csv.DictReader(file) if row["table"] == table]


def category(row):
    return ", ".join(part for part in (row["sex"], row["race_ethnicity"]) if part)


def audited(tmp_path, header, rows, columns, *, all_categories=False):
    data = write_csv(tmp_path / "data.csv", header, rows)
    policies = [str(tmp_path / "policy.yaml")] if all_categories else ["nyc-ll144-four-fifths"]
    return evaluate(tmp_path, data, columns, *ALL_CATEGORIES, policies=policies, manifest=EMPLOYMENT)


def selections(rows):
    """Ready-made counts of a printed table; 250 more people of unknown category, as the rule says."""
    counts = [
        (row["sex"], row["race_ethnicity"], level, n)
        for row in rows
        for level, n in (
            ("yes", int(row["selected"])),
            ("no", int(row["applicants"]) - int(row["selected"])),
        )
    ]
    return ("sex", "race_ethnicity", "selected", "n"), [*counts, ("", "", "no", 250)]


def scores():
    """168 people with distinct scores, 84 of them above the median, and 15 of unknown category, 7 of them above it."""
    rows, rank = [], 0
    for row in rule("scoring", "intersectional"):
        above, all_ = int(row["implied_above_median"]), int(row["applicants"])
        for place in range(all_):
            rank += 1
            rows.append((row["sex"], row["race_ethnicity"], rank + (1000 if place < above else 0)))
    rows += [("", "", (2000 if place < 7 else -1) + place / 100) for place in range(15)]
    return ("sex", "race_ethnicity", "score"), rows


def tables(page):
    """Title → the rows of the published tables, as they are printed, and the foot line."""
    found = {}
    for title, body in re.findall(r"(?s)<h3>(.*?)</h3>(.*?)(?=<h3>|</section>)", page):
        rows = re.findall(r'<tr><th scope="row">(.*?)</th>' + r'<td class="right">(.*?)</td>' * 4 + "</tr>", body)
        unknown = re.search(r"used to assess (\S+) individuals with an unknown category", body)
        found[unescape(title)] = {unescape(row[0]): row[1:] for row in rows}, int(unknown.group(1)), body
    return found


def summary_of(result):
    return tables(render_html(result.audit, audit_digest="sha256:" + "ab" * 32, minimum_cell=0))


def assert_printed(rows, printed, people, hits, rate):
    """Every row of a table of the rule; the rule mixes two and three decimals, and prints 18 of 28 as 64.2 %."""
    assert set(rows) == {category(row) for row in printed}
    for row in printed:
        shown = rows[category(row)]
        assert (int(shown[0]), int(shown[1])) == (int(row[people]), int(row[hits]))
        published, digits = row[rate].rstrip("%"), len(row[rate].rstrip("%").partition(".")[2])
        assert float(shown[2].rstrip(" %")) == pytest.approx(float(published), abs=0.101 if digits else 0.501)
        ratio, digits = row["printed_impact_ratio"], max(len(row["printed_impact_ratio"].partition(".")[2]), 2)
        assert float(shown[3]) == pytest.approx(float(ratio), abs=0.6 * 10**-digits + 5e-4)


@pytest.mark.parametrize("table", TITLES)
def test_the_summary_prints_every_row_of_the_selection_example(tmp_path, table):
    printed = rule("selection", table)
    header, rows = selections(printed)
    result = audited(tmp_path, header, rows, SELECTION | {"count": "n"}, all_categories=True)
    shown, unknown, _ = summary_of(result)[f"Selection {TITLES[table]}"]
    assert_printed(shown, printed, "applicants", "selected", "printed_selection_rate")
    assert unknown == 250


@pytest.mark.parametrize("table", TITLES)
def test_the_summary_prints_every_row_of_the_scoring_example(tmp_path, table):
    result = audited(tmp_path, *scores(), SCORING, all_categories=True)
    shown, unknown, _ = summary_of(result)[f"Scoring {TITLES[table]}"]
    assert_printed(shown, rule("scoring", table), "applicants", "implied_above_median", "printed_scoring_rate")
    assert unknown == 15
    assert finding_of(result, "NY-05").outcome == "pass"
    assert finding_of(result, "NY-03").outcome == "not_applicable"


def test_categories_under_two_percent_show_number_and_rate_and_why_they_have_no_ratio(tmp_path):
    header, rows = selections(rule("selection", "intersectional"))
    result = audited(tmp_path, header, rows, SELECTION | {"count": "n"})
    shown, _, body = summary_of(result)[f"Selection {TITLES['intersectional']}"]
    assert {name: row[:3] for name, row in shown.items() if row[3] == "left out"} == {
        "Female, Native American or Alaska Native": ("17", "7", "41.2 %"),
        "Female, Native Hawaiian or Pacific Islander": ("32", "15", "46.9 %"),
        "Male, Native American or Alaska Native": ("24", "11", "45.8 %"),
    }
    assert "Female, Native American or Alaska Native is left out of the impact ratios: 17 of 2571 people, 0.66%" in body
    assert min(float(row[3]) for row in shown.values() if row[3] != "left out") == 0.806


def test_the_law_has_no_pass_mark_and_the_overlay_decides_by_who_is_left_out(tmp_path):
    header, rows = selections(rule("selection", "intersectional"))
    found = []
    for all_categories in (False, True):
        result = audited(tmp_path, header, rows, SELECTION | {"count": "n"}, all_categories=all_categories)
        finding = finding_of(result, "NY-14")
        judged = [e.value for e in finding.measured.estimates if e.excluded is None and e.value is not None]
        found.append((finding.outcome, round(min(judged), 3)))
        assert finding_of(result, "NY-03").outcome == "pass"
    assert found == [("pass", 0.806), ("fail", 0.789)]


@pytest.fixture(scope="module")
def employment(tmp_path_factory):
    folder = tmp_path_factory.mktemp("employment")
    golden = json.loads(shared("nyc_employment_sim/golden.json").read_text())
    data = folder / "employment.csv"
    data.write_bytes(gzip.decompress(shared("nyc_employment_sim/employment.csv.gz").read_bytes()))
    columns = {
        "decision": {"column": "Selection", "favourable": 1},
        "score": {"column": "Score", "kind": "rank", "higher": "favourable"},
        "groups": {"sex": {"column": "Gender"}, "race_ethnicity": {"column": "Race/Ethnicity"}},
        "unknown_values": ["Unknown"],
    }
    return evaluate(folder, data, columns, policies=["nyc-ll144"], manifest=EMPLOYMENT), golden


@pytest.mark.parametrize(("control", "kind"), [("NY-03", "selection"), ("NY-05", "scoring")])
@pytest.mark.parametrize(
    ("grouping", "name"), [("sex", "gender"), ("race_ethnicity", "race"), ("sex*race_ethnicity", "intersectional")]
)
def test_every_number_of_the_published_full_audit_of_the_employment_sample(employment, control, kind, grouping, name):
    result, golden = employment
    expected, excluded = golden[kind][name], golden[kind][f"{name}_excluded_below_2pct"]
    mine = [e for e in finding_of(result, control).measured.estimates if e.grouping == grouping]

    def told(group):
        return "/".join(reversed(group.split(", ")))

    found = {told(e.group): e for e in mine if e.excluded is None}
    (highest,) = set(expected) - set(found)
    assert {told(e.reference) for e in mine} == {highest}
    for group, estimate in found.items():
        row = expected[group]
        assert (estimate.numerator, estimate.denominator) == (row["selected"], row["n"])
        assert estimate.numerator / estimate.denominator == pytest.approx(row["rate"], abs=5e-7)
        assert estimate.value == pytest.approx(row["impact_ratio"], abs=5e-7)
    assert (mine[0].reference_numerator, mine[0].reference_denominator) == (
        expected[highest]["selected"],
        expected[highest]["n"],
    )
    aside = {told(e.group): (e.denominator, round(e.numerator / e.denominator, 6)) for e in mine if e.excluded}
    assert aside == {group: (row["n"], row["rate"]) for group, row in excluded.items()}


def test_people_of_unknown_category_are_counted_as_the_published_audit_counts_them(employment):
    shown = summary_of(employment[0])
    unknown = {title: n for title, (_, n, _) in shown.items()}
    assert unknown == {
        f"{kind} {TITLES[name]}": n
        for kind in ("Selection", "Scoring")
        for name, n in (("sex", 307), ("race_ethnicity", 188), ("intersectional", 494))
    }
    for control in ("NY-03", "NY-05"):
        measured = finding_of(employment[0], control).measured
        assert "(unknown)" not in {name for e in measured.estimates for name in (e.group, e.reference)}
        assert measured.unknown == {"sex": 0.0307, "race_ethnicity": 0.0188, "sex*race_ethnicity": 0.0494}
