"""The inventory of a folder of models."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from assay.api.bundles import moment
from assay.api.verifying import verify
from assay.errors import AssayError

if TYPE_CHECKING:
    from assay.record.inventory import Inventory

InventoryFormat = Literal["table", "csv", "json", "html"]
Progress = Callable[[str, int, int], None]


def _quiet(stage: str, done: int, total: int) -> None:
    """Tell nobody."""


def inventory(
    folder: str | Path,
    *,
    reports: str | Path | None = None,
    policies: Sequence[str | Path] = (),
    at: datetime | None = None,
    review_days: int | None = None,
    verify_bundles: bool = False,
    jobs: int | None = None,
    progress: Progress = _quiet,
) -> Inventory:
    """List every model below a folder: owners, last audit, what is overdue, which model files nobody has registered.

    Where policies are given, each manifest is also held against their metadata controls; nothing else is read and no
    bundle is written. `reports` is where audits were written: `reports` in the folder or beside it where it is not
    given. Raises AssayError where the folder cannot be read or a policy cannot be used.
    """
    from assay.policy.load import load_policies
    from assay.run.inventory import Stocktaking, take_stock

    root = Path(folder)
    if not root.is_dir():
        raise AssayError(
            "that is no folder" if root.exists() else "there is no such folder",
            where=str(folder),
            hint="Give the folder that holds the manifests.",
        )
    asked = Stocktaking(
        folder=root,
        at=moment(at, datetime.now(UTC).replace(microsecond=0)),
        reports=_reports(root, reports),
        policies=load_policies(policies) if policies else (),
        review_days=review_days,
        verify=_is_intact if verify_bundles else None,
        jobs=jobs or os.cpu_count() or 1,
        progress=progress,
    )
    return take_stock(asked)


def render_inventory(stock: Inventory, form: InventoryFormat) -> str:
    """The inventory as text of that format."""
    from assay.report import inventory as rendered

    if form == "html":
        return rendered.page(stock)
    if form == "csv":
        from assay.evidence.table import table

        return table(*rendered.rows(stock)).decode()
    if form == "json":
        from assay.attest.canonical import canonical

        return canonical(stock).decode() + "\n"
    return rendered.text(stock)


def _reports(root: Path, given: str | Path | None) -> Path | None:
    if given is not None:
        if not Path(given).is_dir():
            raise AssayError("there is no such folder", where=str(given), hint="--reports names where bundles are.")
        return Path(given)
    return next((path for path in (root / "reports", Path("reports")) if path.is_dir()), None)


def _is_intact(bundle: Path) -> bool:
    try:
        return verify(bundle).intact
    except AssayError:
        return False
