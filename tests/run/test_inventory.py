"""The inventory of a folder: nothing is dropped, nothing outside is read, and what is overdue is told."""

import json
import os
import shutil
from datetime import UTC, date, datetime

import pytest
import yaml

import assay
from assay.api import make_demo_identity
from assay.errors import AssayError, DataError
from auditing import write_csv
from policies import control, policy, write

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


def put(folder, path, *, id="m", version="1", name=None, **blocks):  # noqa: A002
    tree = {"assay": "manifest/v1", "identity": {"id": id, "name": name or id, "version": version}, **blocks}
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump(tree, sort_keys=False))
    return file


def stock(folder, **options):
    return assay.inventory(folder, **{"at": AT, "jobs": 1, **options})


def test_manifests_are_found_by_name_and_by_their_first_key_and_sorted(tmp_path):
    put(tmp_path, "b/model.yaml", id="b")
    put(tmp_path, "a/credit.yml", id="a", version="2")
    put(tmp_path, "a/older.yaml", id="a", version="1")
    (tmp_path / "policy.yaml").write_text("assay: policy/v1\nid: p\nmanifest: |\n  assay: manifest/v1\n")
    (tmp_path / "values.yaml").write_text("a: 1\n")
    put(tmp_path, ".cache/model.yaml", id="hidden")
    found = stock(tmp_path)
    assert [(e.id, e.version, e.path) for e in found.entries] == [
        ("a", "1", "a/older.yaml"), ("a", "2", "a/credit.yml"), ("b", "1", "b/model.yaml")
    ]  # fmt: skip
    assert found.statistics["total"]["models"] == 2
    assert found.invalid == ()


def test_a_manifest_that_does_not_load_is_listed_with_every_error(tmp_path):
    put(tmp_path, "good/model.yaml")
    put(tmp_path, "bad/model.yaml", risk={"tier": "extreme"}, ownerss={})
    (tmp_path / "binary").mkdir()
    (tmp_path / "binary" / "model.yaml").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "huge.yaml").write_text("assay: manifest/v1\n#" + "x" * (1 << 20))
    found = stock(tmp_path)
    assert [e.path for e in found.entries] == ["good/model.yaml"]
    errors = {one.path: one.errors for one in found.invalid}
    assert set(errors) == {"bad/model.yaml", "binary/model.yaml", "huge.yaml"}
    assert len(errors["bad/model.yaml"]) == 2
    assert "extreme" in errors["bad/model.yaml"][0]
    assert "1 MiB" in errors["huge.yaml"][0]
    assert not found.is_clean


def test_a_file_without_permission_is_told_and_not_skipped(tmp_path):
    file = put(tmp_path, "a/model.yaml")
    closed = tmp_path / "closed"
    closed.mkdir()
    file.chmod(0)
    closed.chmod(0)
    try:
        if os.access(file, os.R_OK):
            pytest.skip("this user may read everything")
        found = stock(tmp_path)
    finally:
        closed.chmod(0o755)
    assert [one.path for one in found.invalid] == ["a/model.yaml"]
    assert found.unread == ("closed",)


def test_links_that_leave_or_go_round_in_circles_are_not_followed(tmp_path):
    inside, outside = tmp_path / "in", tmp_path / "out"
    put(inside, "a/model.yaml")
    put(outside, "secret/model.yaml", id="secret")
    (inside / "a" / "loop").symlink_to(inside)
    (inside / "elsewhere").symlink_to(outside)
    (inside / "model.yaml").symlink_to(outside / "secret" / "model.yaml")
    found = stock(inside)
    assert [e.path for e in found.entries] == ["a/model.yaml"]


def test_two_manifests_of_one_version_are_told_at_both(tmp_path):
    put(tmp_path, "a/model.yaml")
    put(tmp_path, "b/model.yaml")
    put(tmp_path, "c/model.yaml", version="2")
    first, second, other = stock(tmp_path).entries
    assert (first.twins, second.twins, other.twins) == (("b/model.yaml",), ("a/model.yaml",), ())


