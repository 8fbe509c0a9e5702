"""Records to export, each from a real audit of a few counted people: one per way in which an audit can end."""

from __future__ import annotations

import json
import threading
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import yaml

from assay.attest.canonical import canonical, digest
from assay.engines.options import EngineOptions
from assay.export.recorded import Recorded
from assay.record.attestation import Attestation, SignOff
from assay.record.people import Person
from assay.record.waiver import Waiver
from assay.verdict.gate import draw_gate
from auditing import AT, control, evaluate, people, write_csv

NAMES = ("failing", "passing", "inconclusive", "waived", "everything", "hostile")
"""The fixtures, for tests of what holds of each."""
LAST = (AT + timedelta(days=12)).date()
EVEN = [("a", "north", "yes", 300), ("a", "north", "no", 200), ("b", "south", "yes", 300), ("b", "south", "no", 200)]
SKEWED = [("a", "north", "yes", 100), ("a", "north", "no", 400), ("b", "south", "yes", 300), ("b", "south", "no", 200),
          ("b", "north", "yes", 240), ("b", "north", "no", 160)]  # fmt: skip
FEW = [("a", "north", "yes", 40), ("a", "north", "no", 60), ("b", "south", "yes", 45), ("b", "south", "no", 55)]
SPITEFUL = (
    "=HYPERLINK(1)</script><script>alert(1)</script>\"'&]]>{{7*7}} %0A\r\n::error file=x,line=1::owned\n::add-mask::a\n"
    "| a | `b` | [c](javascript:d) <!-- e --> @everyone #1 \u05e9\u05dc\u05d5\u05dd \u4f60\u597d \U0001f600"
)
"""What strict YAML lets through: markup, line breaks, commands of a workflow, a formula; Hebrew, Chinese, an emoji."""
HOSTILE = SPITEFUL + "\u202edetrevni\u2066 \u0007\u001b[31m\x7f\ufeff\x85\u2028"
"""Data hold more: directions, controls, other line breaks."""
LONG = HOSTILE[::-1].ljust(200, "x")

COLUMNS = {
    "decision": {"column": "decision", "favourable": "yes"},
    "groups": {"sex": {"column": "sex"}, "region": {"column": "region"}},
}
REVIEWED = {
    "id": "DOC-01", "title": "The model has a purpose", "severity": "low", "enforcement": "warn",
    "require": {"field": "purpose.intended_use", "is": "present"},
}  # fmt: skip
TIER = {"id": "GOV-01", "title": "The risk is not high", "require": {"field": "risk.tier", "in": ["low", "medium"]}}
ELSEWHERE = {
    "id": "GOV-02", "title": "A critical model has a sponsor", "when": {"field": "risk.tier", "equals": "critical"},
    "require": {"field": "owners.sponsor", "is": "present"},
}  # fmt: skip
OPEN = {"id": "DOC-02", "title": "The model answers yes or no", "require": {"field": "model.task", "equals": "binary"}}
POSTED = {"id": "LAW-01", "title": "Candidates were told", "attest": {"statement": "The notice was posted."}}


def fair(id="FAIR-01", **more):  # noqa: A002
    return control(id, severity="high", description="As many of each group as of any other.", **more)


def recorded(result, **more) -> Recorded:
    """What `assay audit` would export of an evaluation."""
    given = {"gate": result.gate, "manifest_path": "models/credit/model.yaml", "policy_paths": {"p": "policies/p.yaml"}}
    return Recorded(
        result.audit, audit_digest=digest(canonical(result.audit)).removeprefix("sha256:"), **{**given, **more}
    )


def audited(folder: Path, groups, *controls, header=("sex", "region", "decision"), manifest=None, **more):
    """An audit at staging: a production gate would stay closed as of another day than today."""
    data = write_csv(folder / "d.csv", *people(*groups, header=header))
    blocks = {"risk": {"tier": "high"}, **(manifest or {})}
    columns, each = (
        more.pop("columns", COLUMNS),
        [deepcopy(one) for one in controls],
    )  # YAML would write what is shared as an alias
    return evaluate(folder, data, columns, *each, manifest=blocks, stage="staging", **more)


