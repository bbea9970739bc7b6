"""What tests of our own hub share: subscribers with callbacks on a loopback origin, well-behaved and not."""

import http.client
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit

from feeds.websub.subscription import signature_matches
from support.origin import Origin, Request, Response
from support.site import PATIENCE_SECONDS, Answer

FORM = "application/x-www-form-urlencoded"


@dataclass(slots=True)
class Subscriber:
    """A callback. confirms: what it answers to a verification, by its query; echoes the challenge unless a test says.

    takes: its answers to pushes, the last one for all that follow.
    """

    origin: Origin
    name: str
    confirms: Callable[[dict[str, str]], Response] = lambda query: Response(
        200, query.get("hub.challenge", "").encode()
    )
    takes: Sequence[Response] = (Response(204),)
    query: str = ""
    asked: list[dict[str, str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    pushes: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.origin.put(f"/{self.name}", script=self._answer)

    @property
    def callback(self) -> str:
        return self.origin.url(f"/{self.name}{self.query}")

    def _answer(self, request: Request) -> Response:
        if request.method == "POST":
            self.pushes.append(request)
            return self.takes[min(len(self.pushes), len(self.takes)) - 1]
        self.lines.append(request.path)
        self.asked.append(dict(parse_qsl(request.path.partition("?")[2])))
        return self.confirms(self.asked[-1])

    @property
    def bodies(self) -> list[bytes]:
        return [push.body for push in self.pushes]

    def signed_with(self, secret: str) -> list[bool]:
        return [signature_matches(push.headers.get("X-Hub-Signature", ""), secret, push.body) for push in self.pushes]


def post(url: str, form: Iterable[tuple[str, str]] | bytes, headers: dict[str, str] | None = None) -> Answer:
    """A POST to a hub, as a subscriber makes it."""
    parts = urlsplit(url)
    body = form if isinstance(form, bytes) else urlencode(list(form)).encode()
    with closing(http.client.HTTPConnection(parts.netloc, timeout=PATIENCE_SECONDS)) as connection:
        connection.request("POST", parts.path, body, {"Content-Type": FORM, **(headers or {})})
        answer = connection.getresponse()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())


def wanting(mode: str, topic: str, subscriber: Subscriber, **more: object) -> list[tuple[str, str]]:
    """The form that asks for it. more: hub.NAME=value."""
    form = {"hub.mode": mode, "hub.topic": topic, "hub.callback": subscriber.callback}
    return list((form | {f"hub.{name}": str(value) for name, value in more.items()}).items())
