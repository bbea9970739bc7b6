"""Word tables of each language, one file each in worker/seeds/newswire/languages/.

A table is TOML that a speaker of the language can extend without reading code; each reader takes the section that it
needs. Sections: [dates] for `days` and `dateline`, [lines] for `credits`.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def tables() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    """The tables by primary language subtag (BCP 47), then by section."""
    found: dict[str, dict[str, Mapping[str, Any]]] = {}
    for file in sorted(files("worker.seeds.newswire").joinpath("languages").iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            found.setdefault(file.name.partition(".")[0], {}).update(tomllib.loads(file.read_text("utf-8")))
    return found
