"""Tables of sampled people read back."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from assay.evidence.individuals import FLIPS, NEIGHBOURS, Change, Changed, Flips, Neighbours
from assay.evidence.proxies import PROXIES, Attribute, Proxies, Ranked, Told
from assay.evidence.table import UnreadableTable, as_count, as_name, as_text, lines_of

FOLDS = 5
"""Parts of the sample, of each of which the models of the others tell the groups."""


def read_flips(data: bytes, size: int) -> Flips:
    """Inputs, each with nobody decided otherwise who was not asked."""
    header, *lines = lines_of(data)
    if tuple(header) != FLIPS or [line[0] for line in lines[:3]] != ["available", "drawn", "undecided"]:
        raise UnreadableTable("its header is not that of flips")
    available, drawn, undecided = (as_count(line[4]) for line in lines[:3])
    features: list[Changed] = []
    for _, group in groupby(lines[3:], key=lambda line: line[1]):
        own = list(group)
        if [line[0] for line in own] != ["unknown", "undecided", *("changed" for _ in own[2:])]:
            raise UnreadableTable("its lines are not those of inputs")
        changes = tuple(
            Change(as_name(line[2]), as_text(line[3]), *(as_count(cell) for cell in line[4:])) for line in own[2:]
        )
        features.append(
            Changed(as_name(own[0][1]), changes, as_count(own[0][4]), as_count(own[1][4]), as_text(own[0][2]))
        )
    if len({each.feature for each in features}) < len(features) or drawn > min(size, available) or undecided > drawn:
        raise UnreadableTable("its inputs stand there twice, or its sample is larger than what it is of")
    for each in features:
        _require_changes(each, drawn - undecided)
    return Flips(tuple(features), available, drawn, undecided)


def _require_changes(changed: Changed, asked: int) -> None:
    """Who is decided otherwise was asked, and is among those decided otherwise with one value or another."""
    held = {change.held: change for change in changed.changes if change.given is None}
    people = sum(change.people for change in held.values())
    if changed.left_out is not None and (changed.changes or changed.unknown or changed.undecided):
        raise UnreadableTable("it counts decisions with an input that was left out")
    if changed.left_out is None and people + changed.unknown + changed.undecided != asked:
        raise UnreadableTable("its people are not those of the sample")
    if len({(change.held, change.given) for change in changed.changes}) < len(changed.changes):
        raise UnreadableTable("it counts a change twice")
    for change in changed.changes:
        any_other = held.get(change.held)
        if (
            any_other is None
            or change.people != any_other.people
            or change.flips > change.people
            or change.to_favourable > any_other.to_favourable
            or change.to_unfavourable > any_other.to_unfavourable
        ):
            raise UnreadableTable("more people are decided otherwise than were asked")


def read_neighbours(data: bytes, k: int, size: int) -> Neighbours:
    """People by their decision and by how many of k neighbours are favourable."""
    header, *lines = lines_of(data)
    names = [(line[0], line[1]) for line in lines]
    if tuple(header) != NEIGHBOURS or names[:3] != [("sample", name) for name in ("available", "undecided", "pool")]:
        raise UnreadableTable("its header is not that of neighbours")
    available, undecided, pool = (as_count(line[3]) for line in lines[:3])
    end = len(lines) - 2 * (k + 1)
    features = tuple(as_name(line[1]) for line in lines[3:end])
    favourable, unfavourable = (
        tuple(as_count(line[3]) for line in lines[begin : begin + k + 1]) for begin in (end, end + k + 1)
    )
    found = Neighbours(features, k, available, undecided, pool, favourable, unfavourable)
    sample = found.people + pool + undecided
    if end < 3 or sample > min(size, available) or (found.people and pool < k) or len(set(features)) < len(features):
        raise UnreadableTable("its people are not those of a sample")
    return found


def read_proxies(data: bytes, size: int) -> Proxies:
    """Groups of a sample, and for each its members and the others by fold and score."""
    header, *lines = lines_of(data)
    if tuple(header) != PROXIES or [line[0] for line in lines[:2]] != ["available", "drawn"]:
        raise UnreadableTable("its header is not that of groups told from inputs")
    available, drawn = (as_count(line[5]) for line in lines[:2])
    features = tuple(as_name(line[1]) for line in lines if line[0] == "feature")
    known = [line for line in lines if line[0] in ("unknown", "group")]
    attributes = tuple(_attribute(list(own)) for _, own in groupby(known, key=lambda line: line[2]))
    scored = [line for line in lines if line[0] in ("told", "together")]
    told = tuple(_told(list(own)) for _, own in groupby(scored, key=lambda line: line[:4]))
    found = Proxies(features, attributes, available, drawn, told)
    names = [each.grouping for each in attributes]
    if len(set(features)) < len(features) or len(set(names)) < len(names) or drawn > min(size, available):
        raise UnreadableTable("its inputs or attributes stand there twice, or its sample is larger than what it is of")
    if any(sum(n for _, n in each.groups) + each.unknown != drawn for each in attributes):
        raise UnreadableTable("its groups are not those of the sample")
    sizes = {(each.grouping, group): n for each in attributes for group, n in each.groups}
    people = {each.grouping: drawn - each.unknown for each in attributes}
    for one in told:
        members, others = (sum(sum(getattr(fold, side)) for fold in one.folds) for side in ("members", "others"))
        if one.feature is not None and one.feature not in features:
            raise UnreadableTable("it tells groups from an input that it does not name")
        if sizes.get((one.grouping, one.group)) != members or people[one.grouping] != members + others:
            raise UnreadableTable("the people with a score are not those of the group and the others")
    if len({(one.feature, one.grouping, one.group) for one in told}) < len(told):
        raise UnreadableTable("it tells a group twice from the same")
    return found


def _attribute(lines: Sequence[Sequence[str]]) -> Attribute:
    if [line[0] for line in lines] != ["unknown", *("group" for _ in lines[1:])]:
        raise UnreadableTable("its lines are not those of groups")
    groups = tuple((as_name(line[3]), as_count(line[5])) for line in lines[1:])
    if [name for name, _ in groups] != sorted({name for name, _ in groups}):
        raise UnreadableTable("its groups are not in order")
    return Attribute(as_name(lines[0][2]), groups, as_count(lines[0][5]))


def _told(lines: Sequence[Sequence[str]]) -> Told:
    folds = []
    for number, (fold, own) in enumerate(groupby(lines, key=lambda line: line[4])):
        members, others, scores = zip(*((as_count(cell) for cell in line[5:]) for line in own), strict=True)
        if as_count(fold) != number or number >= FOLDS:
            raise UnreadableTable("its folds are not in order")
        if any(
            not n + m or not scores_in or scores_in > n + m
            for n, m, scores_in in zip(members, others, scores, strict=True)
        ):
            raise UnreadableTable("a score belongs to nobody")
        folds.append(Ranked(members, others, scores))
    kind, feature, grouping, group = lines[0][:4]
    if (kind == "together") != (not feature):
        raise UnreadableTable("it does not say from what it tells the groups")
    return Told(as_text(feature), as_name(grouping), as_name(group), tuple(folds))
