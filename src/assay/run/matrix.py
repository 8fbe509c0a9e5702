"""What covers what, both ways: places of the cited laws, controls, outcomes; and evidence that nobody asks for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from assay.checks.registry import find
from assay.errors import ManifestError
from assay.evidence.keys import (
    ABOVE_MEDIAN,
    CHAMPION,
    DECISION,
    FROM_MEDIAN,
    GRADE,
    GROUP,
    LABEL,
    OUTCOME,
    PERIODS,
    PREVIOUS_GRADE,
    grouping_keys,
)
from assay.evidence.request import (
    CellsRequest,
    CodeBookRequest,
    CorrelationsRequest,
    DaysRequest,
    DistributionsRequest,
    DomainRequest,
    DuplicatesRequest,
    FlipsRequest,
    GroupScoresRequest,
    HistoryRequest,
    MomentsRequest,
    NeighboursRequest,
    PairedScoresRequest,
    PapersRequest,
    PatternsRequest,
    ProfileRequest,
    ProxiesRequest,
    RegionsRequest,
    RepeatsRequest,
    Request,
    ResidualsRequest,
    RetrainedRequest,
    RowsRequest,
    ScoresRequest,
    SharedEntitiesRequest,
    SharedRowsRequest,
    SlicesRequest,
    UncertainRequest,
)
from assay.evidence.view import SubjectView
from assay.policy.catalogue import load_citations
from assay.policy.load import LoadedPolicy
from assay.record.audit import Audit
from assay.record.condition import AllOf, AnyOf, Condition, FieldReference, Not, Test
from assay.record.coverage import CitablePlace, Coverage, CoveredInstrument, CoveringControl
from assay.record.manifest import Manifest
from assay.record.policy import Control
from assay.subject.subject import named_files

Field = tuple[str, ...]
"""A path of the manifest; `*` is any entry of a list or mapping."""

_OF_THE_AUDIT: tuple[Field, ...] = (
    ("assay",), ("identity", "id"), ("identity", "name"), ("identity", "version"), ("lifecycle", "stage"),
    ("risk", "tier"), ("organisation", "roles"),
)  # fmt: skip
"""What every audit reads, whatever its policies ask: it is nobody's evidence."""


def matrix(
    policies: Sequence[LoadedPolicy], audit: Audit | None, manifest: Manifest | None, *, signed: bool
) -> Coverage:
    """The coverage of every instrument that a control cites. The manifest is that of the audit where none is given.

    `signed` says whether anybody vouches for the audit.
    """
    outcomes = {finding.id: finding.outcome for finding in audit.findings} if audit is not None else {}
    citing: dict[str, list[CoveringControl]] = {}
    uncited: list[CoveringControl] = []
    for policy, control in _controls(policies):
        name = f"{policy.policy.id}/{control.id}"
        covering = CoveringControl(
            control=name,
            title=control.title,
            planned=control.status == "planned",
            outcome=outcomes.get(name),
        )
        for ref in dict.fromkeys(citation.ref for citation in control.cites):
            citing.setdefault(ref, []).append(covering)
        if not control.cites:
            uncited.append(covering)
    if manifest is None and audit is not None:
        manifest = _manifest_of(audit)
    unread = _unread(policies, manifest) if manifest is not None else None
    return Coverage(
        instruments=_instruments(policies, citing),
        uncited=tuple(uncited),
        unread=unread,
        notes=tuple(_notes(policies, audit, signed=signed)),
    )


def _manifest_of(audit: Audit) -> Manifest:
    try:
        return Manifest.model_validate_json(json.dumps(audit.manifest))
    except ValidationError:
        hint = "It is of another version of assay; give the manifest too."
        raise ManifestError("the manifest in the record cannot be read", where=audit.id, hint=hint) from None


def _controls(policies: Sequence[LoadedPolicy]) -> Iterator[tuple[LoadedPolicy, Control]]:
    for policy in policies:
        for control in policy.policy.controls:
            yield policy, control


