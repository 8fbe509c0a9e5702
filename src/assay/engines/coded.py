"""Keys of cells that are values of a column: labels, decisions and attributes by their codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assay.engines.keys import Key
from assay.engines.levels import (
    LONGEST_GROUP,
    MAXIMUM_GROUPS,
    code_of,
    seen_codes,
    settle,
    values_of,
)
from assay.evidence.cells import FAVOURABLE, UNFAVOURABLE, Level
from assay.record.codes import spellings
from assay.record.columns import DecisionColumn, LabelColumn
from assay.record.frozen import Scalar

if TYPE_CHECKING:
    import narwhals as nw

LOOKED_AT = 1_000_000
"""Rows in which values are counted for an error, so that a column of ids costs no more than that."""


@dataclass(frozen=True)
class Coded(Key):
    """Values of a column: as they stand in the file where Python reads them as the engine does, else its codes."""

    name: str

    @property
    def expression(self) -> nw.Expr:
        """Gives the values."""
        import narwhals as nw

        return nw.col(values_of(self.dataset, self.name))

    @property
    def is_text(self) -> bool:
        """Whether the values are texts; all but whole numbers and truth values are."""
        return self.dataset.kind(self.name) not in ("integer", "truth")

    def codes(self, people: Mapping[Any, int]) -> dict[Any, str | None]:
        """The code of each value."""
        kind = self.dataset.kind(self.name)
        return {value: code_of(value, kind) for value in people}


@dataclass(frozen=True)
class TwoSided(Coded):
    """A label or a decision: favourable or not."""

    declared: LabelColumn | DecisionColumn
    key: str
    of: Scalar | None

    @property
    def longest(self) -> int | None:
        """Longer than any level that the manifest declares."""
        if not self.is_text:
            return None
        named = (self.declared.favourable, self.declared.unfavourable, self.of)
        return max(LONGEST_GROUP, *(len(text) for value in named for text in spellings(value))) + 1

    def levels(self, people: Mapping[Any, int], *, broken: bool) -> dict[Any, Level]:  # noqa: ARG002
        """Favourable or unfavourable, where there is a code."""
        codes = self.codes(people)
        held = {of: 0 for of in codes.values() if of is not None}
        for value, of in codes.items():
            if of is not None:
                held[of] += people[value]
        two = settle(self.dataset, self.declared, self.key, self.of, sorted(held, key=lambda of: (-held[of], of)))
        sides = dict.fromkeys(held, UNFAVOURABLE) | dict.fromkeys(two.favourable, FAVOURABLE)
        return {value: None if of is None else sides[of] for value, of in codes.items()}

    def require_few(self, within: int | None) -> None:
        """DataError where the column holds a third level."""
        settle(self.dataset, self.declared, self.key, self.of, seen_codes(self.dataset, self.name, within))


@dataclass(frozen=True)
class Attribute(Coded):
    """An attribute by its codes. Those without a label keep their own name; unknown values are None."""

    labels_of: Mapping[str, str]
    unknown: tuple[str, ...]

    @property
    def longest(self) -> int | None:
        """Longer than any code that the manifest names."""
        if not self.is_text:
            return None
        return max(LONGEST_GROUP, *map(len, (*self.labels_of, *self.unknown, ""))) + 1

    def level(self, of: str | None) -> Level:
        """What a code is called."""
        return None if of is None or of in self.unknown else self.labels_of.get(of, of)

    def levels(self, people: Mapping[Any, int], *, broken: bool) -> dict[Any, Level]:  # noqa: ARG002
        """The groups, of which there are at most 500."""
        codes = self.codes(people)
        if any(of is not None and len(of) > LONGEST_GROUP and self._is_its_own(of) for of in codes.values()):
            self.require_few(None)
        levels = {value: self.level(of) for value, of in codes.items()}
        self._require_at_most(len({*levels.values()} - {None}))
        return levels

    def require_few(self, within: int | None) -> None:
        """DataError for more groups than MAXIMUM_GROUPS or a name longer than LONGEST_GROUP."""
        import narwhals as nw

        column, frame = self.dataset.code(self.name), self.dataset.frame()
        frame = frame if within is None else frame.head(within)
        distinct = frame.filter(~nw.col(column).is_null()).select(c=column).unique()
        rest = distinct.filter(~nw.col("c").is_in([*self.labels_of, *self.unknown]))
        count, longest = self.dataset.fetch(rest.select(n=nw.len(), longest=nw.col("c").str.len_chars().max()))[0]
        longest = longest or 0
        if longest > LONGEST_GROUP:
            what = f"the column {self.name!r} has a value of {longest:,} characters as a group; at most {LONGEST_GROUP}"
            raise self.dataset.wrong(self.name, what, _HINT)
        if count <= MAXIMUM_GROUPS:
            count = len({self.level(row[0]) for row in self.dataset.fetch(distinct)} - {None})
        self._require_at_most(count, part=within is not None and self._is_longer_than(within))

    def _is_its_own(self, of: str) -> bool:
        return of not in self.labels_of and of not in self.unknown

    def _is_longer_than(self, rows: int) -> bool:
        import narwhals as nw

        return bool(self.dataset.fetch(self.dataset.frame().head(rows + 1).select(n=nw.len()))[0][0] > rows)

    def _require_at_most(self, count: int, *, part: bool = False) -> None:
        if count > MAXIMUM_GROUPS:
            told = f"{count:,} different values" + (" and more" if part else "")
            raise self.dataset.wrong(
                self.name, f"the column {self.name!r} has {told} as groups; at most {MAXIMUM_GROUPS}", _HINT
            )


_HINT = "Group a number by `edges`, codes by `labels`, or use another column: one of names or ids is no group."
