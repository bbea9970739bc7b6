"""Clients that take no answer: whose connections are dropped, and that others are answered meanwhile."""

import resource
import socket
import subprocess
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from feeds.serve.connections import LEAST_BYTES, PATIENCE_SECONDS, Connection, Patience
from support.site import PATIENCE_SECONDS as AMPLE_SECONDS
from support.site import Site, environment, eventually

NEAR, FAR, WIDE = "", "192.0.2.1", "2001:db8::/64"


def looks(*moments: tuple[float, Sequence[Connection]], most_open: int = 4, most_of_address: int = 2) -> list[int]:
    """The keys that the last of these looks drops."""
    patience = Patience(most_open, most_of_address)
    dropped: set[Connection] = set()
    for now, found in moments:
        dropped = patience.exhausted(found, now)
    return sorted(one.key for one in dropped)


@pytest.mark.parametrize(
    ("unread", "taken", "goes"),
    [
        (9_000, 0, True),
        (9_000, 30, True),  # a byte a second
        (9_000, LEAST_BYTES, False),
        (0, 30, False),  # all that was sent
        (0, 0, False),  # it waits for us
    ],
)
def test_a_client_must_take_its_answer_at_a_least_speed(unread: int, taken: int, goes: bool) -> None:
    first, then = Connection(1, NEAR, 9_000, 0), Connection(1, NEAR, unread, taken)
    assert looks((0.0, [first]), (PATIENCE_SECONDS, [then])) == ([1] if goes else [])
    assert looks((0.0, [first]), (PATIENCE_SECONDS - 1, [then])) == []
    # However slow it was before, from each stretch that was quick enough it has the time once more.
    more = Connection(1, NEAR, 9_000, taken)
    later = PATIENCE_SECONDS + 1
    assert looks((0.0, [first]), (2.0, [then]), (later, [more])) == ([1] if goes or not taken else [])


def test_beyond_the_caps_those_go_that_stand_still_longest() -> None:
    stalled = [Connection(key, NEAR, 9_000, 0) for key in (3, 1, 2)]
    working = [Connection(key, NEAR, 0, 0) for key in (4, 5)]
    assert looks((0.0, stalled[:1]), (1.0, stalled), (2.0, stalled + working)) == [3]
    # Those that wait for us go only when no others are left.
    assert looks((0.0, working), (1.0, stalled + working), most_open=2) == [1, 2, 3]
    assert looks((0.0, working), (1.0, stalled + working), most_open=1) == [1, 2, 3, 4]
    moving = Connection(3, NEAR, 9_000, LEAST_BYTES)
    assert looks((0.0, stalled[:1]), (1.0, stalled), (2.0, [moving, *stalled[1:], *working])) == [1]


def test_one_address_has_a_cap_of_its_own_but_not_a_web_server_on_this_machine() -> None:
    many = [Connection(key, client, 0, 0) for key, client in enumerate((FAR, WIDE, FAR, WIDE, WIDE, FAR))]
    assert looks((0.0, many), most_open=9) == [0, 1]
    assert looks((0.0, [Connection(key, NEAR, 0, 0) for key in range(4)])) == []


def test_readers_that_take_nothing_keep_no_others_from_being_answered(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.drop("big.bin", bytes(range(256)) * 8_000)
    site.drop("one.md", "# A story with a file\n\nIts text is [in a file](big.bin) of two megabytes.\n")
    site.cycle()
    (path,) = (f"/media/{file.parent.name}/{file.name}" for file in site.root.glob("data/media/*/*"))
    most = 500

    def few_descriptors() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    server = subprocess.Popen(site.command("serve"), env=environment(), preexec_fn=few_descriptors)
    with ExitStack() as held:
        held.callback(server.wait, timeout=AMPLE_SECONDS)
        held.callback(server.terminate)
        eventually(lambda: _answers(site), "the server")
        taking_nothing = []
        for _ in range(most // 2):
            client = held.enter_context(socket.create_connection(("127.0.0.1", site.port), timeout=AMPLE_SECONDS))
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() * 3)
            taking_nothing.append(client)
        for _ in range(5):
            assert site.get("/feeds/all.atom").status == 200
        assert len(site.get(path).body) == 256 * 8_000


def _answers(site: Site) -> bool:
    try:
        return site.get("/feeds/all.atom").status == 200
    except OSError:
        return False