def _instruments(
    policies: Sequence[LoadedPolicy], citing: Mapping[str, list[CoveringControl]]
) -> tuple[CoveredInstrument, ...]:
    cited = {ref.partition("/")[0] for ref in citing}
    found: dict[str, CoveredInstrument] = {}
    for policy in policies:
        for name, instrument in load_citations(policy.path.parent).instruments.items():
            if name not in cited or name in found:
                continue
            places = tuple(
                CitablePlace(ref=f"{name}/{place}", words=words, controls=tuple(citing.get(f"{name}/{place}", ())))
                for place, words in instrument.places.items()
            )
            found[name] = CoveredInstrument(
                instrument=name, title=instrument.title, edition=instrument.edition, places=places
            )
    return tuple(found[name] for name in sorted(found))


def _notes(policies: Sequence[LoadedPolicy], audit: Audit | None, *, signed: bool) -> Iterator[str]:
    """Where the audit is of other policies, or of nobody."""
    if audit is None:
        return
    if not signed:
        yield "the bundle is not signed: nobody vouches for its outcomes"
    applied = {policy.id: policy.digest for policy in audit.policies}
    for policy in policies:
        name = policy.policy.id
        if name not in applied:
            yield f"{name} was not applied by the audit"
        elif applied[name] != policy.digest:
            yield f"{name} has been changed since the audit: its outcomes are of another text"


def _unread(policies: Sequence[LoadedPolicy], manifest: Manifest) -> tuple[str, ...]:
    given = _leaves(manifest.model_dump(mode="json", by_alias=True, exclude_defaults=True), ())
    read = [*_OF_THE_AUDIT]
    view = SubjectView(manifest)
    for policy in policies:
        if policy.policy.applies_to is not None:
            read += _fields(policy.policy.applies_to, ())
    for policy, control in _controls(policies):
        for condition in (control.when, control.require):
            if condition is not None:
                read += _fields(condition, ())
        if control.check is not None:
            for request in find(control.check).needs(policy.parameters(control), view).requests:
                read += _of_request(request, manifest)
    return tuple(dict.fromkeys(".".join(path) for path in given if not any(_covers(one, path) for one in read)))


