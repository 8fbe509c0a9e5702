"""How the numbers of a sample of rows go with one another: their correlations."""

from __future__ import annotations

from dataclasses import dataclass

from assay.evidence.table import UnreadableTable, as_count, as_name, as_number, lines_of, table

CORRELATIONS = ("kind", "column", "with", "n", "value")


@dataclass(frozen=True)
class Correlations:
    """Pearson's correlations of columns over the sampled rows that hold a number in all of them."""

    available: int
    """Rows the sample was drawn from."""
    drawn: int
    complete: int
    """Sampled rows with a finite number in every column that is not constant."""
    columns: tuple[str, ...]
    """Those that are not constant."""
    constant: tuple[str, ...]
    """Those with one value in the sample, or none."""
    pairs: tuple[tuple[float, ...], ...]
    """For each column after the first its correlations with those before it."""

    def csv(self) -> bytes:
        """Canonical bytes: the sample, the columns, then a line for each pair."""
        rows: list[tuple[object, ...]] = [
            (kind, None, None, n, None)
            for kind, n in (("available", self.available), ("drawn", self.drawn), ("complete", self.complete))
        ]
        rows += [("column", name, None, None, None) for name in self.columns]
        rows += [("constant", name, None, None, None) for name in self.constant]
        for at, correlations in enumerate(self.pairs, start=1):
            pairs = zip(self.columns, correlations, strict=False)
            rows += [("pair", self.columns[at], other, None, value) for other, value in pairs]
        return table(CORRELATIONS, rows)


def read_correlations(data: bytes, size: int) -> Correlations:
    """The sample, the columns, and a number between -1 and 1 for each pair."""
    header, *lines = lines_of(data)
    if tuple(header) != CORRELATIONS or [line[0] for line in lines[:3]] != ["available", "drawn", "complete"]:
        raise UnreadableTable("its header is not that of correlations")
    available, drawn, complete = (as_count(line[3]) for line in lines[:3])
    columns = tuple(as_name(line[1]) for line in lines[3:] if line[0] == "column")
    constant = tuple(as_name(line[1]) for line in lines[3:] if line[0] == "constant")
    values = [as_number(line[4]) for line in lines[3:] if line[0] == "pair"]
    if len({*columns, *constant}) < len(columns) + len(constant):
        raise UnreadableTable("it names a column twice")
    if not (complete <= drawn <= min(size, available)):
        raise UnreadableTable("its sample is larger than what it is of")
    if len(values) != len(columns) * (len(columns) - 1) // 2 or not all(-1 <= value <= 1 for value in values):
        raise UnreadableTable("its numbers are no correlations of these columns")
    begins = [at * (at - 1) // 2 for at in range(1, len(columns) + 1)]
    pairs = tuple(tuple(values[begin : begin + at]) for at, begin in enumerate(begins[:-1] or [], start=1))
    return Correlations(available, drawn, complete, columns, constant, pairs)
