"""The options of measuring: what they mean, and what is refused."""

import argparse
import os
from pathlib import Path

import pytest

from assay.cli.engine import add_engine, engine_of
from assay.engines.options import CACHE_SIZE, EngineOptions


def options(*arguments):
    parser = argparse.ArgumentParser(exit_on_error=False)
    add_engine(parser)
    return engine_of(parser.parse_args(arguments))


def refused(capsys, *arguments):
    parser = argparse.ArgumentParser()
    add_engine(parser)
    with pytest.raises(SystemExit) as ended:
        parser.parse_args(arguments)
    assert ended.value.code == 2
    return capsys.readouterr().err


def test_nothing_said_is_the_default_and_the_users_cache():
    assert options() == EngineOptions(cache=Path(os.environ["XDG_CACHE_HOME"]) / "assay")


def test_every_option_arrives():
    given = options(
        *("--memory-limit", "2GB", "--spill", "/spill", "--spark", "local-cluster[2,1,1024]"),
        *("--connect", "db.example", "--connect", "::1"),
        *("--cache", "kept", "--cache-size", "750mb", "--model-memory", "1TB", "--model-time", "90"),
    )
    assert given == EngineOptions(
        memory_limit="2000000000B",
        spill=Path("/spill"),
        spark="local-cluster[2,1,1024]",
        connect=("db.example", "::1"),
        cache=Path("kept"),
        cache_size=750 * 10**6,
        model_memory=10**12,
        model_seconds=90.0,
    )


def test_the_memory_limit_is_one_that_the_engine_understands():
    from assay.engines.embedded.database import Database

    with Database([], options("--memory-limit", "64MB").memory_limit) as database:
        assert database.run("SELECT current_setting('memory_limit')") == [("61.0 MiB",)]


def test_no_cache_is_none_and_excludes_a_folder(capsys):
    assert options("--no-cache").cache is None
    assert "not allowed with argument" in refused(capsys, "--no-cache", "--cache", "kept")


@pytest.mark.parametrize("named", ["", "relative/folder"])
def test_an_unusable_xdg_folder_means_the_one_below_home(monkeypatch, named):
    monkeypatch.setenv("XDG_CACHE_HOME", named)
    monkeypatch.setenv("HOME", "/home/somebody")
    assert options().cache == Path("/home/somebody/.cache/assay")
    assert options().cache_size == CACHE_SIZE


@pytest.mark.parametrize("option", ["--memory-limit", "--cache-size", "--model-memory"])
@pytest.mark.parametrize("size", ["0GB", "512", "-1GB", "1.5GB", "1GiB", "GB", "9999999999GB", "", "1 GB x"])
def test_a_size_that_is_none_is_refused(capsys, option, size):
    assert "is no size such as 512MB or 4GB" in refused(capsys, f"{option}={size}")


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "ten", "", "0.5", "1e7"])
def test_a_time_that_is_none_is_refused(capsys, seconds):
    assert "is no number of seconds" in refused(capsys, f"--model-time={seconds}")


@pytest.mark.parametrize("option", ["--cache", "--spill", "--spark", "--connect"])
def test_an_empty_name_is_refused(capsys, option):
    assert "is empty" in refused(capsys, option, " ")


def test_every_option_says_what_it_does():
    parser = argparse.ArgumentParser()
    add_engine(parser)
    for name in (
        "--memory-limit",
        "--spill",
        "--spark",
        "--connect",
        "--cache",
        "--no-cache",
        "--cache-size",
        "--model-time",
    ):
        assert name in parser.format_help()
    assert "none of it changes what is measured" in parser.format_help()
