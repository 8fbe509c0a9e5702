"""The formats that an audit can be exported to, by name."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from assay.errors import AssayError
from assay.source.told import nearest

if TYPE_CHECKING:
    from assay.export.recorded import Recorded


@dataclass(frozen=True)
class Format:
    """One format: the module of this package with a function `render(recorded) -> str`."""

    name: str
    module: str
    told: str
    """What it is for, in a few words; `--help` prints it."""


FORMATS = {
    found.name: found
    for found in (
        Format("sarif", "sarif", "SARIF 2.1.0, every outcome"),
        Format("code-scanning", "code_scanning", "SARIF 2.1.0 for GitHub, which shows every result as an alert"),
        Format("github", "github", "annotations of a GitHub workflow"),
        Format("gitlab", "gitlab", "GitLab Code Quality"),
        Format("junit", "junit", "JUnit XML, a test case per control and group"),
        Format("markdown", "markdown", "job summary, worst first"),
        Format("comment", "comment", "comment on a change, with what differs from --base"),
        Format("csv", "table", "a line per estimate"),
        Format("openmetrics", "openmetrics", "OpenMetrics text, for Prometheus and what reads it"),
        Format("oscal", "oscal", "OSCAL assessment results"),
        Format("cyclonedx", "cyclonedx", "CycloneDX ML-BOM with a model card"),
        Format("model-card", "model_card", "model card in Markdown"),
    )
}


def render(name: str, recorded: Recorded) -> str:
    """The record in a format. The same record and gate give the same text. Raises AssayError for an unknown name."""
    found = FORMATS.get(name)
    if found is None:
        raise AssayError(
            f"there is no format {name!r}", hint=nearest(name, FORMATS) or f"There is: {', '.join(FORMATS)}."
        )
    text: str = import_module(f"assay.export.{found.module}").render(recorded)
    return text
