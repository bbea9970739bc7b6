"""One name, one meaning: no public class or function of the product is defined in two modules without a reason."""

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
ALLOWED = {
    "read": "each reader of a format has one, and the registry calls them alike",
    "parse": "each parser of a format has one, and its module says of what",
    "document": "searches and the health feed are made as one",
    "fragment": "each output format renders one",
    "frame": "each output format renders one",
    "main": "each entry point has one",
    **dict.fromkeys(
        ("add", "entries", "export", "merge", "pause", "publish", "remove", "serve", "split", "why"),
        "a command bears the name of what it calls",
    ),
}


def modules_by_name() -> dict[str, set[str]]:
    """The modules that define each public name, read from their source without importing it."""
    found: dict[str, set[str]] = defaultdict(set)
    for file in (*ROOT.glob("feeds/**/*.py"), *ROOT.glob("worker/**/*.py")):
        for node in ast.parse(file.read_bytes()).body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.name[0] != "_":
                found[node.name].add(file.relative_to(ROOT).as_posix())
    return found


def test_no_public_name_is_defined_in_two_modules_without_a_reason() -> None:
    twice = {name: sorted(files) for name, files in modules_by_name().items() if len(files) > 1}
    assert {name: files for name, files in twice.items() if name not in ALLOWED} == {}