def test_a_model_file_that_no_manifest_names_is_told(tmp_path):
    put(tmp_path, "a/model.yaml", identity={"id": "m", "name": "m", "version": "1", "artefact": {"path": "m.skops"}},
        champion={"path": "old.onnx"})  # fmt: skip
    for name in ("m.skops", "old.onnx", "forgotten.pkl", "readme.txt"):
        (tmp_path / "a" / name).write_text("x")
    assert stock(tmp_path).unregistered == ("a/forgotten.pkl",)


def test_a_path_that_leaves_the_folder_registers_nothing_else(tmp_path):
    put(tmp_path, "a/model.yaml", identity={"id": "m", "name": "m", "version": "1", "artefact": {"path": "\0x"}})
    (tmp_path / "a" / "m.skops").write_text("x")
    found = stock(tmp_path)
    assert found.unregistered == ("a/m.skops",)


def test_owners_tier_stage_and_what_is_overdue(tmp_path):
    put(
        tmp_path,
        "model.yaml",
        owners={"business": {"id": "l.chen", "name": "Lin Chen"}, "technical": {"id": "m.tanaka"},
                "validator": [{"id": "j.silva"}]},
        risk={"tier": "high"},
        lifecycle={"stage": "production", "dates": {"next_validation": "2026-11-20"}},
        docs={"sections": {"use": {"path": "u.md", "reviewed": "2025-11-20"}, "never": {"path": "x.md"},
                           "new": {"path": "n.md", "reviewed": "2025-11-21"}}},
        findings=[
            {"id": "F1", "title": "Late", "state": "open", "due": "2026-11-20", "owner": {"id": "a", "name": "Ann"}},
            {"id": "F2", "title": "In time", "state": "open", "due": "2026-11-21", "severity": "high"},
            {"id": "F3", "title": "Lived with", "state": "accepted", "due": "2020-01-01"},
            {"id": "F4", "title": "Mended", "state": "closed", "due": "2020-01-01"},
        ],
    )  # fmt: skip
    (entry,) = stock(tmp_path, review_days=365).entries
    assert (entry.business, entry.technical, entry.tier, entry.stage) == ("Lin Chen", "m.tanaka", "high", "production")
    assert [(one.what, one.name, one.due, one.owner) for one in entry.overdue] == [
        ("validation", "m", date(2026, 11, 20), "j.silva"),
        ("document", "use", date(2026, 11, 20), "m.tanaka"),
        ("finding", "F1", date(2026, 11, 20), "Ann"),
    ]
    assert [(one.id, one.state) for one in entry.findings] == [("F1", "open"), ("F2", "open"), ("F3", "accepted")]
    (unasked,) = stock(tmp_path).entries
    assert [one.what for one in unasked.overdue] == ["validation", "finding"], "no house rule for documents"


def test_the_clock_is_the_one_that_was_given(tmp_path):
    put(tmp_path, "model.yaml", lifecycle={"dates": {"next_validation": "2026-11-20"}})
    (entry,) = assay.inventory(tmp_path, at=datetime(2026, 11, 20, 23, tzinfo=UTC)).entries
    assert entry.overdue == ()


def test_metadata_controls_are_counted_and_checks_need_an_audit(tmp_path):
    columns = {"decision": {"column": "d", "favourable": 1}, "groups": {"sex": {"column": "sex"}}}
    put(tmp_path, "a/model.yaml", id="a", data={"test": {"path": "t.csv"}}, columns=columns)
    put(tmp_path, "b/model.yaml", id="b", owners={"business": {"id": "x"}}, purpose={"intended_use": ["y"]})
    found = stock(tmp_path, policies=["baseline"])
    a, b = found.entries
    assert a.controls == {"fail": 1, "needs_audit": 2, "not_applicable": 3}
    assert (b.controls["pass"], b.controls.get("fail")) == (1, None)
    assert sum(a.controls.values()) == sum(b.controls.values()) == 6
    assert found.policies == ("baseline 1.0.0",)


