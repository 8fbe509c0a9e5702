"""What is logged: stages and the end, in lines that no text can break; and nothing is printed."""

import logging

from assay.api.logs import escaped, logged
from auditing import DECIDED, control, evaluate, people, write_csv


def audited(folder, **more):
    groups = ("a", "yes", 300), ("a", "no", 200), ("b", "yes", 290), ("b", "no", 210)
    return evaluate(folder, write_csv(folder / "d.csv", *people(*groups)), DECIDED, control(), **more)


def test_stages_are_logged_and_nothing_is_printed(tmp_path, caplog, capfd):
    with caplog.at_level(logging.DEBUG, logger="assay"):
        result = audited(tmp_path, stage="staging")
    told = [record.getMessage() for record in caplog.records if record.name == "assay"]
    assert told[0] == "audit of model 1 against p 1.0.0"
    assert told[-1] == f"audit {result.audit.id}: gate open, exit code 0"
    assert told.index("measure: begins") < told.index("measure: done") < told.index("decide: begins")
    assert {record.levelname for record in caplog.records if record.name == "assay"} <= {"INFO", "DEBUG"}
    assert capfd.readouterr() == ("", "")


def test_the_users_own_progress_is_told_all_the_same(tmp_path):
    seen = []
    audited(tmp_path, progress=lambda *told: seen.append(told))
    assert {stage for stage, _, _ in seen} >= {"measure", "decide"}


def test_no_text_breaks_a_line_of_the_log(caplog):
    hostile = "a\r\n2026 INFO gate open\u2028\u202e\x1b[31m" + "x" * 9000
    with caplog.at_level(logging.DEBUG, logger="assay"):
        logged(lambda *told: None)(hostile, 0, 1)
    (line,) = (record.getMessage() for record in caplog.records)
    assert line.splitlines() == [line]
    assert line.isprintable()
    assert "[U+000A]" in line
    assert len(line) < 600
    assert escaped("Île") == "Île"


def test_evidence_of_the_cache_is_logged(tmp_path, caplog):
    from assay.engines.options import EngineOptions

    options = EngineOptions(cache=tmp_path / "cache")
    audited(tmp_path, engine=options)
    with caplog.at_level(logging.DEBUG, logger="assay"):
        audited(tmp_path, engine=options)
    assert any("from the cache" in record.getMessage() for record in caplog.records)
