"""The median of a score, exactly: the bin that holds it, then the place within the bin."""

from __future__ import annotations

from itertools import accumulate

from assay.engines.dataset import PEOPLE, Dataset
from assay.engines.levels import SCORE
from assay.engines.scores import BITS, bin_of
from assay.engines.where import filtered
from assay.record.condition import Condition


def middle_scores(dataset: Dataset, where: Condition | None) -> tuple[float, float] | None:
    """The two middle ones of the scores of all people who have one; the same twice where their number is odd.

    A row that stands for several people counts as many times; sampling weights do not count. None without a score.
    """
    import narwhals as nw

    score, people = nw.col(SCORE), nw.col(PEOPLE)
    scored = filtered(dataset, dataset.frame(), where).filter(~score.is_null() & (people > 0)).select(SCORE, PEOPLE)
    asked = scored.select(low=score.min(), high=nw.col(SCORE).max(), all=people.sum())
    low, high, total = dataset.fetch(asked)[0]
    if low is None or low == high:
        return None if low is None else (low, high)
    apart = high * 0.5 - low * 0.5 > 0  # else the two are the least numbers above 0
    binned = scored.with_columns(k=bin_of(low, high, BITS) if apart else nw.lit(0))
    counted = sorted(dataset.fetch(binned.group_by("k").agg(n=people.sum()).select("k", "n")))
    upto = list(accumulate(int(n) for _, n in counted))
    first, second = (int(total) + 1) // 2, int(total) // 2 + 1
    held = [next(at for at, so_far in enumerate(upto) if so_far >= place) for place in (first, second)]
    before = upto[held[0]] - int(counted[held[0]][1])
    inside = binned.filter(nw.col("k").is_in(sorted({counted[at][0] for at in held})))
    ranked = inside.group_by(SCORE).agg(n=people.sum()).with_columns(upto=nw.col("n").cum_sum().over(order_by=SCORE))
    reached = {
        name: nw.when(nw.col("upto") >= place - before).then(nw.col(SCORE)).otherwise(None)
        for name, place in (("first", first), ("second", second))
    }
    lower, upper = dataset.fetch(ranked.select(**reached).select(nw.col("first").min(), nw.col("second").min()))[0]
    return float(lower), float(upper)
