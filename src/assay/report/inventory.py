"""The inventory as a table, as rows for CSV and as one HTML page that can be searched, and works without its script."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from assay.record.inventory import Entry, Inventory
from assay.report.page import environment, legible, stylesheet
from assay.report.parts import templates
from assay.source.told import short

CONTROLS = ("pass", "fail", "inconclusive", "not_applicable", "needs_audit", "error")
WIDEST = 34
"""Characters of a cell of the table."""
_HEADER = (
    "kind", "path", "id", "name", "version", "business_owner", "technical_owner", "tier", "stage", "audited", "gate",
    "exit_code", "audit_stage", "audit_trust", "manifest_changed", "next_validation", "overdue", "open_findings",
    "upstream", "same_id_and_version",
)  # fmt: skip
_TITLES = {
    "models": "models", "manifests": "manifests", "invalid": "invalid", "unregistered": "unregistered files",
    "overdue": "overdue", "open_findings": "open findings", "changed_since_audit": "changed since the audit",
}  # fmt: skip


def rows(stock: Inventory) -> tuple[Sequence[str], list[Sequence[object]]]:
    """Header and rows: every model, then what does not load, is not registered, or could not be read."""
    counted = CONTROLS if stock.policies else ()
    header = (*_HEADER, *counted, "problem")
    made: list[Sequence[object]] = [_row(entry, counted) for entry in stock.entries]

    def other(kind: str, path: str, problem: str) -> None:
        made.append((kind, path, *[None] * (len(header) - 3), problem))

    for invalid in stock.invalid:
        other("invalid manifest", invalid.path, "; ".join(invalid.errors))
    for path in stock.unregistered:
        other("model file", path, "no manifest names it")
    for path in stock.unread:
        other("unread", path, "cannot be read")
    return header, made


def _row(entry: Entry, counted: Sequence[str]) -> Sequence[object]:
    audit = entry.audit
    seen: Sequence[object] = [None] * 6
    if audit is not None:
        seen = (_time(audit.at), audit.gate, audit.exit_code, audit.stage, audit.trust, _truth(audit.manifest_changed))
    controls = dict(entry.controls)
    return (
        "model", entry.path, entry.id, entry.name, entry.version, entry.business, entry.technical, entry.tier,
        entry.stage, *seen, entry.next_validation, "; ".join(overdue(entry)), "; ".join(findings(entry)),
        "; ".join(upstream(entry)), "; ".join(entry.twins),
        *(controls.get(name, 0) if controls else None for name in counted), entry.problem,  # type: ignore[call-overload]
    )  # fmt: skip


def _time(moment: object) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _truth(value: bool) -> str:
    return "yes" if value else "no"


def overdue(entry: Entry) -> list[str]:
    """`finding F-2 since 2026-03-31 (Mei Tanaka)`."""
    return [
        f"{one.what}{'' if one.what == 'validation' else ' ' + one.name} since {one.due}"
        + (f" ({one.owner})" if one.owner else "")
        for one in entry.overdue
    ]


def findings(entry: Entry) -> list[str]:
    """`F-2 (high): Title; owner Mei Tanaka, due 2026-03-31`, for every finding that is not closed."""
    return [
        f"{one.id}{f' ({one.severity})' if one.severity else ''}: {one.title}; owner {one.owner or 'nobody'}, "
        f"{f'due {one.due}' if one.due else 'no due date'}{', accepted' if one.state == 'accepted' else ''}"
        for one in entry.findings
    ]


def upstream(entry: Entry) -> list[str]:
    """`bureau-score 2.0: gate open`."""
    states = {"open": "gate open", "closed": "gate closed"}
    return [f"{one.id}{f' {one.version}' if one.version else ''}: {states.get(one.state, one.state)}"
            for one in entry.upstream]  # fmt: skip


def counted(stock: Inventory) -> str:
    """`12 models, 14 manifests, 1 invalid, …; tier: 3 high, …`."""
    total = [f"{n} {_TITLES[name]}" for name, n in stock.statistics["total"].items() if n or name == "models"]
    by = [
        f"{name}: {', '.join(f'{n} {value}' for value, n in counts.items())}"
        for name, counts in stock.statistics.items()
        if name != "total" and counts
    ]
    return "; ".join([", ".join(total), *by])


def text(stock: Inventory) -> str:
    """The table for a terminal, what is wrong below it, and the counts."""
    counted_too = bool(stock.policies)
    header = ["model", "version", "owner", "tier", "stage", "gate", "audited", "overdue", "findings"]
    header += ["pass", "fail", "inconcl.", "n.a.", "audit"] if counted_too else []
    table = [header]
    for entry in stock.entries:
        audit = entry.audit
        row = [entry.id, entry.version, entry.business or entry.technical or "-", entry.tier or "-", entry.stage or "-",
               audit.gate if audit else "-", f"{audit.at:%Y-%m-%d}" if audit else "-", str(len(entry.overdue) or "-"),
               str(len(entry.findings) or "-")]  # fmt: skip
        controls = {str(name): n for name, n in entry.controls.items()}
        row += [str(controls.get(name, 0)) if controls else "-" for name in CONTROLS[:5]] if counted_too else []
        table.append([short(cell, WIDEST) for cell in row])
    widths = [max(len(row[place]) for row in table) for place in range(len(header))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]
    return "\n".join([*(lines if stock.entries else []), *_wrong(stock), counted(stock)])


def _wrong(stock: Inventory) -> list[str]:
    told = [f"{entry.id} {entry.version}: overdue: {one}" for entry in stock.entries for one in overdue(entry)]
    told += [
        f"{entry.path}: {entry.id} {entry.version} is also {', '.join(entry.twins)}"
        for entry in stock.entries
        if entry.twins
    ]
    told += [f"{entry.path}: {entry.problem}" for entry in stock.entries if entry.problem]
    told += [
        f"{entry.id} {entry.version}: reads {one.id}, {'whose gate is closed' if one.state == 'closed' else one.state}"
        for entry in stock.entries
        for one in entry.upstream
        if one.state != "open"
    ]
    told += [f"models that read each other: {' → '.join((*circle, circle[0]))}" for circle in stock.cycles]
    told += [f"invalid manifest: {error}" for one in stock.invalid for error in one.errors]
    told += [f"no manifest names the model file {path}" for path in stock.unregistered]
    told += [f"cannot be read: {path}" for path in stock.unread]
    return [short(line, 300) for line in told]


@dataclass(frozen=True)
class Shown:
    """One model, as the page shows it."""

    entry: Entry
    overdue: tuple[str, ...]
    findings: tuple[str, ...]
    upstream: tuple[str, ...]
    attention: bool
    """Something of it is overdue, not audited, closed, changed, doubled or broken."""


def page(stock: Inventory) -> str:
    """One HTML document: no external address; the only script is ours, named by its hash."""
    from markupsafe import Markup

    style = stylesheet() + "\n" + (templates() / "inventory.css").read_text(encoding="utf-8")
    script = (templates() / "inventory.js").read_text(encoding="utf-8")
    return (
        environment(legible)
        .get_template("inventory.html.j2")
        .render(
            stock=stock,
            at=f"{stock.at:%Y-%m-%d %H:%M} UTC",
            models=[_shown(entry) for entry in stock.entries],
            total=[(n, _TITLES[name], name) for name, n in stock.statistics["total"].items()],
            statistics={name: counts for name, counts in stock.statistics.items() if name != "total"},
            controls=CONTROLS,
            style=Markup(style),  # noqa: S704  our own files, without anything of a manifest
            script=Markup(script),  # noqa: S704
            style_hash=_hash(style),
            script_hash=_hash(script),
        )
    )


def _shown(entry: Entry) -> Shown:
    audit = entry.audit
    wrong = audit is None or audit.gate == "closed" or audit.manifest_changed or audit.trust == "not intact"
    broken = bool(entry.overdue or entry.twins or entry.problem)
    return Shown(
        entry, tuple(overdue(entry)), tuple(findings(entry)), tuple(upstream(entry)), attention=wrong or broken
    )


def _hash(content: str) -> str:
    return b64encode(sha256(content.encode()).digest()).decode()
