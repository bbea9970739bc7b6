"""How often a stranger may ask: so many times within a span, for each of a bounded number of keys. Pure."""

from collections import OrderedDict, deque

_MOST_KEYS = 10_000


class Rate:
    """At most `most` within `span` seconds. Of too many keys, the one that was counted longest ago is forgotten."""

    def __init__(self, most: int, span: float) -> None:
        self._most = most
        self._span = span
        self._counted: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, key: str, now: float) -> float:
        """Seconds until another one may be counted, 0 for none. now: of a clock that never goes back."""
        moments = self._counted.get(key, deque())
        while moments and now - moments[0] >= self._span:
            moments.popleft()
        return 0.0 if len(moments) < self._most else self._span - (now - moments[0])

    def count(self, key: str, now: float) -> None:
        self._counted.setdefault(key, deque()).append(now)
        self._counted.move_to_end(key)
        if len(self._counted) > _MOST_KEYS:
            self._counted.popitem(last=False)
