"""The shape of the house: who may import whom, what is loaded when, how long a file may be, what it may be called."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "assay"
FILES = sorted(SOURCE.rglob("*.py"))

EVERYBODY = {"errors", "postgresql", "processes", "source", "resources", "record"}
ALLOWED = {
    "__init__": {"api"},
    "cli": {"api"},
    "pytest_plugin": {"api"},
    "api": {
        "run",
        "policy",
        "subject",
        "engines",
        "evidence",
        "checks",
        "stats",
        "verdict",
        "report",
        "export",
        "attest",
    },
    "run": {"policy", "subject", "engines", "evidence", "checks", "stats", "verdict"},
    "policy": {"verdict", "checks.registry"},
    "checks": {"stats", "evidence"},
    "engines": {"evidence", "subject"},
    "attest": {"verdict"},
    "subject": set(),
    "report": set(),
    "export": set(),
    "verdict": set(),
    "evidence": set(),
    "stats": set(),
    "record": set(),
    "errors": set(),
    "postgresql": set(),
    "processes": set(),
    "source": set(),
    "resources": set(),
}
"""Room → rooms and modules it may import, beside its own and those of EVERYBODY."""

HEAVY = {
    "duckdb",
    "fairlearn",
    "pandas",
    "pikepdf",
    "pyhanko",
    "pyspark",
    "scipy",
    "shap",
    "sklearn",
    "skops",
    "weasyprint",
}
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "base", "common", "misc", "manager", "handler"}
LONGEST_FILE = 350


def room_of(file: Path) -> str:
    first = file.relative_to(SOURCE).parts[0]
    return first.removesuffix(".py")


def dotted(file: Path) -> str:
    parts = file.relative_to(SOURCE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def imports(file: Path, *, module_level: bool = False) -> Iterator[str]:
    """Names of what a file imports: everywhere, or only what is run when the file is imported."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    nodes = run_at_import(tree) if module_level else ast.walk(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file.name}:{node.lineno}: a relative import"
            assert node.module is not None
            if node.module.split(".")[0] == "assay":
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
            else:
                yield node.module


def run_at_import(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes outside of functions and of `if TYPE_CHECKING:`."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING":
            continue
        yield child
        yield from run_at_import(child)


def may_import(room: str, target: str) -> bool:
    """Whether a file of `room` may import `target`, a dotted name below assay."""
    allowed = ALLOWED[room] | {room} | (EVERYBODY if room not in EVERYBODY else EVERYBODY - {"record"})
    return any(target == name or target.startswith(name + ".") for name in allowed)


def test_there_are_files_to_look_at():
    assert len(FILES) > 60
    assert {room_of(file) for file in FILES} >= {
        "cli",
        "run",
        "policy",
        "checks",
        "verdict",
        "record",
        "attest",
        "report",
    }


@pytest.mark.parametrize("file", FILES, ids=dotted)
def test_imports_run_one_way(file):
    room = room_of(file)
    assert room in ALLOWED, f"{room} is no room of docs/architecture.md"
    for name in imports(file):
        package, _, target = name.partition(".")
        if package == "assay" and target and target not in ("__version__",):
            assert may_import(room, target), f"{file.relative_to(SOURCE)} imports {name}"


def test_the_direction_of_imports_is_really_judged():
    assert may_import("checks", "stats.groups.compare_groups")
    assert may_import("policy", "checks.registry.find")
    assert may_import("report", "record.audit.Audit")
    assert not may_import("checks", "verdict.gate")
    assert not may_import("policy", "checks.fairness.impact_ratio")
    assert not may_import("report", "run.audit")
    assert not may_import("record", "verdict.gate")
    assert not may_import("stats", "evidence.value")


@pytest.mark.parametrize("file", FILES, ids=dotted)
def test_heavy_libraries_are_imported_by_the_function_that_needs_them(file):
    heavy = {name for name in imports(file, module_level=True) if name.split(".")[0] in HEAVY}
    assert not heavy, f"{file.relative_to(SOURCE)} imports {', '.join(sorted(heavy))} when it is imported"


@pytest.mark.parametrize("file", FILES, ids=dotted)
def test_no_file_is_longer_than_a_reader_can_hold(file):
    assert len(file.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize("file", FILES, ids=dotted)
def test_no_module_is_a_drawer_for_odds_and_ends(file):
    assert not FORBIDDEN_NAMES & {part.strip("_").lower() for part in dotted(file).split(".")}


def test_the_verdict_reads_no_file_and_knows_no_numpy():
    for file in sorted((SOURCE / "verdict").rglob("*.py")):
        outside = {name.split(".")[0] for name in imports(file)} & {
            "numpy",
            "pandas",
            "pathlib",
            "os",
            "io",
            "time",
            "random",
        }
        assert not outside, f"{file.name} imports {', '.join(sorted(outside))}"
        opened = [
            node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Name) and node.id == "open"
        ]
        assert not opened


def test_help_loads_none_of_the_heavy_libraries():
    program = (
        "import sys; from assay.cli.main import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        f"print('LOADED', sorted({HEAVY | {'numpy', 'narwhals'}!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.rstrip().endswith("LOADED []")
    assert "usage: assay" in done.stdout


def test_importing_assay_loads_none_of_its_rooms():
    program = "import sys, assay; print([name for name in sys.modules if name.startswith('assay.')])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