def test_a_policy_that_cannot_be_applied_to_one_manifest_leaves_the_others(tmp_path):
    put(tmp_path, "a/model.yaml", id="a", training={"hyperparameters": {"depth": 12}})
    put(tmp_path, "b/model.yaml", id="b")
    policy = tmp_path / "p.yaml"
    twelve = "{id: C, title: T, require: {field: training.hyperparameters.depth, equals: twelve}}"
    policy.write_text(f"assay: policy/v1\nid: p\nversion: 1.0.0\ntitle: P\ncontrols:\n  - {twelve}\n")
    a, b = stock(tmp_path, policies=[policy]).entries
    assert a.controls == {}
    assert "cannot be applied" in a.problem
    assert (b.controls, b.problem) == ({"inconclusive": 1}, None)


def test_many_processes_give_the_same_bytes_as_one(tmp_path):
    for i in range(90):
        put(tmp_path, f"{i:02d}/model.yaml", id=f"m{i % 80}", risk={"tier": ["low", "high"][i % 2]})
    (tmp_path / "44" / "model.yaml").write_text("assay: manifest/v1\n")
    told = []
    one = stock(tmp_path, policies=["baseline"])
    two = assay.inventory(tmp_path, at=AT, jobs=2, policies=["baseline"], progress=lambda *step: told.append(step))
    assert one == two
    assert told[-1] == ("manifests", 90, 90)
    assert assay.api.render_inventory(one, "json") == assay.api.render_inventory(two, "json")


def test_a_folder_that_is_none_and_reports_that_are_none_are_told(tmp_path):
    with pytest.raises(AssayError, match="no such folder"):
        stock(tmp_path / "nowhere")
    with pytest.raises(AssayError, match="no such folder"):
        stock(tmp_path, reports=tmp_path / "nowhere")
    (tmp_path / "model.yaml").write_text("")
    with pytest.raises(AssayError, match="that is no folder"):
        stock(tmp_path / "model.yaml")


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    """A model with one real bundle, whose gate is open."""
    folder = tmp_path_factory.mktemp("models")
    rows = [(sex, decision) for sex in "fm" for decision in ["yes"] * 300 + ["no"] * 100]
    (folder / "a").mkdir()
    write_csv(folder / "a" / "t.csv", ("sex", "decision"), rows)
    put(
        folder,
        "a/model.yaml",
        data={"test": {"path": "t.csv"}},
        owners={"business": {"id": "x"}},
        purpose={"intended_use": ["y"]},
        columns={"decision": {"column": "decision", "favourable": "yes"}, "groups": {"sex": {"column": "sex"}}},
    )
    made = datetime.now(UTC).replace(microsecond=0)
    signer = assay.load_signer(make_demo_identity(tmp_path_factory.mktemp("identity")))
    result = assay.audit(folder / "a" / "model.yaml", out=folder / "reports", at=made, stage="staging", sign=signer)
    assert result.gate.state == "open"
    return folder, result


@pytest.fixture
def models(audited, tmp_path):
    folder = tmp_path / "models"
    shutil.copytree(audited[0], folder)
    return folder, folder / audited[1].bundle.relative_to(audited[0]), audited[1]


def test_the_last_audit_is_told_and_its_copy_of_the_manifest_is_no_model(models):
    folder, bundle, result = models
    (entry,) = stock(folder).entries
    audit = entry.audit
    assert (audit.gate, audit.exit_code, audit.stage, audit.at) == ("open", 0, "staging", result.gate.at)
    assert (audit.trust, audit.manifest_changed) == ("not verified", False)
    assert audit.path == f"m-1/{bundle.name}"
    assert stock(folder, verify_bundles=True).entries[0].audit.trust == "intact"


def test_bundles_outside_of_reports_are_no_models_either(models):
    folder, _, _ = models
    (folder / "reports").rename(folder / "old-audits")
    (entry,) = stock(folder).entries
    assert entry.audit is None
    assert stock(folder, reports=folder / "old-audits").entries[0].audit.gate == "open"


def test_a_record_that_is_not_the_one_of_its_gate_is_not_intact_even_unverified(models):
    folder, bundle, _ = models
    record = json.loads((bundle / "audit.json").read_text())
    record["findings"] = []
    (bundle / "audit.json").write_text(json.dumps(record))
    assert stock(folder).entries[0].audit.trust == "not intact"


