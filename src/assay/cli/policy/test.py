"""`assay policy test`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.cli.arguments import given
from assay.cli.terminal import printable, say
from assay.errors import AssayError, WriteError

if TYPE_CHECKING:
    from assay.record.policy_tests import Mutation, PolicyTestReport

MINIMUM_SCORE = 0.95


def add_to(parts: Any) -> None:
    """Add the part."""
    parser = parts.add_parser(
        "test",
        help="run the tests beside policies",
        description="Run the tests of the folder tests/ beside each policy. What it extends has tests of its own, "
        "which are not run. A control without a test is told; only --mutate makes it count.",
        epilog="exit codes: 0 all as expected · 1 a test failed, or the score is too low · 2 invalid, or no tests",
    )
    parser.add_argument("names", metavar="FILE|PACK", nargs="+", type=given, help="policy file or name of a pack")
    parser.add_argument(
        "--mutate", action="store_true", help="change the policy in small ways and count which changes a test notices"
    )
    parser.add_argument(
        "--minimum-score", type=_share, default=MINIMUM_SCORE, metavar="SHARE",
        help=f"least share of changes that tests notice, with --mutate (default: {MINIMUM_SCORE})",
    )  # fmt: skip
    parser.add_argument("--junit", type=given, metavar="FILE", help="also write the results as JUnit XML")
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the tests of every policy; say what did not hold, what is not tested and what was not noticed."""
    from assay.api import policy_tests_junit, run_policy_tests

    reports: list[PolicyTestReport] = []
    wrong = 0
    for name in args.names:
        try:
            reports.append(run_policy_tests(name, mutate=args.mutate))
        except AssayError as error:
            say(f"assay: {error}", error=True)
            wrong += 1
    if args.junit:
        _write(Path(args.junit), policy_tests_junit(reports))
    if args.json:
        say(json.dumps([_as_json(report) for report in reports], indent=2, ensure_ascii=False))
    else:
        for report in reports:
            _tell(report, mutate=args.mutate)
    if wrong:
        return 2
    return 0 if all(_good(report, args.minimum_score) for report in reports) else 1


def _good(report: PolicyTestReport, minimum: float) -> bool:
    low = report.mutation is not None and report.mutation.score < minimum
    return not report.failures and not low


def _tell(report: PolicyTestReport, *, mutate: bool) -> None:
    for line in report.failures:
        say(printable(f"FAILED {line.place}: {line.test}"))
        say(printable(f"  {line.control} ({line.control_place}): expected {line.expected}, got {line.found}"))
        say(printable(f"    {line.sentence}"))
    if report.mutation is not None:
        _tell_mutation(report.mutation)
    elif mutate:
        say("not mutated: a test fails")
    if report.untested:
        say(f"without a test: {', '.join(report.untested)}")
    for control, outcomes in report.unreached.items():
        say(f"{control}: no test expects {' or '.join(outcomes)}")
    held = f"{len(report.lines) - len(report.failures)} of {len(report.lines)}"
    score = "" if report.mutation is None else f"; mutation score {_percent(report.mutation)}"
    say(f"{report.policy} {report.version}: {report.tests} tests, {held} expectations hold{score}")


def _tell_mutation(mutation: Mutation) -> None:
    for survivor in mutation.survivors:
        told = "explained" if survivor.why else "SURVIVED"
        say(printable(f"{told} {survivor.place}: {survivor.control}: {survivor.mutation}"))
        if survivor.why:
            say(printable(f"    {survivor.why}"))
    say(f"{mutation.mutants} changes of the policy, {mutation.killed} noticed (thresholds are moved by 10 %)")


def _percent(mutation: Mutation) -> str:
    return f"{mutation.score:.1%}"


def _as_json(report: PolicyTestReport) -> dict[str, Any]:
    told = report.model_dump(mode="json")
    if report.mutation is not None:
        told["mutation"]["score"] = report.mutation.score
    return told


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share between 0 and 1")
    return share


def _write(path: Path, data: bytes) -> None:
    """Beside its place and renamed: never half a file."""
    try:
        beside = path.with_name(f".{path.name}.partial")
        beside.write_bytes(data)
        beside.replace(path)
    except OSError as error:
        raise WriteError(f"cannot be written: {error.strerror}", where=str(path)) from error
