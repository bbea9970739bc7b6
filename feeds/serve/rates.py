"""Rate limits for strangers: up to a number of requests within a span, for each of a bounded number of keys. Pure."""

from collections import OrderedDict, deque


class Rate:
    """At most `most` within `span` seconds. Beyond `most_keys` keys, the one counted longest ago is forgotten."""

    def __init__(self, most: int, span: float, most_keys: int = 10_000) -> None:
        self._most = most
        self._span = span
        self._most_keys = most_keys
        self._counted: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, key: str, now: float) -> float:
        """Seconds until another one may be counted, or 0. now: of a clock that never goes back."""
        moments = self._counted.get(key, deque())
        while moments and now - moments[0] >= self._span:
            moments.popleft()
        return 0.0 if len(moments) < self._most else self._span - (now - moments[0])

    def count(self, key: str, now: float) -> None:
        self._counted.setdefault(key, deque()).append(now)
        self._counted.move_to_end(key)
        if len(self._counted) > self._most_keys:
            self._counted.popitem(last=False)

    def forget(self, key: str) -> None:
        """Resets the count of a key."""
        self._counted.pop(key, None)
