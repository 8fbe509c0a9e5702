"""Runs the steps of action.yml as a runner of GitHub would: bash, files for outputs and summary, expressions."""

import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}
_EXPRESSION = re.compile(r"\$\{\{ ([^}]+) \}\}")


@dataclass
class Runner:
    """A workflow's environment in a folder of its own."""

    workspace: Path
    temp: Path
    inputs: dict[str, str]
    environment: dict[str, str]
    github: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    """Of the step `audit`."""

    def run(self, name: str) -> subprocess.CompletedProcess[str]:
        """Run one step; what it writes as output can be asked for by those after it."""
        step = STEPS[name]
        script, told = self.temp / "script.sh", self.temp / "output"
        script.write_text(step["run"], encoding="utf-8")
        told.write_text("")
        given = {name: self._value(value) for name, value in step.get("env", {}).items()}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self.workspace, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**self.environment, **given, "GITHUB_OUTPUT": str(told), "GITHUB_STEP_SUMMARY": str(self.summary)},
        )  # fmt: skip
        if step.get("id") == "audit":
            self.outputs = dict(line.partition("=")[::2] for line in told.read_text().splitlines())
        return done

    @property
    def summary(self) -> Path:
        return self.temp / "summary"

    @property
    def results(self) -> Path:
        return self.temp / "assay-results"

    def output(self, name: str) -> str:
        """An output of the action."""
        return self._value(ACTION["outputs"][name]["value"])

    def _value(self, text: str) -> str:
        return _EXPRESSION.sub(lambda found: self._expression(found[1]), text)

    def _expression(self, text: str) -> str:
        if text.startswith("inputs."):
            name = text.removeprefix("inputs.")
            return self.inputs.get(name, self._value(ACTION["inputs"][name]["default"]))
        if text.startswith("steps.audit.outputs."):
            return self.outputs.get(text.removeprefix("steps.audit.outputs."), "")
        return self.github[text]


def runner(folder: Path, **inputs: str) -> Runner:
    """A runner whose workspace is there already; assay is the one of this environment."""
    temp = folder / "temp"
    temp.mkdir(exist_ok=True)
    return Runner(
        workspace=folder / "workspace",
        temp=temp,
        inputs={name.replace("_", "-"): value for name, value in inputs.items()},
        environment={
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "HOME": str(folder),
            "RUNNER_TEMP": str(temp),
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_REPOSITORY": "bank/credit",
            "GITHUB_RUN_ID": "12",
            "LANG": "C.UTF-8",
        },
        github={"github.token": "t0ken", "github.event.pull_request.number": "7"},
    )
