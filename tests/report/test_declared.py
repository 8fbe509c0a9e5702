from __future__ import annotations

from assay.report.declared import LONGEST_TEXT, MOST_COLUMNS, MOST_ROWS, declared
from assay.report.language import speaking


def test_fields_become_facts_in_words_and_nothing_is_a_python_literal() -> None:
    manifest = {
        "purpose": {"decision": {"domain": "credit", "solely_automated": False}, "users": ["a", "b"], "channels": []},
        "owners": {"business": {"id": "l", "name": "Lin", "role": "Head"}},
        "deployment": {"sla": {"uptime_target": 0.99}},
    }
    assert declared(manifest, ("purpose", "owners", "deployment")).facts == (
        ("Purpose: decision", "domain: credit; solely automated: no"),
        ("Purpose: users", "a; b"),
        ("Purpose: channels", "none"),
        ("Owners: business", "Lin (Head)"),
        ("Deployment: service level", "uptime target: 0.99"),
    )


def test_names_of_fields_and_what_they_say_stay_those_of_the_manifest_in_german() -> None:
    manifest = {"data": {"test": {"rows": 5, "label": True}}, "features": [{"name": n, "rows": 1} for n in "abc"]}
    with speaking("de"):
        told = declared(manifest, ("data", "features"))
    assert told.facts == (("Data: test", "rows: 5; label: yes"),)
    assert [(table.title, table.columns) for table in told.tables] == [("Features", (("Name", False),))]
    assert (told.tables[0].note, told.tables[0].noted) == ("Rows: 1 in jeder Zeile.", True)


def test_what_stands_elsewhere_in_the_report_is_left_out() -> None:
    manifest = {"data": {"test": {"origin": "here", "rows": 5}, "train": {"origin": "there"}}}
    assert declared(manifest, ("data",), ("data.*.origin",)).facts == (("Data: test, rows", "5"),)


def test_a_list_becomes_a_table_that_keeps_the_rows_that_decide() -> None:
    features = [{"name": f"f{i}", "dtype": "number", "proxy_for": ["sex"] if i == 99 else []} for i in range(100)]
    table = declared({"features": features}, ("features",)).tables[0]
    assert [title for title, _ in table.columns] == ["Name", "Proxy for"]
    assert table.rows[0][0].text == "f99"
    assert (len(table.rows), table.more) == (MOST_ROWS, 100 - MOST_ROWS)
    assert table.note == "Dtype: number in every row."


def test_wide_and_long_declarations_are_cut_and_say_so() -> None:
    table = declared({"findings": [{f"c{i}": "x" * 5000 for i in range(12)}]}, ("findings",)).tables[0]
    assert len(table.columns) == MOST_COLUMNS
    assert all(len(cell.text) < 400 for cell in table.rows[0])
    assert "in audit.json" in (table.note or "")
    facts = declared({"purpose": {"context": "x" * 10_000}}, ("purpose",)).facts
    assert len(facts[0][1]) < LONGEST_TEXT + 50
