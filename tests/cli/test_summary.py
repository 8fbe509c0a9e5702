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
