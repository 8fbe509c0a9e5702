"""The parts of a finding that have an answer of their own: groups, and what else a check gives a number for."""

from collections.abc import Callable, Iterable

from assay.record.estimate import Estimate
from assay.record.finding import WORST_FIRST, Finding, Outcome

Name = Callable[[Estimate], str]


def naming(*findings: Finding) -> Name:
    """How the parts of findings are called: `sex: female`, with the number's name where there are several."""
    several = len({(one.name, one.of) for finding in findings for one in finding.measured.estimates}) > 1

    def name(one: Estimate) -> str:
        if one.group is None or several:
            return one.model_copy(update={"reference": None}).id
        return f"{one.grouping}: {one.group}" if one.grouping else one.group

    return name


def part_outcomes(finding: Finding, name: Name) -> dict[str, Outcome]:
    """Part → the worst answer that decides. An answer that is tolerated decides nothing.

    Whoever the others are compared with, and who is compared with nobody, is well.
    """
    estimates = {one.id: one for one in finding.measured.estimates}
    worst: dict[str, Outcome] = {}
    for judgement in finding.judgements:
        one = estimates.get(judgement.estimate)
        if one is None or judgement.tolerated or judgement.outcome == "not_applicable":
            continue
        part = name(one)
        if part not in worst or WORST_FIRST.index(judgement.outcome) < WORST_FIRST.index(worst[part]):
            worst[part] = judgement.outcome
    for other in references(estimates.values()):
        worst.setdefault(name(other), "pass")
    return worst


def measured_parts(finding: Finding, name: Name) -> set[str]:
    """Parts with a number that counts. Whoever is compared with is measured as well."""
    there = [one for one in finding.measured.estimates if one.value is not None and one.excluded is None]
    return {name(one) for one in (*there, *references(there))}


def references(estimates: Iterable[Estimate]) -> list[Estimate]:
    """The groups that others are compared with, as if each were the group of the estimate."""
    there = (one for one in estimates if one.value is not None and one.reference is not None)
    return [one.model_copy(update={"group": one.reference}) for one in there]
