"""What of the system and of Python's own folders is open to the process of a model."""

import sys
from pathlib import Path

from assay.subject.confinement import places
from assay.subject.confinement.places import installation


def opened(path: Path, private: list[Path]) -> bool:
    return any(path.is_relative_to(place.resolve()) for place in installation(private))


def made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")
    return path


def test_the_data_below_a_folder_of_the_system_stay_closed_and_the_rest_is_open(tmp_path, monkeypatch):
    monkeypatch.setattr(places, "SYSTEM", (str(tmp_path / "usr"),))
    data = made(tmp_path / "usr/src/app/data/test.csv")
    library, beside = made(tmp_path / "usr/lib/libc.so"), made(tmp_path / "usr/src/linux/x.h")
    (tmp_path / "usr/src/link").symlink_to(tmp_path / "usr/src/app")
    app = tmp_path / "usr/src/app"
    assert not opened(data, [app])
    assert not opened(tmp_path / "usr/src", [app])
    assert opened(library, [app])
    assert opened(beside, [app])
    assert opened(data, [])


def test_a_virtual_environment_in_the_folder_of_the_manifest_opens_no_data(tmp_path, monkeypatch):
    project = tmp_path / "home/project"
    data = made(project / "data/test.csv")
    package = made(project / "lib/python3.11/site-packages/numpy/__init__.py")
    for name in ("prefix", "exec_prefix"):
        monkeypatch.setattr(sys, name, str(project))
    for private in ([project], [tmp_path / "home", project]):
        assert not opened(data, private)
        assert not opened(project / "model.yaml", private)
        assert opened(package, private), "its own libraries are those that load the model"


def test_a_virtual_environment_in_a_private_home_can_be_read(tmp_path, monkeypatch):
    home = tmp_path / "home"
    package = made(home / "venv/lib/python3.11/site-packages/numpy/__init__.py")
    monkeypatch.setattr(sys, "path", [str(home / "venv/lib/python3.11/site-packages"), str(home)])
    assert opened(package, [home])
    assert not opened(made(home / ".ssh/id"), [home])
