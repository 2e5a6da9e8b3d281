"""Each requirement on content has tests that say so, and none of them is only skipped."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
CONTENT = [f"R{number}" for number in range(25, 52)]
INNOCENT = {"R20", "R28", "R29", "R40", "R42", "R45"}  # what must not be stopped


def marked() -> dict[str, set[str]]:
    """By requirement: the test functions, or rows of tables, that are marked with it."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted(TESTS.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "requirement":
                for argument in node.args:
                    if isinstance(argument, ast.Constant):
                        found[str(argument.value)].add(f"{path.relative_to(TESTS)}:{node.lineno}")
    return found


MARKED = marked()


@pytest.mark.parametrize("number", CONTENT)
def test_each_requirement_on_content_is_tested(number: str) -> None:
    assert MARKED[number], f"no test is marked with {number}"


@pytest.mark.parametrize("number", sorted(INNOCENT))
def test_each_innocent_half_is_tested(number: str) -> None:
    assert MARKED[number]


def test_a_mark_on_nothing_is_no_test() -> None:
    """Marks stand on tests, classes of tests, modules or rows of tables, never alone in the body of a function."""
    stray = []
    for path in sorted(TESTS.rglob("test_*.py")):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef) and function.name.startswith("test_"):
                stray += [
                    f"{path.name}:{node.lineno}"
                    for body in function.body
                    for node in ast.walk(body)
                    if isinstance(node, ast.Attribute) and node.attr == "requirement"
                ]
    assert stray == []
