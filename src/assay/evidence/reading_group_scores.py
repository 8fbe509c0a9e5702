"""Tables of scores by group read back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from assay.evidence.group_scores import BIN, GroupScores, Held, header
from assay.evidence.keys import GROUP
from assay.evidence.reading_scores import as_weight, require_weights
from assay.evidence.scores import EVENTS
from assay.evidence.table import LARGEST_COUNT, UnreadableTable, as_count, as_name, as_number, as_text, lines_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Counts = npt.NDArray[np.int64]


def read_group_scores(data: bytes) -> GroupScores:
    """Groups in order, each with its people without a score and then its scores or bins, ascending, none of them empty.

    Bins are the same in all groups and do not overlap; weights are those of the people in the line.
    """
    import numpy as np

    names, *lines = lines_of(data)
    told = tuple(as_name(cell) for cell in names)
    width = next((place for place, name in enumerate(told) if not name.startswith(GROUP)), 0)
    event = next((name for name in told[width:] if name.startswith(EVENTS)), None)
    binned, weighted = BIN[0] in told[width:], any(name.endswith("_squares") for name in told[width:])
    probability = told[width : width + 1] == ("probability",)
    expected = header(told[:width], event, probability=probability, binned=binned, weighted=weighted)
    if not width or told != expected or len(set(told)) < len(told):
        raise UnreadableTable("its header is not that of scores by group")
    levels = [tuple(as_text(cell) for cell in line[:width]) for line in lines]
    firsts = [place for place, line in enumerate(lines) if not line[width]]
    groups = tuple(levels[place] for place in firsts)
    ends = [*firsts, len(lines)]
    if ends[0] or any(set(levels[begin:end]) != {levels[begin]} for begin, end in pairwise(ends)):
        raise UnreadableTable("its first line does not begin a group")
    order = [[(level is not None, level or "") for level in group] for group in groups]
    if any(a >= b for a, b in pairwise(order)):
        raise UnreadableTable("its groups are doubled or not in order")
    group = np.repeat(np.arange(len(groups)), np.diff(ends) - 1).astype(np.int64)
    body = [line for line in lines if line[width]]
    place = {name: at for at, name in enumerate(told)}

    def column(at: int, read: Callable[[str], Any], kind: Any = np.float64) -> Any:
        return np.array([read(line[at]) for line in body], dtype=kind)

    first = place["unscored"] + 1
    kinds = range(place["unscored"] - (3 if event else 1), place["unscored"])
    held = []
    for number, at in enumerate(kinds):
        weights = (column(first + 2 * number + more, as_weight) for more in (0, 1)) if weighted else ()
        held.append(Held(column(at, as_count, object), *weights))
    unscored = tuple(as_count(lines[at][place["unscored"]]) for at in firsts)
    if sum(each.counts.sum() for each in held) + sum(unscored) > LARGEST_COUNT:
        raise UnreadableTable(f"it counts more than {LARGEST_COUNT} rows")
    held = [Held(each.counts.astype(np.int64), each.weights, each.squares) for each in held]
    for each in held if weighted else ():
        require_weights(each.counts, *each.columns)
    none = Held(np.zeros(len(body), np.int64), *(np.zeros(len(body)) for _ in held[-1].columns))
    events, nonevents, unlabelled = held if event else (none, none, held[0])
    score = column(width, as_number)
    limits = (column(width + 1, as_number), column(width + 2, as_number)) if binned else None
    found = GroupScores(
        told[:width], groups, unscored, group, score, events, nonevents, unlabelled,
        event.removeprefix(EVENTS) if event else None, probability, limits,
    )  # fmt: skip
    _require_order(found)
    _require_bins(found)
    return found


def _require_order(found: GroupScores) -> None:
    import numpy as np

    people, unscored = found.people.counts, np.array(found.unscored)
    same = np.diff(found.group) == 0
    if (people == 0).any() or (np.diff(found.score)[same] <= 0).any():
        raise UnreadableTable("its scores are empty, doubled or not in order")
    if (np.bincount(found.group, people, minlength=len(unscored)) + unscored == 0).any():
        raise UnreadableTable("it has a group in which nobody is")
    if found.probability and len(people) and not (found.score.min() >= 0 and found.score.max() <= 1):
        raise UnreadableTable("a probability lies outside 0 to 1")


def _require_bins(found: GroupScores) -> None:
    """Each score within its bin; and bins that are the same in every group, and apart."""
    import numpy as np

    if found.limits is None:
        return
    least, greatest = found.limits
    bins: Sequence[tuple[float, float, float]] = sorted(
        set(zip(least.tolist(), found.score.tolist(), greatest.tolist(), strict=True))
    )
    if any(a[2] >= b[0] for a, b in pairwise(bins)) or not np.all((least <= found.score) & (found.score <= greatest)):
        raise UnreadableTable("its bins overlap")
    if found.probability and bins and not (bins[0][0] >= 0 and bins[-1][2] <= 1):
        raise UnreadableTable("a probability lies outside 0 to 1")
