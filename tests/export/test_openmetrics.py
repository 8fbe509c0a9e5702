"""OpenMetrics text, read back by the parsers of the Prometheus client: the strict one, and that of the older format."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as older

from assay.export.openmetrics import HELP, MOST_ESTIMATES, render

FIXTURES = ("failing", "passing", "inconclusive", "waived", "everything", "hostile")


def samples(recorded):
    """Metric → [(labels without model and stage, value)]; read by both parsers, which have to agree."""
    text = render(recorded)
    assert text.endswith("\n# EOF\n")
    found = {}
    for family in openmetrics(text):
        assert (family.name, family.documentation, family.type) == (family.name, HELP[family.name], "gauge")
        assert family.unit == ("seconds" if family.name.endswith("_seconds") else "")
        for sample in family.samples:
            assert sample.timestamp is None
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    known = {sample.name: len(family.samples) for family in older(text) for sample in family.samples}
    assert known == {name: len(each) for name, each in found.items()}
    for each in found.values():
        told = [tuple(sorted(labels.items())) for labels, _ in each]
        assert len(set(told)) == len(told)
        for labels, _ in each:
            assert (labels.pop("model"), labels.pop("stage")) == ("model", recorded.gate.stage)
    return found


def one(found, metric):
    ((labels, value),) = found[metric]
    return value if not labels else (labels, value)


def states(found, metric, label):
    return {labels["control"]: labels[label] for labels, value in found[metric] if value == 1}


def with_estimates(recorded, *estimates):
    finding = recorded.audit.findings[0]
    measured = finding.measured.model_copy(update={"estimates": estimates})
    finding = finding.model_copy(update={"measured": measured})
    return replace(recorded, audit=recorded.audit.model_copy(update={"findings": (finding,)}))


def first(recorded):
    return recorded.audit.findings[0].measured.estimates[0]


@pytest.mark.parametrize("name", FIXTURES)
def test_the_gate_and_its_exit_code_are_those_of_the_record(name, request):
    recorded = request.getfixturevalue(name)
    found = samples(recorded)
    assert one(found, "assay_gate_open") == recorded.gate.open
    assert one(found, "assay_gate_exit_code") == recorded.gate.exit_code
    assert one(found, "assay_audit_timestamp_seconds") == datetime(2026, 3, 31, 12, tzinfo=UTC).timestamp()
    assert render(recorded) == render(recorded)


@pytest.mark.parametrize("name", FIXTURES)
def test_each_control_has_one_outcome_and_one_effect_of_all_that_there_are(name, request):
    recorded = request.getfixturevalue(name)
    found = samples(recorded)
    outcomes = {finding.control: finding.outcome for finding in recorded.audit.findings}
    assert states(found, "assay_control_outcome", "outcome") == outcomes
    assert len(found["assay_control_outcome"]) == 5 * len(outcomes)
    effects = {line.finding.removeprefix("p/"): line.effect for line in recorded.gate.lines}
    assert states(found, "assay_control_effect", "effect") == effects
    counts = {labels["outcome"]: value for labels, value in found["assay_controls"]}
    assert counts == {each: list(outcomes.values()).count(each) for each in counts}
    assert len(counts) == 5


def test_outcomes_and_the_answers_of_people_can_be_told_apart(everything):
    found = samples(everything)
    yes = {metric: [labels["control"] for labels, value in found[metric] if value]
           for metric in ("assay_control_waived", "assay_control_signed_off")}  # fmt: skip
    assert yes == {"assay_control_waived": ["FAIR-02"], "assay_control_signed_off": ["DOC-02"]}
    assert states(found, "assay_control_attested", "answer") == {"LAW-01": "pass", "LAW-02": "fail"}
    assert [labels["control"] for labels, _ in found["assay_control_attested"]] == [
        "LAW-01", "LAW-01", "LAW-02", "LAW-02", "LAW-03", "LAW-03",
    ]  # fmt: skip
    severities = {labels["control"]: labels["severity"] for labels, _ in found["assay_control_outcome"]}
    assert (severities["FAIR-01"], severities["DOC-01"]) == ("high", "low")


def test_a_waiver_that_opens_no_gate_waives_nothing(waived):
    line = waived.gate.lines[0].model_copy(update={"effect": "block"})
    found = samples(replace(waived, gate=waived.gate.model_copy(update={"lines": (line,)})))
    assert [value for _, value in found["assay_control_waived"]] == [0]
    assert [value for _, value in samples(waived)["assay_control_waived"]] == [1]


def test_an_estimate_has_its_interval_and_its_threshold(failing):
    found = samples(failing)
    estimate = first(failing)
    labels = {"policy": "p", "control": "FAIR-01", "estimate": "impact_ratio", "grouping": "sex", "group": "a",
              "reference": "b"}  # fmt: skip
    assert (labels, estimate.value) in found["assay_estimate"]
    assert (labels, estimate.interval.low) in found["assay_estimate_low"]
    assert (labels, estimate.interval.high) in found["assay_estimate_high"]
    assert (labels, 500) in found["assay_estimate_sample_size"]
    of = {"policy": "p", "control": "FAIR-01", "estimate": "impact_ratio"}
    assert found["assay_control_threshold"] == [({**of, "criterion": "0", "comparison": "at_least"}, 0.8)]


def test_between_is_two_thresholds(failing):
    finding = failing.audit.findings[0]
    bounds = finding.criteria[0].model_copy(update={"at_least": None, "between": (0.7, 0.9)})
    changed = finding.model_copy(update={"criteria": (bounds,)})
    found = samples(replace(failing, audit=failing.audit.model_copy(update={"findings": (changed,)})))
    told = [(labels["comparison"], value) for labels, value in found["assay_control_threshold"]]
    assert told == [("at_least", 0.7), ("at_most", 0.9)]


def test_an_undefined_estimate_has_no_series_and_is_counted(failing):
    undefined = first(failing).model_copy(update={"value": None, "undefined": "nobody was approved", "interval": None})
    found = samples(with_estimates(failing, undefined))
    assert "assay_estimate" not in found
    assert "assay_estimate_sample_size" not in found
    assert found["assay_estimates_undefined"] == [({"policy": "p", "control": "FAIR-01"}, 1)]
    assert one(found, "assay_estimates_left_out") == 0
    assert "NaN" not in render(with_estimates(failing, undefined))


def test_an_interval_without_bound_is_infinite(failing):
    interval = first(failing).interval.model_copy(update={"low": None, "high": None})
    found = samples(with_estimates(failing, first(failing).model_copy(update={"interval": interval})))
    assert [found[f"assay_estimate_{end}"][0][1] for end in ("low", "high")] == [float("-inf"), float("inf")]


def test_the_number_of_series_has_an_end_and_what_is_left_out_is_counted(failing):
    """Headline estimates come first, wherever they stand."""
    names = range(2000 + MOST_ESTIMATES // 2)
    many = [first(failing).model_copy(update={"group": f"g{i}", "headline": i >= 2000}) for i in names]
    found = samples(with_estimates(failing, *many))
    assert len(found["assay_estimate"]) == MOST_ESTIMATES
    assert one(found, "assay_estimates_left_out") == len(many) - MOST_ESTIMATES
    shown = {labels["group"] for labels, _ in found["assay_estimate"]}
    assert {estimate.group for estimate in many if estimate.headline} <= shown


def test_estimates_that_prometheus_cannot_tell_apart_do_not_spoil_the_file(failing):
    twice = (first(failing).model_copy(update={"interval": None}), first(failing).model_copy(update={"value": 0.9}))
    found = samples(with_estimates(failing, *twice))
    assert [value for _, value in found["assay_estimate"]] == [first(failing).value]
    assert "assay_estimate_low" not in found
    assert one(found, "assay_estimates_left_out") == 1


def test_an_empty_group_is_no_label(failing):
    """To Prometheus an empty label and none are the same series."""
    twice = [first(failing).model_copy(update={"group": group}) for group in (None, "")]
    found = samples(with_estimates(failing, *twice))
    assert len(found["assay_estimate"]) == 1
    assert one(found, "assay_estimates_left_out") == 1


def test_decisions_of_people_say_when_they_end(everything):
    found = samples(everything)
    end = datetime(2026, 4, 13, tzinfo=UTC).timestamp()
    of = {"waiver": "W-1", "policy": "p", "control": "FAIR-02"}
    assert found["assay_waiver_holds"] == [(of, 1)]
    assert found["assay_waiver_end_timestamp_seconds"] == [(of, end)]
    ends = {labels["attestation"]: value for labels, value in found["assay_attestation_end_timestamp_seconds"]}
    assert ends == {"A-1": end, "A-2": end}


def test_the_end_of_the_data_is_told_where_the_manifest_says_it(failing):
    assert "assay_data_period_end_timestamp_seconds" not in samples(failing)
    period = {"start": "2025-01-01", "end": "2025-12-31"}
    manifest = {"data": {"test": {"period": period}, "train": {"period": {"end": "soon"}}, "other": {"period": 3}}}
    found = samples(replace(failing, audit=failing.audit.model_copy(update={"manifest": manifest})))
    assert found["assay_data_period_end_timestamp_seconds"] == [
        ({"data": "test"}, datetime(2026, 1, 1, tzinfo=UTC).timestamp())
    ]  # fmt: skip


def test_foreign_text_neither_ends_a_label_nor_starts_a_line(hostile):
    text = render(hostile)
    assert text.isprintable() is False
    assert all(line.isprintable() for line in text.split("\n"))
    assert len(text.splitlines()) == len(text.split("\n")) - 1
    assert all(
        len(value) <= 200 for each in samples(hostile).values() for labels, _ in each for value in labels.values()
    )


@settings(max_examples=50)
@given(groups=st.lists(st.text(st.characters(), max_size=150), min_size=1, max_size=4, unique=True))
def test_any_group_can_be_read_back(groups, failing):
    given = with_estimates(failing, *(first(failing).model_copy(update={"group": group}) for group in groups))
    found = samples(given)
    assert len(found["assay_estimate"]) == len(groups)
    for (labels, _), group in zip(found["assay_estimate"], groups, strict=True):
        if group.isprintable() and group == " ".join(group.split()):
            assert labels.get("group", "") == group


@pytest.mark.parametrize("group", ['"', "\\", '\\"', "\\n", 'a",b="c', "}", "{", "# EOF", "a} 1 # {", "é 你好 😀"])
def test_what_means_something_in_the_format_is_a_text_in_a_label(group, failing):
    found = samples(with_estimates(failing, first(failing).model_copy(update={"group": group})))
    assert found["assay_estimate"][0][0]["group"] == group


@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_read_back_as_they_are(value, failing):
    found = samples(with_estimates(failing, first(failing).model_copy(update={"value": value})))
    assert found["assay_estimate"][0][1] == value


def test_every_metric_is_written_somewhere(everything, failing):
    period = {"data": {"test": {"period": {"end": "2025-12-31"}}}}
    given = replace(everything, audit=everything.audit.model_copy(update={"manifest": period}))
    assert set(samples(given)) == set(HELP)
