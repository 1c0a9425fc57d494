"""The parser: every command and option is documented, and the examples in the help are valid."""

from __future__ import annotations

import argparse
import re
import shlex

import pytest

from pipeline.cli.arguments import build_parser, parse
from pipeline.cli.commands import COMMANDS


def commands() -> dict[str, argparse.ArgumentParser]:
    (action,) = (
        action for action in build_parser()._actions if isinstance(action, argparse._SubParsersAction)
    )
    return dict(action.choices)


def test_every_command_has_a_function() -> None:
    assert commands().keys() == COMMANDS.keys()


@pytest.mark.parametrize("name", commands())
def test_every_command_is_described_with_its_exit_statuses(name: str) -> None:
    help_text = commands()[name].format_help()
    assert re.search(r"^exit status:\n  0  .+\n  1  .+\n  2  .+\n", help_text, re.MULTILINE)
    assert commands()[name].description


@pytest.mark.parametrize("name", commands())
def test_every_argument_has_help_and_its_own_name(name: str) -> None:
    actions = commands()[name]._actions
    assert [action.dest for action in actions if not action.help] == []
    shown = [action.metavar for action in actions if not action.option_strings]
    assert len(set(shown)) == len(shown)


@pytest.mark.parametrize("name", commands())
def test_the_usage_lists_every_argument(name: str) -> None:
    usage = set(re.split(r"[^\w-]+", commands()[name].format_usage()))
    for action in commands()[name]._actions:
        if action.dest != "help":
            assert (action.option_strings[-1] if action.option_strings else str(action.metavar)) in usage


def test_the_examples_are_valid_command_lines() -> None:
    examples = [
        line
        for parser in commands().values()
        for line in re.findall(r"^  copytaster (.*)", parser.epilog or "", re.M)
    ]
    assert len(examples) >= len(COMMANDS) - 1
    for example in examples:
        parse(shlex.split(example))


def test_arguments_after_two_dashes_go_to_beam() -> None:
    args = parse(["verify", "news", "--", "--runner=X", "--", "--y"])
    assert (args.name, args.dataset, args.beam) == ("verify", "news", ["--runner=X", "--", "--y"])
