"""The one place that finds what is shipped beside the code: the packs of `policies/`, the `templates/` of reports."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Literal

from assay.errors import AssayError

_HERE = Path(__file__).parent


def packaged(name: Literal["policies", "templates"]) -> Path:
    """The folder, in an installed wheel or in a checkout."""
    for folder in (_HERE / "packaged" / name, _HERE.parents[1] / name):
        if folder.is_dir():
            return folder
    raise AssayError(f"the folder {name} is not installed", hint="Install assay again.")


@cache
def build() -> str:
    """`sha256:…` of our code and templates: two programs of one version number may still write different reports."""
    templates = packaged("templates")
    code = (file for file in _HERE.rglob("*.py") if "packaged" not in file.parts[len(_HERE.parts) :])
    files = {f"code/{file.relative_to(_HERE).as_posix()}": file for file in code}
    files |= {
        f"templates/{one.relative_to(templates).as_posix()}": one for one in templates.rglob("*") if one.is_file()
    }
    whole = sha256()
    for name, file in sorted(files.items()):
        whole.update(f"{name} {sha256(file.read_bytes()).hexdigest()}\n".encode())
    return f"sha256:{whole.hexdigest()}"
