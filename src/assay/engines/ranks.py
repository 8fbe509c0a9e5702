"""What depends on ranks, exactly: summed where the data are, over a group-by of the scores that may spill.

Scores are ranked within bins, and bins among each other, so that no engine has to hold all scores in one window.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.engines.dataset import Dataset
from assay.engines.exact import ExactSum
from assay.engines.levels import SCORE
from assay.errors import DataError
from assay.evidence.scores import Ranks

if TYPE_CHECKING:
    import narwhals as nw

MOST_PEOPLE = 2**30
"""Events, and non-events: no sum here exceeds an Int64 with so many."""
HALF = 2**16
"""A rank is taken apart into `high · 2^16 + low`, so that the sums of its square fit."""


def require_plain(dataset: Dataset) -> None:
    """DataError for rows with weights and for people in several rows."""
    for present, name in ((dataset.weighted, "columns.weight"), (dataset.clustered, "columns.entity")):
        if present:
            raise DataError(
                f"`exact` ranks rows that count alike; the manifest declares {name}",
                where=dataset.told,
                hint="Leave `exact` out: the bound of what bins can be off by is printed.",
            )


def measure_ranks(dataset: Dataset, frame: nw.LazyFrame[Any], key: str, people: tuple[int, int]) -> Ranks:
    """The sums over all distinct scores of a frame with columns `s`, `e`, `o` and its bin, `key`.

    `people` are the events and the others. Raises DataError for more than 2^30 of either.
    """
    import narwhals as nw

    events, others = people
    if max(people) > MOST_PEOPLE:
        raise DataError(
            f"{dataset.told} has {max(people):,} rows of one class; ranks are exact up to {MOST_PEOPLE:,}",
            where=dataset.told,
            hint="Leave `exact` out: the bound of what bins can be off by is printed.",
        )
    e, o, e_before, o_before = nw.col("e"), nw.col("o"), nw.col("e_before"), nw.col("o_before")
    ranked = placed(frame, key, events).with_columns(
        apart=((e_before + e) * others - (o_before + o) * events).abs(),
        precision=(events - e_before) / (events - e_before + others - o_before),
    )
    precision = ExactSum.up_to(1.0)
    shares = {name: e * part for name, part in precision.digits_of(nw.col("precision"), "precision").items()}
    parts = {**_square("e", "below"), **_square("o", "above"), **shares}
    summed = {name: nw.col(name).sum().cast(nw.Int64) for name in ("u", *parts)}
    summed["apart"] = nw.col("apart").max()
    row = dataset.fetch(ranked.with_columns(u=e * nw.col("below"), **parts).select(**summed))[0]
    found = {name: int(value or 0) for name, value in zip(summed, row, strict=True)}
    total = precision.value(precision.units([found[name] for name in shares]))
    return Ranks(
        twice_u=found["u"],
        event_rank_squares=_of_square(found, "below"),
        nonevent_rank_squares=_of_square(found, "above"),
        ks=found["apart"],
        average_precision=float(total / events) if events else 0.0,
    )


def placed(frame: nw.LazyFrame[Any], key: str, events: int) -> nw.LazyFrame[Any]:
    """Each distinct score of such a frame, with the placement of an event and of a non-event there: twice the others
    that are below the event, or above the non-event, plus those at the same score.
    """
    import narwhals as nw

    return _ranked(frame, key).with_columns(
        below=2 * nw.col("o_before") + nw.col("o"), above=2 * (events - nw.col("e_before")) - nw.col("e")
    )


def _ranked(frame: nw.LazyFrame[Any], key: str) -> nw.LazyFrame[Any]:
    """Each distinct score with the events and the others at it and below it."""
    import narwhals as nw

    whole = {name: nw.col(name).sum().cast(nw.Int64) for name in ("e", "o")}
    by_bin = frame.group_by(key).agg(e_all=whole["e"], o_all=whole["o"])
    earlier = by_bin.select(
        nw.col(key).alias("of"),
        *((nw.col(f"{n}_all").cum_sum().over(order_by=key).cast(nw.Int64) - nw.col(f"{n}_all")).alias(f"{n}_earlier")
          for n in ("e", "o")),
    )  # fmt: skip
    within = frame.group_by(key, SCORE).agg(**whole).with_columns(
        *(nw.col(n).cum_sum().over(key, order_by=SCORE).cast(nw.Int64).alias(f"{n}_within") for n in ("e", "o"))
    )  # fmt: skip
    return within.join(earlier, left_on=key, right_on="of").select(
        SCORE, "e", "o",
        *((nw.col(f"{n}_earlier") + nw.col(f"{n}_within") - nw.col(n)).alias(f"{n}_before") for n in "eo"),
    )  # fmt: skip


def _square(people: str, rank: str) -> dict[str, nw.Expr]:
    import narwhals as nw

    n, high, low = nw.col(people), nw.col(rank) // HALF, nw.col(rank) % HALF
    return {f"{rank}_hh": n * high * high, f"{rank}_hl": n * high * low, f"{rank}_ll": n * low * low}


def _of_square(found: dict[str, int], rank: str) -> int:
    return found[f"{rank}_hh"] * HALF**2 + 2 * found[f"{rank}_hl"] * HALF + found[f"{rank}_ll"]
