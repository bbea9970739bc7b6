"""Who gets past the gate of the private addresses, and where the token comes from."""

import base64
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from feeds.errors import SeedfeedError
from feeds.serve.access import UNGUESSABLE, WRONG_PER_MINUTE, AdminAccess
from feeds.settings.token import mint, read
from support.builders import home, settings

TOKEN = "päss:wörd"


def basic(password: str, user: str = "anyone", encoding: str = "utf-8") -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode(encoding)).decode()


def gate(root: Path, token: str = TOKEN, base_url: str = "https://news.example") -> AdminAccess:
    return AdminAccess(home(root), settings(base_url=base_url, server={"admin_token": token}))


def status(of: AdminAccess, authorization: str = "", host: str = "localhost:8080", address: str = "192.0.2.1") -> int:
    refusal = of.refuse(host, authorization, address)
    return refusal.status if refusal else 200


@pytest.mark.parametrize(
    ("authorization", "expected"),
    [
        (basic(TOKEN), 200),
        (basic(TOKEN, user=""), 200),
        (basic(TOKEN, encoding="latin-1"), 200),
        (basic(TOKEN).replace("Basic", "bAsIc"), 200),
        (basic(TOKEN).replace(" ", "   "), 200),
        ("Bearer " + TOKEN.encode().decode("latin-1"), 200),
        ("bearer " + TOKEN.encode().decode("latin-1"), 200),
        ("", 401),
        (basic(""), 401),
        (basic(TOKEN + "x"), 401),
        (basic(TOKEN[:-1]), 401),
        (basic("", user=TOKEN), 401),
        ("Basic", 401),
        ("Basic !!!", 401),
        ("Basic bm9jb2xvbg==", 401),
        ("Bearer", 401),
        ("Bearer x", 401),
        (f"Digest {TOKEN}", 401),
        (TOKEN, 401),
    ],
)
def test_the_token_is_a_password_for_any_user_or_a_bearer(tmp_path: Path, authorization: str, expected: int) -> None:
    assert status(gate(tmp_path), authorization) == expected


def test_a_refusal_asks_for_the_token(tmp_path: Path) -> None:
    refusal = gate(tmp_path).refuse("localhost", "", "")
    assert refusal
    assert refusal.headers["www-authenticate"].startswith('Basic realm="Seedfeed"')


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("news.example", 200),
        ("NEWS.example:443", 200),
        ("localhost", 200),
        ("localhost:8080", 200),
        ("127.0.0.1:8080", 200),
        ("127.1.2.3", 200),
        ("[::1]:8080", 200),
        ("home.localhost", 200),
        ("evil.example", 421),
        ("news.example.evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("localhost.evil.example", 421),
        ("news.example@evil.example", 421),
        ("192.168.0.1", 421),
        ("0.0.0.0", 421),
        ("", 421),
    ],
)
def test_only_the_sites_own_host_and_loopback_names_are_answered(tmp_path: Path, host: str, expected: int) -> None:
    assert status(gate(tmp_path), basic(TOKEN), host) == expected
    assert status(gate(tmp_path), "", host) == (401 if expected == 200 else 421)


def test_after_ten_wrong_tokens_an_address_waits_and_others_do_not(tmp_path: Path) -> None:
    one = gate(tmp_path)
    assert [status(one, basic(str(n))) for n in range(WRONG_PER_MINUTE)] == [401] * WRONG_PER_MINUTE
    assert status(one, basic("again")) == 429
    assert status(one, basic(TOKEN)) == 429
    assert status(one) == 401
    assert status(one, basic(TOKEN), address="192.0.2.2") == 200


def test_behind_a_proxy_a_stranger_cannot_lock_the_operator_out(tmp_path: Path) -> None:
    for token, expected in (("x" * UNGUESSABLE, 200), ("x" * (UNGUESSABLE - 1), 429)):
        one = gate(tmp_path, token)
        assert [status(one, basic(str(n))) for n in range(WRONG_PER_MINUTE + 1)] == [401] * WRONG_PER_MINUTE + [429]
        assert status(one, basic(token)) == expected


def test_a_right_token_wipes_the_slate(tmp_path: Path) -> None:
    one = gate(tmp_path)
    for n in range(3 * WRONG_PER_MINUTE):
        assert status(one, basic("wrong")) == 401
        if n % 5 == 4:
            assert status(one, basic(TOKEN)) == 200


def test_the_token_is_minted_once_for_the_owner_alone(tmp_path: Path) -> None:
    path = home(tmp_path).token
    before = os.umask(0)
    try:
        assert mint(path)
    finally:
        os.umask(before)
    token = read(path)
    assert len(token) >= 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not mint(path)
    assert read(path) == token
    assert list(path.parent.iterdir()) == [path]


def test_who_starts_at_the_same_time_gets_the_same_token(tmp_path: Path) -> None:
    path = home(tmp_path).token
    with ThreadPoolExecutor(8) as pool:
        tokens = set(pool.map(lambda _: (mint(path), read(path))[1], range(32)))
    assert len(tokens) == 1


def test_a_gate_without_a_token_mints_one(tmp_path: Path) -> None:
    one = gate(tmp_path, token="")
    assert status(one, basic("guess")) == 401
    assert status(one, basic(read(home(tmp_path).token))) == 200


def test_a_token_in_the_settings_leaves_no_file(tmp_path: Path) -> None:
    assert status(gate(tmp_path), basic(TOKEN)) == 200
    assert not home(tmp_path).token.exists()


def test_a_changed_file_counts_at_once(tmp_path: Path) -> None:
    one = gate(tmp_path, token="")
    path = home(tmp_path).token
    mint(path)
    old = read(path)
    assert status(one, basic(old)) == 200
    path.write_text("another\n")
    assert status(one, basic(old)) == 401
    assert status(one, basic("another")) == 200
    path.unlink()
    assert status(one, basic("another")) == 401
    assert status(one, basic(read(path))) == 200


@pytest.mark.parametrize(
    ("mode", "content", "message"),
    [
        (0o640, b"token", r"admin\.token: others may read the admin token \(mode 640\); run `chmod 600`"),
        (0o604, b"token", r"admin\.token: others may read"),
        (0o600, b" \n", r"admin\.token: holds no admin token; delete the file"),
        (0o600, b"\xff\xfe", r"admin\.token: the admin token cannot be read; delete the file"),
    ],
)
def test_a_file_that_is_no_secret_opens_nothing(tmp_path: Path, mode: int, content: bytes, message: str) -> None:
    path = home(tmp_path).token
    path.parent.mkdir()
    path.write_bytes(content)
    path.chmod(mode)
    with pytest.raises(SeedfeedError, match=message):
        read(path)
    assert status(gate(tmp_path, token=""), basic("token")) == 503


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("no folder")
    with pytest.raises(SeedfeedError, match=r"admin\.token: the admin token cannot be kept there .*admin_token"):
        mint(home(tmp_path).token)
    assert status(gate(tmp_path, token=""), basic("")) == 503
