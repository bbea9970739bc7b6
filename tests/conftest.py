"""What all tests share: how Hypothesis searches, and that whatever a test home publishes is valid."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from feeds.store.inbox import Inbox
from support import real_documents
from support.builders import home
from support.validity.homes import forget, judge_all

# No deadline: a loaded machine is no fault of ours. In CI the same examples every time, so that it tells of changes.
settings.register_profile("seedfeed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("seedfeed"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "seedfeed")


@pytest.fixture(scope="session")
def corpus() -> Path:
    return real_documents.corpus()


@pytest.fixture(scope="session")
def real_seeds() -> Path:
    return real_documents.real_seeds()


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Inbox]:
    with closing(Inbox(home(tmp_path).inbox)) as made:
        yield made


@pytest.fixture(autouse=True)
def _all_that_is_published_is_valid(request: pytest.FixtureRequest) -> Iterator[None]:
    """0 errors, 0 warnings beyond the decisions, in every document of every home that the test made.

    `pytest.mark.unjudged("why")` for a test that publishes faults on purpose.
    """
    yield
    if request.node.get_closest_marker("unjudged"):
        forget()
    faults = judge_all()
    assert not faults, "\n".join(faults)