def _leaves(value: Any, path: Field) -> Iterator[Field]:
    """The paths of all values that are given; entries of lists stand behind one `*`."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _leaves(member, (*path, str(key)))
    elif isinstance(value, list):
        for member in value:
            yield from _leaves(member, (*path, "*"))
    elif value is not None:
        yield path


def _covers(read: Field, given: Field) -> bool:
    """Whether reading one path reads the other: it is the same, or lies below."""
    return len(read) <= len(given) and all(
        mine in ("*", other) or other == "*" for mine, other in zip(read, given, strict=False)
    )


def _fields(condition: Condition, entry: Field) -> Iterator[Field]:
    """The paths that a condition reads; inside for_all and for_any they begin at the entry."""
    match condition:
        case Not():
            yield from _fields(condition.not_, entry)
        case AllOf():
            for member in condition.all:
                yield from _fields(member, entry)
        case AnyOf():
            for member in condition.any:
                yield from _fields(member, entry)
        case Test():
            path = _path(condition.field, entry)
            operand = condition.operand
            if condition.operator in ("for_all", "for_any"):
                yield from _fields(operand, (*path, "*"))  # type: ignore[arg-type]  # these two hold a condition
                return
            yield path
            if isinstance(operand, FieldReference):
                yield _path(operand.field, entry)


def _path(field: str, entry: Field) -> Field:
    if field.startswith("/"):
        return tuple(field[1:].split("."))
    return entry if field == "." else (*entry, *field.split("."))


def _of_request(request: Request, manifest: Manifest) -> Iterator[Field]:
    """The paths whose values a request turns into evidence."""
    if isinstance(request, PapersRequest):
        yield ("docs",)
        for named in named_files(manifest):
            yield from ((*map(str, named.loc), part) for part in ("path", "digest", "format"))
        return
    if isinstance(request, HistoryRequest):
        yield from (("identity", "id"), ("data", "test", "path"))
        return
    roles = {request.data}
    columns: list[str] = []
    match request:
        case CellsRequest():
            for key in request.keys:
                yield from _of_key(key)
        case ScoresRequest():
            yield from (("columns", "score"), ("columns", "label"))
        case GroupScoresRequest(grouping=grouping, labelled=labelled):
            yield from (("columns", "score"), *((("columns", "label"),) if labelled else ()))
            for key in grouping_keys(grouping):
                yield from _of_key(key)
        case MomentsRequest(grouping=grouping, of=of):
            yield from (
                ("columns", "score"),
                *((("columns", "label"),) if "residual" in of else (("columns", "query"),)),
            )
            for key in grouping_keys(grouping):
                yield from _of_key(key)
        case PairedScoresRequest():
            yield from (("columns", "score"), ("columns", "label"), ("columns", "champion"))
        case ResidualsRequest():
            yield from (("columns", "score"), ("columns", "label"))
        case CodeBookRequest():
            parts = ("name", "dtype", "minimum", "maximum", "levels", "may_be_missing")
            yield from (("features", "*", part) for part in parts)
        case DomainRequest():
            roles.add(request.against)
            yield from (("features", "*", part) for part in ("name", "dtype"))
        case SharedEntitiesRequest():
            roles.add(request.against)
            yield ("columns", "entity")
        case DaysRequest():
            roles.add(request.against)
            yield ("columns", "time")
        case ProfileRequest() | SharedRowsRequest() | DistributionsRequest():
            roles |= {request.against} if request.against else set()
            columns = list(request.columns)
        case RowsRequest():
            roles.add(request.background)
            yield from (("features", "*", part) for part in ("name", "dtype", "protected", "proxy_for"))
            yield ("identity", "artefact")
        case DuplicatesRequest():
            columns = list(request.columns)
            yield ("columns", "label")
        case PatternsRequest() | CorrelationsRequest():
            columns = list(request.columns)
        case SlicesRequest() | RegionsRequest():
            roles |= {request.against} if isinstance(request, RegionsRequest) else set()
            yield from (("features", "*", part) for part in ("name", "dtype"))
            for key in (LABEL, DECISION):
                yield from _of_key(key)
        case RepeatsRequest():
            yield from (("features", "*", "name"), ("columns", "score"), ("identity", "artefact"))
        case RetrainedRequest():
            yield from (("features", "*", "name"), ("columns", "score"), ("columns", "decision"))
            yield from (("identity", "artefact"), ("data", "train"), ("data", "validation"))
            yield from (("training", part) for part in ("script", "command", "produces"))
        case FlipsRequest() | NeighboursRequest():
            yield from (("features", "*", part) for part in ("name", "dtype", "protected", "proxy_for"))
            yield from _of_key(DECISION)
            yield ("identity", "artefact")
        case UncertainRequest(attribute=attribute):
            yield from (*_of_key(DECISION), ("columns", "groups", attribute))
        case ProxiesRequest(groupings=groupings):
            yield from (("features", "*", part) for part in ("name", "dtype", "protected"))
            for grouping in groupings:
                yield from _of_key(GROUP + grouping)
    for role in roles:
        yield from (("data", role, part) for part in ("path", "digest"))
    yield ("columns", "count")
    yield from _of_columns(columns, manifest)


def _of_key(key: str) -> Iterator[Field]:
    if key in (ABOVE_MEDIAN, FROM_MEDIAN):
        yield from (("columns", "score"), ("columns", "label"))
    if key in (LABEL, DECISION):
        yield ("columns", key)
        if key == DECISION:
            yield ("columns", "score")
    elif key == CHAMPION:
        yield ("columns", "champion")
    elif key.startswith(GROUP):
        of = key.removeprefix(GROUP)
        special = {OUTCOME: "label", GRADE: "grade", PREVIOUS_GRADE: "previous_grade", **dict.fromkeys(PERIODS, "time")}
        yield ("columns", special[of]) if of in special else ("columns", "groups", of)
        yield ("columns", "unknown_values")


def _of_columns(wanted: Sequence[str], manifest: Manifest) -> Iterator[Field]:
    """Where the manifest names the columns that are looked at."""
    declared = manifest.columns
    if declared is not None:
        for name in ("label", "decision", "score"):
            column = getattr(declared, name)
            if column is not None and column.column in wanted:
                yield ("columns", name, "column")
        for name, group in declared.groups.items():
            if group.column in wanted:
                yield ("columns", "groups", name, "column")
    if any(feature.name in wanted for feature in manifest.features or ()):
        yield from (("features", "*", part) for part in ("name", "dtype"))
