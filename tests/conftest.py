"""How hypothesis draws: at random on a developer's machine, always alike where HYPOTHESIS_PROFILE says ci."""

import gc
import itertools
import os

import pytest
from hypothesis import settings

# A process that a test kills, or leaves no room, would leave half of a compiled module in src behind.
os.environ["PYTHONDONTWRITEBYTECODE"] = "1"

settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("dev", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


def pytest_collection_finish():
    """Fourteen thousand tests and what they import stay to the end: no search for garbage needs to go through them."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure():
    gc.unfreeze()


@pytest.fixture(scope="session")
def _own_caches(tmp_path_factory):
    """Folders of which none has been used before; most tests never make theirs."""
    folder = tmp_path_factory.mktemp("caches")
    return (folder / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def _own_cache(_own_caches, monkeypatch):
    """No test finds what another one has measured."""
    folder = next(_own_caches)
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
