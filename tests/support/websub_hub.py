"""What tests of WebSub share: subscriptions in every standing, a hub on the loopback, and a publisher that has one."""

import http.client
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from urllib.parse import parse_qsl, urlencode, urlsplit

from feeds.websub import subscription
from feeds.websub.subscription import HubSubscription, Standing
from support.builders import HOUR, NOW, source
from support.origin import Origin, Request, Response
from support.site import PATIENCE_SECONDS

DAY = timedelta(days=1)
HILLS = source("hills")
TOPIC = HILLS.url
HUB = "https://hub.example/"
LOOPBACK = (ip_network("127.0.0.0/8"),)
BODY = b"<feed xmlns='http://www.w3.org/2005/Atom'><title>Hills</title></feed>"
ASKED = HubSubscription("key", "token", HUB, TOPIC, "secret", failures=1, ask_at=NOW + HOUR)
ACTIVE = replace(ASKED, standing=Standing.ACTIVE, failures=0, until=NOW + 10 * DAY, ask_at=NOW + 9 * DAY)
LEAVING = replace(ASKED, standing=Standing.LEAVING)
OVER = replace(ASKED, standing=Standing.OVER, ask_at=None, until=NOW + DAY)
REFUSED = replace(ASKED, standing=Standing.REFUSED)
PUSHED = replace(ACTIVE, pushed_at=NOW)
SIGNATURE = subscription.sign("secret", BODY)


class LoopbackHub:
    """Takes requests, and remembers what was asked; tests say what it answers."""

    def __init__(self, origin: Origin) -> None:
        self.url = origin.url("/hub")
        self.asked: list[dict[str, str]] = []
        self.answer = Response(202)
        self.then: Callable[[dict[str, str]], None] | None = None
        origin.put("/hub", script=self._take)

    def _take(self, request: Request) -> Response:
        assert request.method == "POST"
        assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
        self.asked.append(dict(parse_qsl(request.body.decode())))
        if self.then:
            self.then(self.asked[-1])
        return self.answer


class Publisher:
    """A feed whose headers name a hub, and the hub, which confirms at once and pushes what a test gives it."""

    def __init__(self, origin: Origin, *, mode: str = "") -> None:
        self.origin = origin
        self.mode = mode
        self.hub = LoopbackHub(origin)
        self.topic = origin.url("/feed.xml")
        self.echoes: list[tuple[int, bytes]] = []
        self.put(1)
        if mode == "down":
            self.hub.answer = Response(500)
        else:
            self.hub.then = self._confirm

    def put(self, *numbers: int) -> None:
        """What polls get."""
        links = f'<{self.hub.url}>; rel="hub", <{self.topic}>; rel="self"'
        self.origin.put("/feed.xml", document(*numbers), "application/rss+xml", headers={"Link": links})

    def _confirm(self, asked: dict[str, str]) -> None:
        """Before its answer to the request, as a hub may."""
        query = {"hub.mode": self.mode or asked["hub.mode"], "hub.topic": asked["hub.topic"]}
        query |= {"hub.challenge": "a challenge", "hub.lease_seconds": "600", "hub.reason": "not today"}
        self.echoes.append(self._send(asked["hub.callback"] + "?" + urlencode(query)))

    def push(self, body: bytes, signature: str | None = None) -> int:
        asked = self.hub.asked[0]
        headers = {"Content-Type": "application/rss+xml"}
        if signature is not None:
            headers["X-Hub-Signature"] = signature or subscription.sign(asked["hub.secret"], body, "sha512")
        return self._send(asked["hub.callback"], body, headers)[0]

    def _send(self, url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
        parts = urlsplit(url)
        with closing(http.client.HTTPConnection(parts.netloc, timeout=PATIENCE_SECONDS)) as connection:
            method = "GET" if body is None else "POST"
            connection.request(method, f"{parts.path}?{parts.query}", body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read()


def document(*numbers: int) -> bytes:
    items = "".join(
        f"<item><title>Story {n}</title><link>https://hills.example/{n}</link>"
        f"<guid>https://hills.example/{n}</guid><description>Text of story {n}.</description></item>"
        for n in numbers
    )
    return f'<rss version="2.0"><channel><title>Hills</title>{items}</channel></rss>'.encode()
