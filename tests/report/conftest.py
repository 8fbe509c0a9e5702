"""One audit with every outcome and every kind of chart, written by hand, and the gate drawn on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

import pytest

from assay.record.audit import AppliedPolicy, Audit, EnforcementOf, FileDigest, LawAt, SecondComputation, Subject
from assay.record.estimate import Column, Estimate, Exhibit, Interval
from assay.record.finding import CheckRecord, ConditionReading, Finding, Judgement, Measured
from assay.record.gate import Gate, GateLine
from assay.record.people import Person
from assay.record.policy import Citation, Criterion, SmallGroups
from assay.record.signature import Signing
from assay.record.waiver import WaiverState

AT = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)
IMPACT_DOC = """How often each group gets the favourable decision, relative to the group that gets it most often.

Method: the favourable rate of a group is its favourable decisions over its members with a decision. Each ordered pair
    of groups is compared; the printed ratio is against the highest rate. `reference` chooses a fixed group instead.
Evidence: counts of favourable and all decisions per group of `groups` in the dataset `data`.

The rows can be narrowed with `where`; people whose group is unknown are counted and left out (`missing`).
Inconclusive when: a grouping has fewer than two groups, or nobody gets the favourable decision.
Limits: the ratio says nothing about who deserved the decision; with few people read it with its interval.
Source: 29 CFR 1607.4(D). Interval: Koopman 1984, Biometrics 40, 513-517.
"""
AUC_DOC = """How well the score ranks those who had the outcome above those who had not.

Method: the share of all pairs, one with and one without the outcome, in which the score of the first is higher; ties
    count half. Interval: DeLong.
