"""What sampled people show one by one: decisions when an input is changed, decisions of the people most alike."""

from __future__ import annotations

from dataclasses import dataclass, replace

from assay.evidence.table import table

FLIPS = ("kind", "feature", "from", "to", "n", "to_favourable", "to_unfavourable")
NEIGHBOURS = ("kind", "name", "alike", "n")


@dataclass(frozen=True)
class Change:
    """People who hold one value of an input, decided as they are and with another value in its place."""

    held: str
    given: str | None
    """None: any other value; who is decided otherwise with one of them or more, counts once."""
    people: int
    """Those with a decision both times."""
    to_favourable: int
    to_unfavourable: int

    @property
    def flips(self) -> int:
        """Those who are decided otherwise."""
        return self.to_favourable + self.to_unfavourable


@dataclass(frozen=True)
class Changed:
    """One input, changed."""

    feature: str
    changes: tuple[Change, ...] = ()
    unknown: int = 0
    """People whose own value is missing or unknown: nothing was changed for them."""
    undecided: int = 0
    """People whom the model decides as they are, and not with every other value."""
    left_out: str | None = None
    """Why it was not changed."""


@dataclass(frozen=True)
class Flips:
    """Decisions of sampled people as they are, and with other values of an input. No row of anybody."""

    features: tuple[Changed, ...]
    available: int
    """Rows the sample was drawn from."""
    drawn: int
    undecided: int
    """People for whom the model gives no finite score as they are."""

    def of(self, features: tuple[str, ...]) -> Flips:
        """Only these inputs, in this order."""
        by_name = {each.feature: each for each in self.features}
        return replace(self, features=tuple(by_name[name] for name in features))

    def csv(self) -> bytes:
        """Canonical bytes: the sample; then for each input who was left out, and a line per change."""
        counts = (("available", self.available), ("drawn", self.drawn), ("undecided", self.undecided))
        rows: list[tuple[object, ...]] = [(kind, None, None, None, n, None, None) for kind, n in counts]
        for each in self.features:
            rows.append(("unknown", each.feature, each.left_out, None, each.unknown, None, None))
            rows.append(("undecided", each.feature, None, None, each.undecided, None, None))
            rows += [
                ("changed", each.feature, c.held, c.given, c.people, c.to_favourable, c.to_unfavourable)
                for c in each.changes
            ]
        return table(FLIPS, rows)


@dataclass(frozen=True)
class Neighbours:
    """Decisions of people beside those of the k people of a pool who are most alike. No row of anybody."""

    features: tuple[str, ...]
    """By which people are alike."""
    k: int
    available: int
    """Rows the sample was drawn from."""
    undecided: int
    """Sampled people without a decision: they are asked about neither way."""
    pool: int
    """People among whom the neighbours were looked for; none of those asked about."""
    favourable: tuple[int, ...]
    """(k + 1,): of the people decided favourably, how many have 0, 1, … k favourable neighbours."""
    unfavourable: tuple[int, ...]

    @property
    def people(self) -> int:
        """Those asked about."""
        return sum(self.favourable) + sum(self.unfavourable)

    def csv(self) -> bytes:
        """Canonical bytes: the sample, the inputs, then people by their decision and their favourable neighbours."""
        rows: list[tuple[object, ...]] = [
            ("sample", "available", None, self.available),
            ("sample", "undecided", None, self.undecided),
            ("sample", "pool", None, self.pool),
        ]
        rows += [("feature", name, None, None) for name in self.features]
        for name, counts in (("favourable", self.favourable), ("unfavourable", self.unfavourable)):
            rows += [("people", name, alike, n) for alike, n in enumerate(counts)]
        return table(NEIGHBOURS, rows)
