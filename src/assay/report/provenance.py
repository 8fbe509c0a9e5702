"""What was read and what computed: files and evidence by digest, the second computation, what confined the model."""

from __future__ import annotations

from dataclasses import dataclass

from assay.record.audit import Audit, FileDigest, SecondComputation
from assay.report.language import gettext, message, ngettext
from assay.report.words import count, hexadecimal, number, plain, sentence, shortened

LONGEST_ROLE = 300


@dataclass(frozen=True)
class FileRow:
    """A file by digest."""

    role: str
    path: str
    digest: str


def file_row(file: FileDigest) -> FileRow:
    """A file that was read."""
    role = " ".join(plain(part) for part in file.role.replace("_", " ").split("."))
    return FileRow(role, file.path, hexadecimal(file.digest))


def table_row(file: FileDigest) -> FileRow:
    """A table of evidence."""
    return FileRow(shortened(file.role, LONGEST_ROLE), file.path, hexadecimal(file.digest))


def second_computation(second: SecondComputation | None) -> str:
    """Whether another library found the same group metrics."""
    if second is None or not second.compared:
        return gettext("No group metric was computed a second time, because no control of this audit compares groups.")
    told = [
        ngettext(
            "%(library)s %(version)s computed %(n)s group metric again from the same counts.",
            "%(library)s %(version)s computed %(n)s group metrics again from the same counts.",
            second.compared, library=second.library, version=second.version, n=count(second.compared),
        ),
        gettext("The largest difference is %(value)s.", value=number(second.largest_difference)),
        gettext("The two computations agree.") if second.agrees else gettext("THE TWO COMPUTATIONS DO NOT AGREE."),
    ]  # fmt: skip
    if second.left_out:
        groups = "; ".join(second.left_out)
        told.append(gettext("Left out, because the metric is not defined there: %(groups)s.", groups=groups))
    return " ".join(told)


def confinement(audit: Audit) -> tuple[tuple[str, str], ...]:
    """What held the process that ran the model; nothing where none ran."""
    if audit.confinement is None:
        return ()
    return tuple((gettext(_HELD[name]), sentence(told)) for name, told in audit.confinement.model_dump().items())


_HELD = {
    "network": message("Network"), "files": message("Files"), "processes": message("Processes"),
    "memory": message("Memory"),
}  # fmt: skip
