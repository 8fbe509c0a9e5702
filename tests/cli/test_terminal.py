"""What is printed for people: neither a terminal nor the log of a workflow obeys text from data."""

import pytest

from assay.cli.terminal import say


@pytest.mark.parametrize("text", ["::error::x", "a\n   ::add-mask::x", "\t::stop-commands::x", "a ##[add-mask]x"])
def test_no_line_is_a_command_of_a_workflow(capsys, text):
    say(text)
    printed = capsys.readouterr().out
    assert not any(line.lstrip().startswith("::") or "##[" in line for line in printed.splitlines())
    assert printed.replace("\u200b", "") == text + "\n"


def test_two_colons_within_a_line_stay_as_they_are(capsys):
    say("std::sort and a # [x]")
    assert capsys.readouterr().out == "std::sort and a # [x]\n"


def test_nothing_moves_the_cursor(capsys):
    say("a\x1b[2Jb\u202ec")
    assert capsys.readouterr().out == "a\ufffd[2Jb\ufffdc\n"
