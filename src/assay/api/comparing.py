"""Two audits side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from assay.errors import AssayError

if TYPE_CHECKING:
    from assay.attest.folder import Problem
    from assay.record.audit import Audit
    from assay.record.comparison import AuditDifference
    from assay.record.gate import Gate

ENDINGS = (".md", ".html", ".json")
_MOST_BYTES = 64_000_000


def diff(old: str | Path, new: str | Path) -> AuditDifference:
    """What differs between two audits: newly failing, fixed, lost evidence, changed policy, moved estimates.

    Each is a bundle, a folder or an .asice file, or an audit.json alone; without a gate nothing is said of gates and
    waivers. Raises AssayError for what is no record of an audit, and for a bundle that was changed after it was signed.
    """
    from assay.verdict.difference import difference

    return difference(_drawn(Path(old)), _drawn(Path(new)))


def render_diff(difference: AuditDifference, ending: str) -> str:
    """The difference as `.md`, as one `.html` page, or whole as `.json`."""
    if ending not in ENDINGS:
        hint = "Give a file that ends in .md, .html or .json."
        raise AssayError("a difference is written as Markdown, HTML or JSON", hint=hint)
    if ending != ".html":
        from assay.export import delta

        return delta.page(difference) if ending == ".md" else delta.document(difference)
    from assay.report import difference as report

    return report.page(difference)


def _drawn(path: Path) -> tuple[Audit, Gate | None]:
    from assay.api.bundles import record_of

    if path.suffix.lower() == ".json":
        record, gate = _alone(path), None
    else:
        record, found = record_of(path)
        for problem in found.problems:
            if problem.file == "gate.json" and problem.what != "is missing":
                raise AssayError(f"the gate cannot be compared: it {problem.what}", where=f"{path}/gate.json")
        gate = found.gate
    names = [finding.id for finding in record.findings]
    if len(set(names)) < len(names):
        raise AssayError("two findings have the same name", where=str(path))
    return record, gate


def _alone(path: Path) -> Audit:
    from assay.attest.contents import read_record
    from assay.record.audit import Audit

    problems: list[Problem] = []
    hint = "Give a bundle, an .asice file or an audit.json."
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise AssayError("is too large for the record of an audit", where=str(path), hint=hint)
    except OSError as error:
        raise AssayError(f"cannot be read: {(error.strerror or 'error').lower()}", where=str(path), hint=hint) from None
    except ValueError:
        raise AssayError("the path is not valid", where=str(path)[:200], hint=hint) from None
    record = read_record(data, path.name, Audit, problems)
    if record is None:
        raise AssayError(f"is not the record of an audit; it {problems[0].what}", where=str(path), hint=hint)
    return record
