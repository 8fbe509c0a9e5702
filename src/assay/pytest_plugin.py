"""pytest: why a gate that a test asserts is closed, and policy tests as test items.

The first is always on. Policies are collected with `--assay-policies`, or where pytest's settings say
`assay_policies = true`: installing assay changes nobody's tests.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from assay.record.policy_tests import PolicyTestLine

POLICY = "policy.yaml"
_HEAD = re.compile(rb"(?m)^assay:[ \t]*[\"']?policy/")
_READ = 4096


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option, and the setting of the same meaning."""
    told = "collect the tests beside policies: an item per test and control"
    parser.getgroup("assay").addoption("--assay-policies", action="store_true", help=told)
    parser.addini("assay_policies", told, type="bool", default=False)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> PolicyFile | None:
    """A file called policy.yaml, or a policy that the command line names."""
    if not (parent.config.getoption("assay_policies") or parent.config.getini("assay_policies")):
        return None
    named = file_path.suffix in (".yaml", ".yml") and parent.session.isinitpath(file_path)
    if (file_path.name == POLICY or named) and _is_policy(file_path):
        collected: PolicyFile = PolicyFile.from_parent(parent, path=file_path)
        return collected
    return None


def pytest_runtest_makereport(call: pytest.CallInfo[Any]) -> None:
    """Say below a failed assertion why the gate that it is about is closed."""
    if call.excinfo is not None and isinstance(call.excinfo.value, AssertionError):
        for told in _closed(_values(call.excinfo.tb)):
            call.excinfo.value.add_note(told)


class PolicyFile(pytest.File):
    """A policy with the tests beside it."""

    _lines: tuple[PolicyTestLine, ...] | None = None

    def collect(self) -> Iterator[pytest.Item]:
        """An item per test and control."""
        from assay.api import list_policy_tests

        for index, listed in enumerate(list_policy_tests(self.path)):
            name = f"{_printable(listed.test)} [{_printable(listed.control)}]"
            yield Expected.from_parent(self, name=name, index=index, place=listed.place)

    def line(self, index: int) -> PolicyTestLine:
        """What an expectation came to. All tests of the policy run with the first that is asked for."""
        from assay.api import run_policy_tests

        if self._lines is None:
            self._lines = run_policy_tests(self.path).lines
        return self._lines[index]

    def repr_failure(  # type: ignore[override]  # as every collector has it
        self, excinfo: pytest.ExceptionInfo[BaseException]
    ) -> Any:
        """An error of the policy or its tests as the command line tells it."""
        from assay.errors import AssayError

        if isinstance(excinfo.value, AssayError):
            return str(excinfo.value)
        return super().repr_failure(excinfo)


class Expected(pytest.Item):
    """What one test expects of one control, or of the gate."""

    def __init__(self, *, parent: PolicyFile, index: int, place: str, **more: Any) -> None:
        super().__init__(parent=parent, **more)
        self._policy, self._index, self._place = parent, index, place

    def runtest(self) -> None:
        """Fail with both places and the sentence where it does not hold."""
        line = self._policy.line(self._index)
        if not line.holds:
            raise NotAsExpected(
                f"expected {line.expected}, got {line.found}\n"
                f"  {line.place}: {line.test}\n"
                f"  {line.control_place}: {line.control}: {line.sentence}"
            )

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The expectation alone: nobody looks for the fault in this plugin."""
        from assay.errors import AssayError

        if isinstance(excinfo.value, (NotAsExpected, AssayError)):
            return "\n".join(_printable(line) for line in str(excinfo.value).split("\n"))
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """The test in its file."""
        shown, _, number = self._place.rpartition(":")
        return self.path.parent / shown, int(number) - 1, self.name


class NotAsExpected(AssertionError):
    """A control whose outcome is not what its test expects."""


def _is_policy(path: Path) -> bool:
    """Whether it says so in its first lines: other programs have files called policy.yaml as well."""
    with path.open("rb") as file:
        return _HEAD.search(file.read(_READ)) is not None


def _values(traceback: TracebackType | None) -> Iterator[object]:
    """What the functions between test and assertion held, the last first; pytest keeps the parts of the assertion."""
    frames = []
    while traceback is not None:
        frames.append(traceback.tb_frame)
        traceback = traceback.tb_next
    for frame in reversed(frames):
        yield from frame.f_locals.values()


def _closed(values: Iterable[object]) -> Iterator[str]:
    """The closed gates among them, each once. Where no gate was ever drawn nothing is loaded."""
    if "assay.record.gate" not in sys.modules:
        return
    from assay.record.audit import Audit
    from assay.record.gate import Gate

    found: dict[int, str] = {}
    for value in values:
        ours = type(value).__module__.startswith("assay.")
        gate, audit = (getattr(value, name, None) if ours else None for name in ("gate", "audit"))
        if isinstance(gate, Gate):  # an Evaluation knows the sentences as well, a Verification only the audit's id
            found[id(gate)] = gate.told(audit if isinstance(audit, Audit) else None) if not gate.open else ""
        elif isinstance(value, Gate) and not value.open:
            found.setdefault(id(value), value.told())
    yield from filter(None, found.values())


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
