"""The table on the terminal."""

from assay.cli.summary import summary
from auditing import DECIDED, control, evaluate, people, write_csv


def test_a_digest_stays_in_one_piece_however_narrow_the_terminal(tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    data = write_csv(tmp_path / "d.csv", *people(("f", "yes", 40), ("f", "no", 10), ("m", "yes", 40), ("m", "no", 10)))
    digest = "sha256:" + "ab12" * 16
    only_there = control(when={"field": "purpose.context", "equals": "elsewhere"})
    result = evaluate(tmp_path, data, DECIDED, only_there, manifest={"purpose": {"context": digest}})
    assert digest in summary(result.audit, result.gate)


def test_a_fail_that_only_warns_says_so(tmp_path):
    data = write_csv(tmp_path / "d.csv", *people(("f", "yes", 10), ("f", "no", 90), ("m", "yes", 60), ("m", "no", 40)))
    result = evaluate(tmp_path, data, DECIDED, control(enforcement="warn"), control("D"), stage="staging")
    lines = summary(result.audit, result.gate).splitlines()
    assert [line.split("  ")[0] for line in lines if line.startswith("✗")] == ["✗ fail (warns)", "✗ fail"]