def many(recorded: Recorded, times: int) -> Recorded:
    """The audit as if its first finding had been judged for so many groups."""
    first = recorded.audit.findings[0]
    judged = first.judgements[0]
    judgements = tuple(judged.model_copy(update={"estimate": f"impact_ratio[sex: {n} / b]"}) for n in range(times))
    finding = first.model_copy(update={"judgements": judgements})
    audit = recorded.audit.model_copy(update={"findings": (finding, *recorded.audit.findings[1:])})
    return replace(recorded, audit=audit)


@pytest.fixture(scope="session")
def failing(tmp_path_factory) -> Recorded:
    """Gate closed, exit code 1: of two groupings both fail, and a condition on the manifest fails."""
    return recorded(audited(tmp_path_factory.mktemp("failing"), SKEWED, fair(), TIER, REVIEWED))


@pytest.fixture(scope="session")
def passing(tmp_path_factory) -> Recorded:
    """Gate open, and nothing to say: everything passes."""
    return recorded(audited(tmp_path_factory.mktemp("passing"), EVEN, fair(), manifest={"risk": {"tier": "low"}}))


@pytest.fixture(scope="session")
def inconclusive(tmp_path_factory) -> Recorded:
    """Gate closed, exit code 4: too few people, and a field that nobody has filled in."""
    return recorded(audited(tmp_path_factory.mktemp("inconclusive"), FEW, fair(), OPEN))


@pytest.fixture(scope="session")
def waived(tmp_path_factory) -> Recorded:
    """Gate open although a control fails: a waiver covers it for twelve days more."""
    folder = tmp_path_factory.mktemp("waived")
    digest_of = audited(folder, SKEWED, fair()).audit.subject.digest
    one = {
        "id": "W-1", "control": "p/FAIR-01", "subject": digest_of, "reason": "A second sample is due in June",
        "approver": {"id": "cro", "name": "Carla Sousa"}, "expires": str(LAST),
    }  # fmt: skip
    (folder / "w.yaml").write_text(yaml.safe_dump({"assay": "waivers/v1", "waivers": [one]}))
    return recorded(audited(folder, SKEWED, fair(), waivers=[folder / "w.yaml"]))


class _Silent(BaseHTTPRequestHandler):
    """A model that answers with one score, however many rows it was asked for: an error of the control."""

    def do_POST(self):
        data = json.dumps({"predictions": [1.0]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *told):
        pass


@pytest.fixture(scope="session")
def everything(tmp_path_factory) -> Recorded:
    """All five outcomes, and every way in which people have answered: waived, signed off, attested, not answered."""
    folder = tmp_path_factory.mktemp("everything")
    server = HTTPServer(("127.0.0.1", 0), _Silent)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}/invocations"
    columns = {
        **COLUMNS,
        "label": {"column": "decision", "favourable": "yes"},
        "score": {"from": "model", "kind": "rank", "higher": "favourable"},
    }
    manifest = {
        "identity": {"id": "model", "name": "Model", "version": "1", "endpoint": {"url": url}},
        "features": [{"name": "sex", "dtype": "category"}],
    }
    sex = {"with": {"groups": ["sex"]}}
    asked = [
        fair(), fair("FAIR-02", **sex), fair("FAIR-03", enforcement="warn", **sex),
        fair("FAIR-04", enforcement="inform", criterion={"at_least": 0.2, "source": "house"}, **sex),
        control("PERF-01", check="performance.auc", criterion={"at_least": 0.7, "source": "house"}),
        TIER, ELSEWHERE, REVIEWED, {**OPEN, "id": "DOC-03"}, {**OPEN, "on_inconclusive": "sign_off"},
        {**OPEN, "id": "DOC-04", "on_inconclusive": "sign_off"},
        POSTED, {**POSTED, "id": "LAW-02"}, {**POSTED, "id": "LAW-03"},
        {"id": "PLAN-01", "title": "Later", "status": "planned"},
    ]  # fmt: skip
    try:
        result = audited(
            folder, SKEWED, *asked, columns=columns, manifest=manifest, engine=EngineOptions(connect=("127.0.0.1",))
        )
    finally:
        server.shutdown()
        server.server_close()
    of, by, day = result.audit.subject.digest, Person(id="hr", name="Hanna Roth"), AT.date()
    said = {"subject": of, "by": by, "made_on": day, "expires": LAST}
    gate = draw_gate(
        result.audit, audit_digest=result.gate.audit, stage="staging", at=AT, made=AT,
        waivers=(Waiver(id="W-1", control="p/FAIR-02", subject=of, reason="A second sample is due in June",
                        approver=Person(id="cro", name="Carla Sousa"), expires=LAST),),
        attestations=(Attestation(id="A-1", control="p/LAW-01", statement="It was.", holds=True, **said),
                      Attestation(id="A-2", control="p/LAW-02", statement="It was not.", holds=False, **said)),
        sign_offs=(SignOff(id="S-1", control="p/DOC-02", audit=result.gate.audit, by=by, reason="It follows in May",
                           made_on=day),),
    )  # fmt: skip
    return recorded(result, gate=gate)


