"""An export is enough to make the root again, without assay."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

from assay.attest.canonical import canonical
from assay.attest.ledger import open_ledger, read_checkpoint
from assay.attest.ledger.export import export
from assay.errors import AssayError, WriteError
from ledgers import KEY, ORIGIN, changed, entry


def recomputed(folder) -> str:
    """Run the program of VERIFY.txt in the folder, with a Python that knows nothing of assay."""
    _, begin, rest = (folder / "VERIFY.txt").read_text().partition("    import ")
    command = [sys.executable, "-I", "-S", "-c", textwrap.dedent(begin + rest)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 21])
def test_anybody_makes_the_root_again_with_the_program_that_lies_beside_it(tmp_path, size):
    with open_ledger(tmp_path / "l.sqlite", create=True, origin=ORIGIN) as ledger:
        ledger.append([entry(number) for number in range(size)])
        assert export(ledger, tmp_path / "out", KEY) == (size, size)
    assert recomputed(tmp_path / "out") == f"{ORIGIN} {size} the root is the same"
    lines = (tmp_path / "out" / "entries.jsonl").read_bytes().split(b"\n")
    assert lines == [*(canonical(entry(number)) for number in range(size)), b""]
    assert read_checkpoint((tmp_path / "out" / "checkpoint.txt").read_bytes(), [KEY.verifier]).key_known


def test_the_program_finds_a_changed_line(tmp_path, twelve):
    with open_ledger(twelve) as ledger, pytest.raises(AssayError, match="has no checkpoint yet"):
        export(ledger, tmp_path / "out", None)
    path = tmp_path / "l.sqlite"
    path.write_bytes(twelve.read_bytes())
    with open_ledger(path) as ledger:
        export(ledger, tmp_path / "out", KEY)
    lines = tmp_path / "out" / "entries.jsonl"
    whole = lines.read_bytes()
    for broken in (whole.replace(b'"4"', b'"X"'), whole.partition(b"\n")[2], b""):
        lines.write_bytes(broken)
        assert recomputed(tmp_path / "out").endswith("THE ROOT IS ANOTHER ONE"), broken


def test_without_the_key_the_last_checkpoint_goes_with_all_entries(tmp_path, copy):
    with open_ledger(copy()) as ledger:
        ledger.checkpoint(KEY)
        ledger.append([entry("later")])
        assert export(ledger, tmp_path / "out", None) == (13, 12)
    assert recomputed(tmp_path / "out") == f"{ORIGIN} 12 the root is the same"


def test_nothing_is_overwritten_and_a_damaged_ledger_leaves_nothing(tmp_path, copy):
    (tmp_path / "out").mkdir()
    path = copy()
    with open_ledger(path) as ledger:
        with pytest.raises(AssayError, match="is there already"):
            export(ledger, tmp_path / "out", KEY)
        with pytest.raises(WriteError, match="cannot be written"):
            export(ledger, path / "below", KEY)
    changed(path, "DELETE FROM entries WHERE position = 4")
    with open_ledger(path) as ledger, pytest.raises(AssayError, match="entry 4 is missing"):
        export(ledger, tmp_path / "new", None)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["copy.sqlite", "out"]
