"""How well the group of sampled people is told from what the model takes: counts by out-of-fold scores."""

from __future__ import annotations

from dataclasses import dataclass

from assay.evidence.table import table

PROXIES = ("kind", "feature", "grouping", "group", "fold", "members", "others", "scores")


@dataclass(frozen=True)
class Ranked:
    """The people of one fold, by the score that models of the other folds give them: ascending, most alike last."""

    members: tuple[int, ...]
    """Of the group, at each score or in each bin of scores."""
    others: tuple[int, ...]
    scores: tuple[int, ...]
    """How many different scores each bin holds; 1: a score."""


@dataclass(frozen=True)
class Told:
    """One group told from the others, by one input or by all together."""

    feature: str | None
    """None: by all inputs together."""
    grouping: str
    group: str
    folds: tuple[Ranked, ...]


@dataclass(frozen=True)
class Attribute:
    """The people of an attribute in the sample."""

    grouping: str
    groups: tuple[tuple[str, int], ...]
    """Name and members, in the order of the alphabet."""
    unknown: int
    """People whose group is unknown."""


@dataclass(frozen=True)
class Proxies:
    """Groups of sampled people told from inputs by models that have not seen them. No row of anybody."""

    features: tuple[str, ...]
    attributes: tuple[Attribute, ...]
    available: int
    """Rows the sample was drawn from."""
    drawn: int
    told: tuple[Told, ...]
    """Of an attribute with two groups the first alone: the other one has the same area."""

    def csv(self) -> bytes:
        """Canonical bytes: the sample, the inputs, the groups, then people by fold and score."""
        rows: list[tuple[object, ...]] = [
            ("available", None, None, None, None, self.available, None, None),
            ("drawn", None, None, None, None, self.drawn, None, None),
        ]
        rows += [("feature", name, *(None,) * 6) for name in self.features]
        for each in self.attributes:
            rows.append(("unknown", None, each.grouping, None, None, each.unknown, None, None))
            rows += [("group", None, each.grouping, group, None, n, None, None) for group, n in each.groups]
        for told in self.told:
            for fold, ranked in enumerate(told.folds):
                cells = zip(ranked.members, ranked.others, ranked.scores, strict=True)
                rows += [
                    ("told" if told.feature is not None else "together", told.feature, told.grouping, told.group, fold,
                     *cell) for cell in cells
                ]  # fmt: skip
        return table(PROXIES, rows)
