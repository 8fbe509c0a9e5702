"""One dataset of the subject as every engine shows it: a frame whose columns mean the same on DuckDB and on Spark."""

from __future__ import annotations

import difflib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from assay.errors import DataError
from assay.record.artefact import Role

if TYPE_CHECKING:
    import narwhals as nw
    import numpy as np
    import numpy.typing as npt

Kind = Literal["integer", "number", "truth", "text", "untyped", "other"]
"""`untyped`: text of a CSV file, which is a number where a number is wanted."""

MISSING_NUMBERS = ("NA", "N/A", "null", "NULL", "None")
"""Words which stand for a missing number in a CSV file, beside an empty cell and NaN."""

PEOPLE = "w"
"""The column of a frame that says how many people a row stands for: 1, or a ready-made count. Int64."""
WEIGHT = "v"
"""The column that holds the sampling weight of a row, where the manifest names one. Float64, not negative."""
CLUSTER = "b"
"""The column that holds the random group of the row's entity, where the manifest names one: "000" to "399"."""
RANDOM_GROUPS = 400
"""Random groups into which entities fall by the MD5 of their code: the first eight hexadecimal digits, modulo 400."""


@dataclass(frozen=True)
class Dataset(ABC):
    """A frame with the columns `w` (people per row), `v` and `b` where the manifest names weight and entity, and, for
    the column at place i: `c<i>` as it stands in the file, `t<i>` its code as text, `n<i>` a finite number, `f<i>` the
    number as it is. In t, n and f blank text, NaN and null are null; numbers that are not finite are null in n<i>.
    """

    role: Role
    told: str
    """The file, as the manifest names it."""
    names: tuple[str, ...]
    """All columns of the file."""
    kinds: Mapping[str, Kind]
    """Of the columns that are wanted and found, in the order of their places."""
    places: Mapping[str, str]
    """Where the manifest names the column."""
    weighted: bool
    """Whether there is a column `v`."""
    clustered: bool
    """Whether there is a column `b`."""

    @abstractmethod
    def frame(self) -> nw.LazyFrame[Any]:
        """The dataset, for expressions."""

    @abstractmethod
    def fetch(self, frame: nw.LazyFrame[Any]) -> list[tuple[Any, ...]]:
        """All rows of a small frame. DataError where the engine cannot compute it."""

    @abstractmethod
    def select(
        self, statement: str, frame: nw.LazyFrame[Any], parameters: Sequence[object] = ()
    ) -> list[tuple[Any, ...]]:
        """What `SELECT … FROM {rows} …` gives, where the rows are those of the frame, a `?` is a parameter, and the
        SQL is such as every engine speaks. For what expressions cannot say.
        """

    @abstractmethod
    def arrays(self, frame: nw.LazyFrame[Any]) -> dict[str, npt.NDArray[np.generic]]:
        """All rows of a frame by column; masked where null."""

    def groups(
        self,
        frame: nw.LazyFrame[Any],
        sets: Sequence[tuple[str, ...]],
        sums: tuple[str, ...],
        longest: Mapping[str, int],
        most: int,
    ) -> list[list[tuple[Any, ...]]]:
        """For each set of columns the first `most` groups of rows: their values, the number of rows, and the sums of
        other columns. One scan, whatever the sets. Texts of a column are cut off beyond the `longest` one wanted of it.
        """
        import narwhals as nw

        if len(sets) == 1:
            (keys,) = sets
            asked = {"rows": nw.len(), **{name: nw.col(name).sum() for name in sums}}
            grouped = frame.group_by(*keys).agg(**asked) if keys else frame.select(**asked)
            texts = (nw.col(key).str.head(longest[key]) if key in longest else nw.col(key) for key in keys)
            return [self.fetch(grouped.select(*texts, *asked).head(most))]
        keys = tuple(dict.fromkeys(key for each in sets for key in each))
        shown = (f"substr({key}, 1, {longest[key]:d})" if key in longest else key for key in keys)
        columns = [f"grouping({key})" for key in keys] + [*shown, "count(*)", *(f"sum({name})" for name in sums)]
        grouping_sets = ", ".join(f"({', '.join(each)})" for each in sets)
        rows = self.select(
            f"SELECT {', '.join(columns)} FROM {{rows}} GROUP BY GROUPING SETS ({grouping_sets}) "
            f"LIMIT {len(sets) * most:d}",
            frame,
        )
        n = len(keys)
        of = {tuple(int(key not in each) for key in keys): place for place, each in enumerate(sets)}
        places = [[n + keys.index(key) for key in each] for each in sets]
        found: list[list[tuple[Any, ...]]] = [[] for _ in sets]
        for row in rows:
            which = of[row[:n]]
            found[which].append((*(row[place] for place in places[which]), *row[2 * n :]))
        return found

    def kind(self, name: str) -> Kind:
        """What the file says the column holds. DataError where it has no such column."""
        if name not in self.kinds:
            raise self._absent(name)
        return self.kinds[name]

    def raw(self, name: str) -> str:
        """The column of the frame that holds the values as they stand in the file."""
        self.kind(name)
        return f"c{self._place(name)}"

    def code(self, name: str) -> str:
        """The column of the frame that holds the codes."""
        self.kind(name)
        return f"t{self._place(name)}"

    def number(self, name: str, *, as_it_is: bool = False) -> str:
        """The column of the frame that holds the numbers, finite or as they are. DataError where one is no number."""
        kind, place = self.kind(name), self._place(name)
        if kind in ("text", "other"):
            raise self.wrong(name, f"the column {name!r} of {self.told} holds text, not numbers")
        if kind == "untyped" and (found := self._not_a_number(place)):
            where, value = found
            raise self.wrong(
                name,
                f"the column {name!r} of {self.told} holds {value[:80]!r}{where}, which is no number",
                "Leave the cell of a missing number empty; write 1234.5 without other signs.",
            )
        return f"{'f' if as_it_is else 'n'}{place}"

    def is_numeric(self, name: str) -> bool:
        """Whether the column holds numbers: by its type, or in a CSV file because every value is one."""
        kind = self.kind(name)
        if kind == "untyped":
            return self._not_a_number(self._place(name)) is None
        return kind in ("integer", "number")

    def is_whole(self, name: str) -> bool:
        """Whether every number of the column is whole."""
        import narwhals as nw

        if self.kind(name) == "integer":
            return True
        number = nw.col(self.number(name))
        broken = self.frame().filter(number != number.floor()).select(number).head(1)
        return not self.fetch(broken)

    def wrong(self, name: str, what: str, hint: str = "") -> DataError:
        """An error of a column, with the place where the manifest names it."""
        hint = hint or "Correct the file, or name another column in the manifest."
        return DataError(what, where=self.places.get(name, self.told), hint=hint)

    @abstractmethod
    def _not_a_number(self, place: int) -> tuple[str, str] | None:
        """` in row 12`, or nothing where rows have no number, and the first value of an untyped column that is none."""

    def _place(self, name: str) -> int:
        return list(self.kinds).index(name)

    def _absent(self, name: str) -> DataError:
        near = difflib.get_close_matches(name, self.names, 1)
        near = near or [other for other in self.names if other.casefold() == name.casefold()]
        hint = f"Did you mean {near[0]!r}?" if near else f"Its columns: {', '.join(self.names)[:400]}"
        return self.wrong(name, f"{self.told} has no column {name!r}", hint)
