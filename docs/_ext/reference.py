"""Writes the reference pages from the code, so that no setting, detector, action, check or command is left out."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import django
from django.apps import apps
from django.core.management import load_command_class
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENT = re.compile(r"\s*\(R\d+\)")  # numbers of our own list, which readers of the documentation do not have


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing a reader may look up: its name as a heading, and Markdown below it. Without a name, text alone."""

    name: str
    text: str

    def markdown(self) -> str:
        heading = f"## `{self.name}`\n\n" if self.name else ""
        return f"{heading}{REQUIREMENT.sub('', self.text).strip()}\n"


def settings() -> Iterator[Entry]:
    """Every key of `CALGUARD`, with its default and the docstring of the property that reads it."""
    from calguard.conf import DEFAULTS, Settings

    read_by = _properties(Path(inspect.getfile(Settings)))
    for key, default in DEFAULTS.items():
        yield Entry(name=key, text=f"{read_by.get(key, '')}\n\nDefault: `{default!r}`")


def _properties(source: Path) -> dict[str, str]:
    """By setting: the docstring of the method of `Settings` whose code names it."""
    [settings_class] = [
        node
        for node in ast.parse(source.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and node.name == "Settings"
    ]
    found: dict[str, str] = {}
    for method in settings_class.body:
        if isinstance(method, ast.FunctionDef) and (text := ast.get_docstring(method)):
            for node in ast.walk(method):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isupper():
                    found.setdefault(node.value, text)
    return found


def detectors() -> Iterator[Entry]:
    """Every detector, what it looks for, and what it may report."""
    from calguard.engine.registry import detectors as registered

    for detector in registered():
        codes = "\n".join(
            f"| `{detector.name}.{code}` | `{reason.value}` | {reason.meaning} |"
            for code, reason in sorted(detector.codes.items())
        )
        text = inspect.getdoc(detector.look) or ""
        yield Entry(
            name=detector.name,
            text=f"{text}\n\nGroup: {detector.group}\n\n| signal | the sender is told | in plain words |\n"
            f"|---|---|---|\n{codes}",
        )


def actions() -> Iterator[Entry]:
    """Every action, by the module docstring of its file."""
    for module_info in pkgutil.iter_modules([str(ROOT / "calguard" / "actions")]):
        module = importlib.import_module(f"calguard.actions.{module_info.name}")
        yield Entry(name=module_info.name, text=inspect.getdoc(module) or "")


def checks() -> Iterator[Entry]:
    """Every system check, with its messages and hints as an operator sees them; `{...}` stands for what was found."""
    found: dict[str, list[str]] = {}
    for source in sorted((ROOT / "calguard").rglob("*.py")):
        tree = ast.parse(source.read_text(encoding="utf-8"))
        names = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        written = _assigned(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                given = {keyword.arg: keyword.value for keyword in node.keywords}
                check = given.get("id")
                named = names.get(check.id) if isinstance(check, ast.Name) else _words(check) if check else ""
                if isinstance(named, str) and named.startswith("calguard."):
                    hint = given.get("hint")
                    advice = _said(hint, written) if hint else ""
                    message = " ".join(filter(None, (_said(part, written) for part in node.args)))
                    found.setdefault(named, []).append(
                        f"{message}\n: {advice or 'Names the nearest that is known, or all.'}"
                    )
    for name in sorted(found):
        yield Entry(name=name, text="\n\n".join(dict.fromkeys(found[name])))


def _assigned(tree: ast.Module) -> dict[str, list[tuple[int, ast.expr]]]:
    """Every `name = ...` with its line, in the order of lines: what is said is often put together first."""
    found: dict[str, list[tuple[int, ast.expr]]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, []).append((node.lineno, node.value))
    return {name: sorted(values, key=lambda value: value[0]) for name, values in found.items()}


def _said(node: ast.expr, written: dict[str, list[tuple[int, ast.expr]]]) -> str:
    """The words of an argument; of a variable, those last assigned above it."""
    if isinstance(node, ast.Name):
        above = [value for line, value in written.get(node.id, ()) if line < node.lineno]
        return _words(above[-1]) if above else ""
    return _words(node)


def _words(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(_words(part) for part in parts)
        case ast.FormattedValue(value=value):
            return f"{{{ast.unparse(value)}}}"
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _words(left) + _words(right)
    return ""


def commands() -> Iterator[Entry]:
    """Every management command: ours with all arguments, the demo's by their help alone."""
    for module_info in pkgutil.iter_modules([str(ROOT / "calguard" / "management" / "commands")]):
        command: Any = load_command_class("calguard", module_info.name)
        parser = ArgumentParser(add_help=False)
        command.add_arguments(parser)
        options = [
            f"| `{', '.join(action.option_strings) or action.metavar or action.dest}` | {action.help or ''} |"
            for action in parser._actions
        ]
        table = "\n".join(["| argument | |", "|---|---|", *options]) if options else ""
        yield Entry(name=module_info.name, text=f"{command.help}\n\n{table}")
    for source in sorted((ROOT / "demo" / "management" / "commands").glob("[!_]*.py")):
        yield Entry(name=source.stem, text=_constant(source, "help"))


def _constant(source: Path, name: str) -> str:
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign) and any(isinstance(to, ast.Name) and to.id == name for to in node.targets):
            return _words(node.value)
    return ""


def codes() -> Iterator[Entry]:
    """Every public code: in one table what an attempt may be told, in another what a request may."""
    from calguard.engine.reasons import Reason
    from calguard.integrations.rest import CODES

    head = "| code | in plain words |\n|---|---|\n"
    reasons = "\n".join(f"| `{reason.value}` | {reason.meaning} |" for reason in Reason)
    others = "\n".join(f"| `{code}` | {meaning} |" for code, meaning in CODES.items())
    yield Entry(name="", text=f"Of an attempt that does not leave now:\n\n{head}{reasons}")
    yield Entry(name="", text=f"Of a request, whatever it was to send:\n\n{head}{others}")


KINDS = {part.__name__: part for part in (settings, detectors, actions, checks, commands, codes)}


class Reference(SphinxDirective):
    """```{reference} detectors```: all entries of a kind, in order."""

    required_arguments: ClassVar[int] = 1

    def run(self) -> list[nodes.Node]:
        kind = KINDS.get(self.arguments[0])
        if kind is None:
            raise self.error(f"unknown kind {self.arguments[0]!r}; known: {', '.join(KINDS)}")
        self.env.note_reread()  # the code may have changed though the page did not
        markdown = "\n".join(entry.markdown() for entry in kind())
        return self.parse_text_to_nodes(markdown, allow_section_headings=True)


def setup(app: Sphinx) -> dict[str, bool]:
    if not apps.ready:
        django.setup()
    app.add_directive("reference", Reference)
    return {"parallel_read_safe": False}
