"""A whole audit of a table in a PostgreSQL server: the record knows the rows, and nothing is left of them."""

import json
import os
import tempfile
from datetime import UTC, datetime

from assay.cli.main import main
from servers import running_server

POLICY = """\
assay: policy/v1
id: house
title: House rules
version: 1.0.0
owners: [validation@bank.example]
controls:
  - id: FAIR-01
    title: No group is offered much less
    severity: high
    check: fairness.impact_ratio
    with: {groups: [sex]}
    criterion: {at_least: 0.1, source: house}
"""
MANIFEST = """\
assay: manifest/v1
identity: {{id: credit, name: Credit, version: "1"}}
data:
  test: {{database: "{address}", table: shop.scored}}
columns:
  decision: {{column: approved, favourable: true}}
  groups: {{sex: {{column: sex}}}}
"""


def test_the_rows_of_a_server_are_audited_and_nothing_of_them_is_left(tmp_path, monkeypatch, capsys):
    spill = tmp_path / "spill"
    spill.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(spill))
    with running_server() as server:
        monkeypatch.setenv("PGPASSWORD", server.password)
        server.run(
            "CREATE SCHEMA shop",
            "CREATE TABLE shop.scored AS SELECT i % 3 > 0 AS approved, CASE WHEN i % 2 = 0 THEN 'f' ELSE 'm' END "
            "AS sex, 'a secret' AS name FROM generate_series(1, 2000) AS i",
        )
        (tmp_path / "model.yaml").write_text(MANIFEST.format(address=server.address))
        (tmp_path / "policy.yaml").write_text(POLICY)
        command = ["audit", str(tmp_path / "model.yaml"), "--policy", str(tmp_path / "policy.yaml"), "--no-pdf"]
        refused = main([*command, "--out", str(tmp_path / "refused")])
        assert (refused, "--connect 127.0.0.1" in capsys.readouterr().err) == (2, True)
        command += ["--connect", "127.0.0.1", "--at", datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")]
        told = [main([*command, "--out", str(tmp_path / out)]) for out in "ab"]
        server.run("UPDATE shop.scored SET sex = 'm' WHERE sex = 'f' AND approved")
        main([*command, "--out", str(tmp_path / "c")])
    assert told == [0, 0], capsys.readouterr().err
    audits = [json.loads((next((tmp_path / out).rglob("audit.json"))).read_text()) for out in "abc"]
    files = {file["role"]: file for file in audits[0]["subject"]["files"]}
    assert files["data.test"]["path"] == f"{server.address}, table shop.scored"
    assert audits[0]["id"] == audits[1]["id"] != audits[2]["id"]
    assert server.password not in json.dumps(audits)
    assert not [name for name in os.listdir(spill) if name.startswith("assay-data")]
