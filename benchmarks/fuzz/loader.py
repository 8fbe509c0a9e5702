"""Coverage-guided fuzzing of everything that reads YAML: no traceback, no hang, no memory beyond a bound.

Usage: `make fuzz`. Each input is read as a policy, a manifest, a waiver file, a catalogue or a file of policy tests, as
its first byte says. Only AssayError is an answer; any other exception, an input that takes longer than `TIMEOUT` or a
process larger than `MEMORY` is a finding: the input is kept, and the exit code is not 0.
"""

import argparse
import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import atheris

TIMEOUT = 5
"""Seconds per input."""
MEMORY = 512
"""Megabytes of the whole process, the instrumentation's own included."""
ROOT = Path(__file__).parents[2]
TODAY = date(2026, 3, 31)
BIGGEST = 1 << 12

with atheris.instrument_imports(include=["assay"]):
    from assay.errors import AssayError, ManifestError, PolicyError
    from assay.policy.load import load_policy
    from assay.policy.waivers import load_waivers
    from assay.record.catalogue import Catalogue
    from assay.record.policy_tests import PolicyTests
    from assay.source import parse_source, read_model
    from assay.subject.manifest import read_manifest
    from assay.verdict.conditions import evaluate

FOLDER = Path(tempfile.mkdtemp(prefix="fuzz-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
MANIFEST = parse_source(
    (ROOT / "examples" / "credit_default" / "model.yaml").read_bytes(), "model.yaml", error=ManifestError
)


def read_policy(data: bytes) -> None:
    file = FOLDER / "policy.yaml"
    file.write_bytes(data)
    policy = load_policy(file).policy
    conditions = [policy.applies_to, *(part for control in policy.controls for part in (control.when, control.require))]
    for condition in conditions:
        if condition is not None:
            evaluate(condition, MANIFEST.tree, MANIFEST.place, TODAY)


def read_waivers(data: bytes) -> None:
    file = FOLDER / "waivers.yaml"
    file.write_bytes(data)
    load_waivers(file)


READERS = (
    read_policy,
    read_policy,
    read_policy,
    lambda data: read_manifest(parse_source(data, "model.yaml", error=ManifestError), FOLDER),
    read_waivers,
    lambda data: read_model(parse_source(data, "catalogue.yaml", error=PolicyError), Catalogue, error=PolicyError),
    lambda data: read_model(parse_source(data, "tests.yaml", error=PolicyError), PolicyTests, error=PolicyError),
)


def one_input(data: bytes) -> None:
    if not data:
        return
    with contextlib.suppress(AssayError):
        READERS[data[0] % len(READERS)](data[1:])


def seeds(folder: Path) -> None:
    """Real files of every kind, and one small policy per control of the shipped packs."""
    kinds = {"policy/v1": 0, "manifest/v1": 3, "waivers/v1": 4, "catalogue/v1": 5, "policy-tests/v1": 6}
    number = 0
    for file in sorted([*ROOT.glob("policies/**/*.yaml"), *ROOT.glob("examples/**/*.yaml")]):
        data = file.read_bytes()
        kind = re.search(rb"(?m)^assay: (\S+)", data)
        if kind is None or kind.group(1).decode() not in kinds:
            continue
        first = bytes([kinds[kind.group(1).decode()]])
        pieces = [data]
        if first == b"\0":
            head = b"assay: policy/v1\nid: p\nversion: 1.0.0\ntitle: P\ncontrols:\n"
            pieces += [head + control for control in re.findall(rb"(?ms)^  - id: .*?(?=^  - id: |\Z)", data)]
        for piece in pieces:
            if len(piece) < BIGGEST:
                number += 1
                (folder / f"{number:04d}").write_bytes(first + piece)


def dictionary(file: Path) -> None:
    """Every key, operator and name that the shipped files and the schema use."""
    words: set[str] = set()
    for source in [*ROOT.glob("policies/**/*.yaml"), *ROOT.glob("src/assay/record/*.py")]:
        words |= set(re.findall(r"\b[a-z_]{2,24}\b", source.read_text(encoding="utf-8")))
    signs = (
        "- ",
        ": ",
        "{",
        "}",
        "[",
        "]",
        "| ",
        "> ",
        "&a ",
        "*a",
        "<<: ",
        "!!str ",
        "'",
        "? ",
        "#",
        "---",
        ".",
        "/",
        "*",
    )
    lines = [f'"{word}"' for word in sorted(words)] + [f'"{sign}"' for sign in signs]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=600)
    args, _ = parser.parse_known_args()
    if "--child" not in sys.argv:
        return campaign(args.seconds)
    options = sys.argv[sys.argv.index("--child") + 1 :]
    atheris.Setup([sys.argv[0], *options], one_input)
    atheris.Fuzz()
    return 0


def campaign(seconds: int) -> int:
    """Run the fuzzer in a process of its own, and say what it did."""
    work = Path(tempfile.mkdtemp(prefix="campaign-"))
    (work / "corpus").mkdir()
    (work / "seeds").mkdir()
    seeds(work / "seeds")
    dictionary(work / "words")
    options = [str(work / "corpus"), str(work / "seeds"), f"-max_total_time={seconds}", f"-timeout={TIMEOUT}",
               f"-rss_limit_mb={MEMORY}", f"-max_len={BIGGEST}", f"-dict={work / 'words'}",
               f"-artifact_prefix={work}/finding-", "-seed=1", "-print_final_stats=1"]  # fmt: skip
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, __file__, "--child", *options], stderr=subprocess.PIPE, text=True, check=False
    )
    told = done.stderr.splitlines()
    stats = dict(re.findall(r"(?m)^stat::(\w+):\s+(\d+)", done.stderr))
    coverage = [int(found.group(1)) for line in told if (found := re.search(r" cov: (\d+)", line))]
    findings = sorted(work.glob("finding-*"))
    print(f"{time.monotonic() - begun:.0f} s, {int(stats.get('number_of_executed_units', 0)):,} inputs, "
          f"coverage {coverage[0] if coverage else 0} → {coverage[-1] if coverage else 0} edges, "
          f"peak {stats.get('peak_rss_mb', '?')} MB of {MEMORY}, "
          f"slowest {stats.get('slowest_unit_time_sec', '?')} s of {TIMEOUT}, {len(findings)} findings")  # fmt: skip
    if done.returncode or findings:
        print("\n".join(told[-40:]), *findings, sep="\n")
    return done.returncode or len(findings)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONHASHSEED", "0")
    sys.exit(main())