@pytest.fixture(scope="session")
def hostile(tmp_path_factory) -> Recorded:
    """Every text that a manifest, a policy, a waiver or the data may choose tries to be something else."""
    folder = tmp_path_factory.mktemp("hostile")
    groups = [
        (HOSTILE, "north", "yes", 100), (HOSTILE, "north", "no", 400),
        (LONG, "east", "yes", 300), (LONG, "east", "no", 200),
    ]  # fmt: skip
    manifest = {"identity": {"id": "model", "name": SPITEFUL + "x" * 3000, "version": "1"}}
    policy = {"title": SPITEFUL, "description": SPITEFUL + "x" * 3000, "owners": [SPITEFUL[:200]]}
    spiteful = {"title": SPITEFUL, "description": SPITEFUL + "x" * 3000}
    controls = (
        {**fair(), **spiteful}, {**fair("FAIR-02"), **spiteful}, {**TIER, **spiteful},
        {**POSTED, **spiteful, "attest": {"statement": SPITEFUL}},
    )  # fmt: skip
    result = audited(folder, groups, *controls, policy=policy, manifest=manifest)
    by = Person(id=SPITEFUL[:80], name=SPITEFUL[:200])
    waiver = Waiver(
        id=SPITEFUL[:80], control="p/FAIR-02", subject=result.audit.subject.digest, reason=SPITEFUL + "x" * 3000,
        approver=by, expires=LAST,
    )  # fmt: skip
    gate = draw_gate(result.audit, audit_digest=result.gate.audit, stage="staging", at=AT, made=AT, waivers=(waiver,))
    place = "models/a:b,c%d e\n::error::é/model.yaml"
    return recorded(result, gate=gate, manifest_path=place, report="https://reports.example/a?b=c&d=<e>")


@pytest.fixture(scope="session")
def huge(tmp_path_factory) -> Recorded:
    """As many controls as a policy may have, with texts that grow when they are escaped; one judges 300 groups."""
    groups = [
        (f"g{i}", f"r{i % 3}", level, n)
        for i in range(300)
        for level, n in (("yes", 40 if i % 4 else 5), ("no", 10 if i % 4 else 45))
    ]
    field = {"any": [{"field": "purpose.intended_use", "contains": "|_*" * 20 + str(i)} for i in range(6)]}
    many = [{"id": f"DOC-{i:03}", "title": "|*_<&" * 40, "require": field} for i in range(499)]
    wide = fair(**{"with": {"groups": ["sex"], "reference": "largest"}})
    return recorded(audited(tmp_path_factory.mktemp("huge"), groups, wide, *many))
