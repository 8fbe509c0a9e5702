"""Entity overlap: whether a model is judged by people it has learned from."""

from __future__ import annotations

from assay.checks.exhibit import columns
from assay.checks.registry import AgainstParameters, Context, check
from assay.evidence.request import Needs, SharedEntitiesRequest
from assay.evidence.shared_entities import Named, SharedEntities
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.artefact import Role
from assay.record.estimate import Estimate, Exhibit
from assay.record.finding import Measured

NAMES = ("share_of_shared_entities", "shared_entities", "share_of_rows_of_shared_entities")


class Parameters(AgainstParameters):
    """Which rows, compared with which."""


def needs(p: Parameters, view: SubjectView) -> Needs:
    """The entities that both datasets hold."""
    missing, declared = view.lacks(data=(p.data, p.against)), view.manifest.columns
    if declared is None or declared.entity is None:
        missing += ("columns.entity",)
    return Needs(() if missing else (SharedEntitiesRequest(p.data, p.against, p.where),), missing)


@check(
    "data.entity_overlap",
    version=2,
    estimates={
        "share_of_shared_entities": "lower",
        "shared_entities": "lower",
        "share_of_rows_of_shared_entities": "lower",
    },
    honours=("weight", "entity"),
)
def entity_overlap(evidence: Evidence, p: Parameters, context: Context) -> Measured:  # noqa: ARG001
    """The people who judge the model are not those it has learned from.

    Method: an entity, such as a client, is shared when rows of the dataset `data` and rows of the dataset `against`
        have its code in the manifest's `columns.entity`. The estimate `share_of_shared_entities` is the shared entities
        over all entities of `data`, `shared_entities` their number, and `share_of_rows_of_shared_entities` the rows of
        `data` about them over all its rows: facts, without sampling error. Rows are counted, whatever weights they
        have.
    Evidence: of the rows of `data` that meet `where`, and of all rows of `against`, their number, that of those without
        an entity, and of different entities; the number of shared entities, and of the rows of `data` about them. No
        entity is named.
    Inconclusive when: one of the datasets is not there or has no rows; a row names no entity, unless `where` leaves it
        out of `data`.
    Limits: an entity under two codes is not seen, and two under one code are taken for one. Shared entities are no
        fault where the model is meant for people it knows; what it scores of them should then be later
        (data.time_order).
    Source: none; the entities are counted. Kaufman, Rosset and Perlich 2012 on leakage between samples.
    """
    found = evidence.of(SharedEntitiesRequest(p.data, p.against, p.where), SharedEntities)
    table = _table(found, p)
    if (why := _lacking(found, p)) is not None:
        undefined = (Estimate(name=name, undefined=why, undefined_as="evidence_missing") for name in NAMES)
        return Measured(estimates=tuple(undefined), exhibits=(table,))
    own = found.data
    estimates = (
        Estimate(name="share_of_shared_entities", value=found.entities / own.entities, n=own.entities,
                 numerator=found.entities, denominator=own.entities, basis="exact", method="shared over all entities"),
        Estimate(name="shared_entities", value=float(found.entities), n=own.entities, basis="exact", method="count"),
        Estimate(name="share_of_rows_of_shared_entities", value=found.rows / own.rows, n=own.rows,
                 numerator=found.rows, denominator=own.rows, basis="exact", method="their rows over all rows"),
    )  # fmt: skip
    return Measured(estimates=estimates, exhibits=(table,))


def _lacking(found: SharedEntities, p: Parameters) -> str | None:
    """Why the overlap cannot be told."""
    for role, named in ((p.data, found.data), (p.against, found.against)):
        if not named.rows:
            return f"the {role} data have no rows"
        if named.unnamed:
            return f"{named.unnamed} of {named.rows} rows of the {role} data name no entity"
    return None


def _table(found: SharedEntities, p: Parameters) -> Exhibit:
    def line(role: Role, named: Named, entities: int | None, rows: int | None) -> tuple[str | int | None, ...]:
        return role, named.rows, named.unnamed, named.entities, entities, rows

    return Exhibit(
        name="entities",
        title=f"Entities of {p.data} that stand in {p.against}",
        columns=columns(
            ("label", "Data", "text"), ("rows", "Rows", "count"), ("unnamed", "Without an entity", "count"),
            ("entities", "Entities", "count"), ("shared", "Shared entities", "count"),
            ("shared_rows", "Their rows", "count"),
        ),
        rows=(line(p.data, found.data, found.entities, found.rows), line(p.against, found.against, None, None)),
    )  # fmt: skip