def test_a_report_that_was_changed_is_found_where_bundles_are_verified(models):
    folder, bundle, _ = models
    (bundle / "report.html").write_text("all is well")
    assert stock(folder).entries[0].audit.trust == "not verified"
    assert stock(folder, verify_bundles=True).entries[0].audit.trust == "not intact"


def test_the_newest_bundle_counts_and_one_of_another_model_does_not(models):
    folder, bundle, _ = models
    other = shutil.copytree(bundle, bundle.parent / ("0" * 16))
    gate = json.loads((other / "gate.json").read_text())
    (other / "gate.json").write_text(
        json.dumps({**gate, "state": "closed", "exit_code": 1, "at": "2030-01-01T00:00:00Z"})
    )
    assert stock(folder).entries[0].audit.gate == "closed"
    record = json.loads((other / "audit.json").read_text())
    record["subject"]["id"] = "another"
    (other / "audit.json").write_text(json.dumps(record))
    assert stock(folder).entries[0].audit.gate == "open"


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff", b"[" * 100_000])
@pytest.mark.parametrize("file", ["gate.json", "audit.json"])
def test_a_bundle_that_cannot_be_read_is_a_problem_of_its_model(models, file, content):
    folder, bundle, _ = models
    (bundle / file).write_bytes(content)
    (entry,) = stock(folder).entries
    assert entry.audit is None
    assert entry.problem == f"the audit {bundle.name} cannot be read"


def test_a_manifest_that_has_changed_since_its_audit_is_told(models):
    folder, _, _ = models
    with (folder / "a" / "model.yaml").open("a") as file:
        file.write("# changed\n")
    found = stock(folder)
    assert found.entries[0].audit.manifest_changed
    assert found.statistics["total"]["changed_since_audit"] == 1


def test_upstream_models_have_the_state_of_their_own_gate(models):
    folder, _, _ = models
    put(folder, "b/model.yaml", id="b")
    put(folder, "c/model.yaml", id="c", lineage={"upstream_models": [
        {"id": "m"}, {"id": "m", "version": "9"}, {"id": "b"}, {"id": "gone"}]})  # fmt: skip
    read = {entry.id: entry.upstream for entry in stock(folder).entries}["c"]
    assert [(one.id, one.version, one.state) for one in read] == [
        ("m", None, "open"), ("m", "9", "not here"), ("b", None, "not audited"), ("gone", None, "not here")
    ]  # fmt: skip


def test_too_many_files_are_an_error_and_no_short_inventory(tmp_path, monkeypatch):
    monkeypatch.setattr("assay.subject.surroundings.MOST_FILES", 3)
    for i in range(4):
        put(tmp_path, f"{i}.yaml", id=f"m{i}")
    with pytest.raises(DataError, match="more than 3 files"):
        stock(tmp_path)


def test_a_gate_that_a_waiver_opened_is_overdue_once_the_waiver_has_expired(tmp_path):
    put(tmp_path, "model.yaml", owners={"validator": [{"id": "ann"}], "developer": [{"id": "ann"}]})
    write(tmp_path / "policies" / "p.yaml", policy("p", control("A", require={
        "field": "owners.validator", "disjoint_from": {"field": "owners.developer"}})))  # fmt: skip
    write(tmp_path / "waivers.yaml", {"assay": "waivers/v1", "waivers": [{
        "id": "W-1", "control": "p/A", "subject": assay.subject_digest(tmp_path / "model.yaml"), "reason": "soon",
        "approver": {"id": "cro", "name": "Cleo"}, "expires": "2026-03-31"}]})  # fmt: skip
    result = assay.audit(
        tmp_path / "model.yaml", policies=[tmp_path / "policies" / "p.yaml"], waivers=[tmp_path / "waivers.yaml"],
        out=tmp_path / "reports", stage="staging", at=datetime(2026, 3, 31, tzinfo=UTC),
    )  # fmt: skip
    assert result.gate.state == "open"
    last_day, day_after = (stock(tmp_path, at=datetime(2026, *day, tzinfo=UTC)).entries[0] for day in ((3, 31), (4, 1)))
    assert last_day.overdue == ()
    assert [(one.what, one.name, one.owner) for one in day_after.overdue] == [("waiver", "W-1", "Cleo")]
