"""What all tests share: how Hypothesis searches."""

import os

from hypothesis import HealthCheck, settings

# No deadline: a loaded machine is no fault of ours. In CI the same examples every time, so that it tells of changes.
settings.register_profile("seedfeed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("seedfeed"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "seedfeed")
