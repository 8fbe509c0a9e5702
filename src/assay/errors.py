"""What went wrong, where, and what to do next."""

from __future__ import annotations

from typing import Literal

Kind = Literal["invalid", "failed"]


class AssayError(Exception):
    """An error a user can act on: where, what, the line of the file with a caret, and what to do next.

    `kind` decides the exit code: `invalid` (2) for a policy, manifest, data file or command that cannot be used,
    `failed` (3) for work that could not be finished (writing, signing, a full disk).
    """

    kind: Kind = "invalid"
    excerpt: str = ""
    """The line at `where` with a caret below it; set where the text of the file is known."""

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        self.what, self.where, self.hint = what, where, hint
        super().__init__(str(self))

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        hint = f"\n  {self.hint}" if self.hint else ""
        excerpt = f"\n{self.excerpt}" if self.excerpt else ""
        return f"{place}{self.what}{excerpt}{hint}"


class PolicyError(AssayError):
    """A policy, catalogue, waiver or trust file that cannot be used."""


class ManifestError(AssayError):
    """A manifest that cannot be used, or that points at something which cannot be."""


class DataError(AssayError):
    """Data or a model that do not hold what the manifest says."""


class SignatureError(AssayError):
    """A key or a signature that could not be made or read."""

    kind: Kind = "failed"


class WriteError(AssayError):
    """An output that could not be written."""

    kind: Kind = "failed"


class Problems(AssayError):
    """Several errors of one file, told at once."""

    def __init__(self, problems: list[AssayError]) -> None:
        self.problems = problems
        super().__init__(f"{len(problems)} errors")

    def __str__(self) -> str:
        between = "\n\n" if any(problem.excerpt for problem in self.problems) else "\n"
        return between.join(str(problem) for problem in self.problems)
