"""Real feeds and seed files, which a clone does not have: their folders come from SEEDFEED_CORPUS and SEEDFEED_SEEDS.

The program under test refuses a SEEDFEED_ variable that it does not know. So this module, imported before any test,
moves both to names of the tests' own, where the workers of pytest-xdist find them too.
"""

import os
from pathlib import Path

import pytest

_VARIABLES = ("SEEDFEED_CORPUS", "SEEDFEED_SEEDS")

for _name in _VARIABLES:
    if (_given := os.environ.pop(_name, "")) != "":
        os.environ[f"TESTS_{_name}"] = _given


def corpus() -> Path:
    """The folder of real feeds, with a manifest.json. Skips the test without one."""
    return _folder("SEEDFEED_CORPUS")


def real_seeds() -> Path:
    """The folder of real seed files. Skips the test without one."""
    return _folder("SEEDFEED_SEEDS")


def _folder(variable: str) -> Path:
    given = os.environ.get(f"TESTS_{variable}")
    if not given:
        pytest.skip(f"{variable} names no folder of real documents")
    folder = Path(given)
    if not folder.is_dir():
        pytest.fail(f"{variable} names {given}, which is no folder")
    return folder