Evidence: scores and labels of the dataset `data`.
Inconclusive when: one of the two outcomes does not occur.
Limits: a ranking says nothing about whether probabilities are right.
Source: DeLong, DeLong and Clarke-Pearson 1988, Biometrics 44, 837-845.
"""


def interval(low: float | None, high: float | None, confidence: float = 0.95, method: str = "Koopman") -> Interval:
    return Interval(low=low, high=high, confidence=confidence, method=method)


def ratio(
    grouping: str,
    group: str,
    own: tuple[int, int],
    other: tuple[int, int],
    reference: str,
    near: tuple[float, float],
    wide: tuple[float, float],
    **rest: Any,
) -> Estimate:
    return Estimate(
        name="impact_ratio",
        shape="ratio",
        grouping=grouping,
        group=group,
        reference=reference,
        value=(own[0] / own[1]) / (other[0] / other[1]),
        n=own[1],
        numerator=own[0],
        denominator=own[1],
        reference_numerator=other[0],
        reference_denominator=other[1],
        interval=interval(*near),
        simultaneous=interval(*wide, confidence=0.995),
        comparisons=10,
        method="Koopman",
        **rest,
    )


def judged(estimate: Estimate, outcome: Any, sentence: str, **rest: Any) -> Judgement:
    return Judgement(estimate=estimate.id, outcome=outcome, sentence=sentence, **rest)


def finding(control: str, title: str, outcome: Any, sentence: str, **rest: Any) -> Finding:
    rest.setdefault("severity", "medium")
    return Finding(
        policy="retail-credit",
        control=control,
        title=title,
        outcome=outcome,
        sentence=sentence,
        place=f"policy.yaml:{20 + len(title)}",
        **rest,
    )


def check(name: str, doc: str, **parameters: object) -> CheckRecord:
    return CheckRecord(id=name, version=1, parameters=parameters, docstring=doc)


def doc(first: str) -> str:
    return (
        f"{first}\n\nMethod: counted over the rows of `data`, without sampling.\nEvidence: the columns named in the "
        "manifest.\nInconclusive when: the dataset is empty.\nLimits: says nothing about the time after the data were "
        "drawn.\nSource: Siddiqi 2017, Intelligent Credit Scoring, chapter 9."
    )


def impact() -> Finding:
    young = ratio("age_band", "under 25", (590, 1_341), (4_212, 6_020), "35-44", (0.59, 0.668), (0.573, 0.686))
    middle = ratio("age_band", "25-34", (3_960, 5_850), (4_212, 6_020), "35-44", (0.943, 0.992), (0.932, 1.004))
    older = ratio("age_band", "45-59", (1_130, 1_660), (4_212, 6_020), "35-44", (0.936, 1.009), (0.92, 1.026))
    oldest = ratio("age_band", "60 and over", (70, 129), (4_212, 6_020), "35-44", (0.66, 0.903), (0.611, 0.965))
    tiny = Estimate(
        name="impact_ratio",
        shape="ratio",
        grouping="sex*age_band",
        group="female, 60 and over",
        reference="male, 35-44",
        value=0.72,
        n=18,
        numerator=9,
        denominator=18,
        reference_numerator=2_000,
        reference_denominator=2_880,
        interval=interval(0.41, 1.01, method="Clopper-Pearson"),
        simultaneous=interval(0.3, 1.2, 0.9975, "Clopper-Pearson"),
        comparisons=20,
    )
    few = Estimate(
        name="impact_ratio",
        shape="ratio",
        grouping="education",
        group="code 0",
        reference="university",
        undefined="the group holds 7 people, none with a decision",
        undefined_as="sample_too_small",
        n=7,
        share=0.0005,
    )
    left_out = Estimate(
        name="impact_ratio",
        shape="ratio",
        grouping="education",
        group="other",
        reference="university",
        value=0.97,
        n=59,
        excluded="under 2 % of the rows, which 6 RCNY 5-301 lets the auditor leave out",
        share=0.0039,
    )
    rates = tuple(
        Estimate(
            name="favourable_rate",
            grouping="age_band",
            group=e.group,
            value=e.numerator / e.denominator,
            n=e.denominator,
            numerator=e.numerator,
            denominator=e.denominator,
            interval=interval(e.numerator / e.denominator - 0.02, e.numerator / e.denominator + 0.02, method="Wilson"),
        )
        for e in (young, middle, older, oldest)
        if e.numerator is not None and e.denominator
    )
    further = tuple(
        ratio("age_band", g, (3_960 - i, 5_850), (1_130, 1_660), "45-59", (0.95, 1.04), (0.93, 1.06), headline=False)
        for i, g in enumerate(("25-34", "35-44", "all others"))
    )
    bad = ratio(
        "age_band", "under 25", (590, 1_341), (1_130, 1_660), "45-59", (0.6, 0.69), (0.58, 0.71), headline=False
    )
    estimates = (middle, older, young, oldest, tiny, few, left_out, *rates, *further, bad)
    return finding(
        "FAIR-01",
        "Every group is approved at least four fifths as often as any other",
        "fail",
        "age_band: under 25 against 35-44 is 0.629 (0.59 to 0.668; with all comparisons 0.573 to 0.686), required "
        "between 0.8 and 1.25 (1 more)",
        severity="high",
        citations=(Citation(ref="us-ugesp/1607.4(D)"), Citation(ref="framework/S17")),
        check=check(
            "fairness.impact_ratio",
            IMPACT_DOC,
            data="test",
            groups=["sex", "age_band", "sex*age_band"],
            reference="highest",
            missing="exclude",
            where=None,
        ),
        criteria=(Criterion(at_least=0.8, source="convention", note="29 CFR 1607.4(D) calls it a rule of thumb."),),
        small_groups=SmallGroups(),
        measured=Measured(
            estimates=estimates,
            undecided=0.0,
            unknown={"sex": 0.0, "age_band": 0.0121, "education": 0.0031},
            exhibits=(
                Exhibit(
                    name="rates",
                    title="Favourable rate by sex",
                    chart="bar",
                    columns=(
                        Column(name="group", title="Group", unit="text"),
                        Column(name="rate", title="Rate", unit="rate"),
                        Column(name="n", title="People", unit="count"),
                    ),
                    rows=(("female", 0.7123, 8_998), ("male", 0.6904, 6_002), ("not stated", None, 0)),
                    limit=0.7,
                    note="Rates are over people with a decision.",
                ),
            ),
        ),
        judgements=(
            judged(middle, "pass", "within"),
            judged(older, "pass", "within"),
            judged(young, "fail", "wholly below"),
            judged(oldest, "inconclusive", "straddles", reason="interval_straddles", people_to_decide=1_240),
            judged(tiny, "inconclusive", "few", reason="sample_too_small", tolerated=True),
            judged(few, "inconclusive", "none", reason="sample_too_small"),
            judged(left_out, "not_applicable", "left out"),
            *(judged(e, "pass", "within") for e in further),
            judged(bad, "fail", "below"),
        ),
    )


def opportunity() -> Finding:
    est = Estimate(
        name="true_positive_rate_difference",
        shape="difference",
        grouping="sex",
        group="male",
        reference="female",
        value=-0.0222,
        n=2_601,
        numerator=1_900,
        denominator=2_601,
        reference_numerator=3_000,
        reference_denominator=3_986,
        interval=interval(-0.061, 0.016),
        simultaneous=interval(-0.061, 0.016),
        comparisons=1,
    )
    second = est.model_copy(update={"group": "not stated", "value": 0.031, "interval": interval(-0.02, None)})
    return finding(
        "FAIR-02",
        "Those who repay are approved alike in every group",
        "inconclusive",
        "sex: male against female is -0.0222 (-0.061 to 0.016), required between -0.05 and 0.05",
        severity="high",
        reason="interval_straddles",
        citations=(Citation(ref="framework/S18"),),
        check=check(
            "fairness.equal_opportunity",
            doc("How much the approval of good payers differs between groups."),
            data="test",
            groups=["sex"],
            reference="female",
        ),
        criteria=(Criterion(at_most=0.05, source="house"),),
        measured=Measured(
            estimates=(est, second),
            unlabelled=0.072,
            undecided=0.0,
            unknown={"sex": 0.0},
            notes=("People without a label are in no denominator",),
        ),
        judgements=(
            judged(est, "inconclusive", "straddles", reason="interval_straddles", people_to_decide=9_800),
            judged(second, "inconclusive", "straddles", reason="interval_straddles"),
        ),
    )


def auc() -> Finding:
    est = Estimate(name="auc", value=0.7778, n=15_000, interval=interval(0.7684, 0.7871, method="DeLong"))
    points = tuple((i / 10, min(1.0, (i / 10) ** 0.45)) for i in range(11))
    return finding(
        "PERF-01",
        "The score ranks well enough",
        "pass",
        "auc is 0.778 (0.768 to 0.787), required at least 0.7",
        severity="medium",
        check=check("performance.auc", AUC_DOC, data="test"),
        criteria=(Criterion(at_least=0.7, source="house"),),
        measured=Measured(
            estimates=(est,),
            unlabelled=0.0,
            exhibits=(
                Exhibit(
                    name="roc",
                    title="Receiver operating characteristic",
                    chart="line",
                    columns=(
                        Column(name="fpr", title="False-positive rate", unit="rate"),
                        Column(name="tpr", title="True-positive rate", unit="rate"),
                    ),
                    rows=points,
                ),
            ),
        ),
        judgements=(judged(est, "pass", "above"),),
    )


def calibration() -> Finding:
    est = Estimate(
        name="calibration_error", value=0.0121, n=15_000, interval=interval(0.0088, 0.0167, method="bootstrap")
    )
    rows = tuple(
        (p, p + d, p + d - 0.02, p + d + 0.02, 1_500)
        for p, d in ((0.05, 0.01), (0.12, -0.01), (0.22, 0.015), (0.35, 0.0), (0.48, -0.03), (0.63, 0.02), (0.8, -0.01))
    )
    return finding(
        "PERF-02",
        "Predicted probabilities match what happened",
        "pass",
        "calibration error is 0.0121 (0.0088 to 0.0167), required at most 0.03",
        check=check(
            "performance.calibration", doc("How far predicted and observed rates lie apart."), bins=10, data="test"
        ),
        criteria=(Criterion(at_most=0.03, source="guidance"),),
        measured=Measured(
            estimates=(est,),
            exhibits=(
                Exhibit(
                    name="reliability",
                    title="Predicted and observed default rate",
                    chart="calibration",
                    columns=(
                        Column(name="p", title="Predicted", unit="rate"),
                        Column(name="o", title="Observed", unit="rate"),
                        Column(name="low", title="Low", unit="rate"),
                        Column(name="high", title="High", unit="rate"),
                        Column(name="n", title="People", unit="count"),
                    ),
                    rows=rows,
                ),
            ),
        ),
        judgements=(judged(est, "pass", "below"),),
    )


def gap() -> Finding:
    est = Estimate(name="auc_gap", shape="value", value=0.0641, n=15_000, interval=interval(0.0557, 0.0723))
    return finding(
        "PERF-03",
        "The model does not rank better on its training data",
        "fail",
        "auc gap is 0.0641 (0.0557 to 0.0723), required at most 0.05",
        severity="medium",
        check=check("performance.train_test_gap", doc("The AUC on the training data less that on the test data.")),
        criteria=(
            Criterion(at_most=0.05, source="house", note="Set by model validation, minutes of 12 January 2026."),
        ),
        measured=Measured(estimates=(est,)),
        judgements=(judged(est, "fail", "above"),),
    )


def drift() -> Finding:
    features = ("limit_bal", "pay_0", "bill_amt1", "bill_amt2", "bill_amt3", "pay_amt1", "pay_amt2")
    ests = tuple(
        Estimate(
            name="psi",
            group=f,
            value=0.004 + i * 0.013,
            n=15_000,
            interval=interval(0.001 + i * 0.012, 0.008 + i * 0.014, method="bootstrap"),
        )
        for i, f in enumerate(features)
    )
    rows = tuple((f, 0.004 + i * 0.013, 0.001 + i * 0.012, 0.008 + i * 0.014) for i, f in enumerate(features))
    long = tuple((f"column {i}", i * 7, 0.001 * i, 0.5) for i in range(55))
    return finding(
        "DATA-02",
        "The inputs have not drifted since training",
        "pass",
        "All 7 comparisons meet it",
        severity="low",
        check=check(
            "data.drift",
            doc("The population stability index of each input, training against test."),
            data="test",
            against="train",
            bins=10,
            edges=(0.1, 0.25),
        ),
        criteria=(Criterion(at_most=0.1, source="convention"), Criterion(reported=True, source="house")),
        measured=Measured(
            estimates=ests,
            exhibits=(
                Exhibit(
                    name="psi",
                    title="Stability index by input",
                    chart="interval",
                    limit=0.1,
                    columns=(
                        Column(name="f", title="Input", unit="text"),
                        Column(name="v", title="Index", unit="number"),
                        Column(name="l", title="Low", unit="number"),
                        Column(name="h", title="High", unit="number"),
                    ),
                    rows=rows,
                ),
                Exhibit(
                    name="bins",
                    title="Bins",
                    columns=(
                        Column(name="b", title="Column", unit="text"),
                        Column(name="n", title="Rows", unit="count"),
                        Column(name="s", title="Share", unit="rate"),
                        Column(name="x", title="Ratio", unit="ratio"),
                    ),
                    rows=long,
                ),
            ),
        ),
        judgements=tuple(judged(e, "pass", "below") for e in ests),
    )


def statute() -> Finding:
    est = Estimate(
        name="impact_ratio",
        shape="ratio",
        grouping="sex",
        group="male",
        reference="female",
        value=0.79996,
        n=6_002,
        interval=interval(0.781, 0.819),
    )
    return finding(
        "NYC-01",
        "The impact ratio is computed as the city’s rule defines it",
        "fail",
        "sex: male against female is 0.79996, required at least 0.8; the point decides, the interval says inconclusive",
        severity="low",
        check=check("fairness.impact_ratio", IMPACT_DOC, data="test", groups=["sex"]),
        criteria=(Criterion(at_least=0.8, source="regulation", decide_on="estimate", sides="one"),),
        measured=Measured(estimates=(est,)),
        judgements=(judged(est, "fail", "below", by_interval="inconclusive"),),
    )


def papers() -> tuple[Finding, ...]:
    met = ConditionReading(sentence="owners.validator is present: it is (model.yaml:12:3)", result=True)
    lacking = ConditionReading(
        sentence="docs.sections.monitoring is present: it is not there",
        result=None,
        missing=("docs.sections.monitoring",),
    )
    tier = ConditionReading(sentence="risk.tier is one of high, critical: it is high (model.yaml:9:9)", result=True)
    low = ConditionReading(
        sentence="purpose.decision.solely_automated equals yes: it is no (model.yaml:31:5)", result=False
    )
    files = Estimate(name="unmatched_digests", value=0.0, n=6, numerator=0, denominator=6, basis="exact")
    rows = Estimate(name="shared_rows", value=0.0021, n=15_000, numerator=32, denominator=15_000, basis="exact")
    return (
        finding(
            "DOC-01",
            "The validator is not the developer",
            "pass",
            "Owners.validator is present: it is (model.yaml:12:3)",
            severity="critical",
            requirement=met,
            applicability=tier,
            citations=(Citation(ref="us-mrm-sr26-2/governance"),),
        ),
        finding(
            "DOC-02",
            "There is a monitoring plan",
            "inconclusive",
            "Not known: docs.sections.monitoring is absent",
            reason="evidence_missing",
            requirement=lacking,
        ),
        finding(
            "DOC-03",
            "Fully automated decisions can be contested",
            "not_applicable",
            "Does not apply: purpose.decision.solely_automated equals yes: it is no",
            applicability=low,
        ),
        finding("DOC-04", "The third-party model has a contract", "not_applicable", "Does not apply: there is none"),
        finding(
            "DATA-01",
            "Files are those that were declared",
            "pass",
            "unmatched digests is 0, required exactly 0",
            check=check("governance.digests", doc("Whether each declared file has its declared digest.")),
            criteria=(Criterion(equals=0.0, source="house"),),
            measured=Measured(estimates=(files,)),
            judgements=(judged(files, "pass", "equal"),),
        ),
        finding(
            "DATA-03",
            "Training and test share no rows",
            "fail",
            "shared rows is 0.0021, required exactly 0",
            severity="low",
            check=check("data.overlap", doc("The share of test rows that are training rows too.")),
            criteria=(Criterion(equals=0.0, source="house"),),
            measured=Measured(estimates=(rows,)),
            judgements=(judged(rows, "fail", "not equal"),),
        ),
        finding(
            "EXPL-01",
            "The model does not lean on proxies",
            "error",
            "The check failed: ValueError: the explainer returned 14 columns, 15 were asked for",
            severity="high",
            check=check("explainability.reliance", doc("The share of mean absolute SHAP values of proxies.")),
            criteria=(Criterion(at_most=0.2, source="house"),),
            error='Traceback (most recent call last):\n  File "assay/checks/explainability/reliance.py", line 61\n'
            "ValueError: the explainer returned 14 columns, 15 were asked for",
        ),
        finding(
            "EXPL-02",
            "Explanations add up to the score",
            "inconclusive",
            "Not there: a model",
            severity="low",
            reason="evidence_missing",
            check=check("explainability.additivity", doc("How far explanations and score lie apart.")),
            criteria=(Criterion(at_most=1e-6, source="house"),),
            measured=Measured(missing=("a model",)),
        ),
    )


EFFECT = {"pass": "none", "not_applicable": "none", "error": "block", "fail": "block", "inconclusive": "sign_off"}


def sample_audit(**changes: Any) -> Audit:
    findings = (impact(), opportunity(), auc(), calibration(), gap(), drift(), statute(), *papers())
    digest = "sha256:" + "ab" * 32
    policy = AppliedPolicy(
        id="retail-credit",
        version="2.3.0",
        title="Retail credit scoring, before deployment",
        digest="sha256:" + "c4" * 32,
        path="policy/retail-credit.yaml",
        status="current",
        owners=("model-validation@bank.example",),
        parameters={"floor": 0.8, "largest_gap": 0.05},
        citations={
            "us-ugesp/1607.4(D)": "A selection rate for any race, sex, or ethnic group which is less than four-fifths "
            "of the rate for the group with the highest rate will generally be regarded as evidence of adverse impact.",
            "framework/S17": "Outcomes are compared between groups.",
            "framework/S18": "Errors are compared between groups.",
            "us-mrm-sr26-2/governance": "Validation is done by people who did not develop the model.",
        },
        enforcements=tuple(EnforcementOf(control=f.id, enforcement="block") for f in findings),
    )
    made: dict[str, Any] = {
        "id": "3f2a9c41d07be655",
        "at": AT,
        "law_at": LawAt(day=AT.date(), why="the day of the audit"),
        "policies": (policy,),
        "findings": findings,
        "seed": "first 32 bits of the SHA-256 of policy digest and control id",
        "subject": Subject(
            id="credit-default",
            name="Credit default, cards",
            version="1.4.0",
            digest=digest,
            tier="high",
            stage="staging",
            owners=(
                Person(id="a.ito", name="Aiko Ito", role="developer"),
                Person(id="m.weber", name="Max Weber", role="validator"),
            ),
            summary=(
                ("purpose", "Decides which card clients keep their credit line."),
                ("algorithm", "gradient boosting"),
                ("favourable", "approved: predicted probability of default below 0.15"),
            ),
            files=(
                FileDigest(role="manifest", path="model.yaml", digest="sha256:" + "01" * 32),
                FileDigest(role="data.test", path="data/test.parquet", digest="sha256:" + "02" * 32),
                FileDigest(role="model", path="model.skops", digest="sha256:" + "03" * 32),
            ),
        ),
        "second_computation": SecondComputation(
            library="fairlearn",
            version="0.15.0",
            compared=34,
            largest_difference=2.2e-16,
            left_out=("education: code 0",),
            agrees=True,
        ),
        "evidence": (FileDigest(role="evidence", path="evidence/cells-test.csv", digest="sha256:" + "0e" * 32),),
        "versions": {"assay": "0.1.0", "python": "3.11.9", "numpy": "2.3.1", "fairlearn": "0.15.0"},
        "notes": ("The manifest declares no entity, so that rows count as people",),
    }
    return Audit(**{**made, **changes})


def sample_gate(audit: Audit, digest: str, **changes: Any) -> Gate:
    waived = {"retail-credit/PERF-03"}
    lines = tuple(
        GateLine(
            finding=f.id,
            outcome=f.outcome,
            effect="none" if f.id in waived else EFFECT[f.outcome],
            waived_by="W-2026-03" if f.id in waived else None,
            why="waived by W-2026-03" if f.id in waived else f.outcome,
        )
        for f in audit.findings
    )
    closing = tuple(f"{line.finding}: {line.why}" for line in lines if line.effect in ("block", "sign_off"))
    made: dict[str, Any] = {
        "audit": digest,
        "stage": "production",
        "at": AT,
        "made": AT,
        "state": "closed",
        "exit_code": 3,
        "why": closing,
        "lines": lines,
        "waivers": (
            WaiverState(
                id="W-2026-03",
                control="retail-credit/PERF-03",
                holds=True,
                why="covers the control",
                approver="Carla Sousa",
                expires=date(2026, 6, 30),
                reason="Retraining is planned for May; the champion is worse.",
                verified=True,
            ),
            WaiverState(
                id="W-2025-11",
                control="retail-credit/DATA-03",
                holds=False,
                why="expired on 2026-01-31",
                approver="Carla Sousa",
                expires=date(2026, 1, 31),
                reason="Rows are re-drawn next quarter.",
            ),
        ),
    }
    return Gate(**{**made, **changes})


@dataclass(frozen=True)
class Sample:
    audit: Audit
    gate: Gate
    audit_json: bytes
    digest: str


def sample(audit: Audit | None = None, **gate: Any) -> Sample:
    audit = audit or sample_audit()
    data = audit.model_dump_json(by_alias=True).encode()
    digest = sha256(data).hexdigest()
    return Sample(audit, sample_gate(audit, digest, **gate), data, digest)


@pytest.fixture(scope="session")
def audited() -> Sample:
    return sample()


def signing_of(name: str | None, **said: Any) -> Signing | None:
    """What somebody says of their signature; None for nobody."""
    if name is None:
        return None
    values = {"number": 1, "meaning": "author", "certificate": "c" * 64, "storage": "file", "made": AT} | said
    return Signing(name=name, **values)
