"""Which addresses may be dialled, and which URLs asked for."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import FetchError
from worker.fetch.addresses import check_url, is_allowed

FORBIDDEN_V4 = (
    "0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.254 168.63.129.16 169.254.169.254"
    " 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.9 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.19.255.255"
    " 198.51.100.1 203.0.113.1 224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255"
)
FORBIDDEN_V6 = (
    ":: ::1 ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:169.254.169.254 ::ffff:0:127.0.0.1 64:ff9b::7f00:1"
    " 64:ff9b::808:808 64:ff9b:1::7f00:1 100::1 2001::1 2001:0:4136:e378:8000:63bf:80ff:fffe 2001:10::1 2001:db8::1"
    " 2002:7f00:1:: 2002:808:808:: 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 fec0::1 ff02::1 ff0e::1"
)
PUBLIC = (
    "8.8.8.8 1.1.1.1 172.15.255.255 172.32.0.1 100.63.255.255 100.128.0.1 198.17.0.1 ::ffff:8.8.8.8 2606:4700::1111"
)


@pytest.mark.parametrize("text", f"{FORBIDDEN_V4} {FORBIDDEN_V6}".split())
def test_an_address_that_is_not_public_is_refused(text: str) -> None:
    assert not is_allowed(ip_address(text), ())


@pytest.mark.parametrize("text", PUBLIC.split())
def test_a_public_address_may_be_dialled(text: str) -> None:
    assert is_allowed(ip_address(text), ())


@pytest.mark.parametrize(
    ("text", "network", "verdict"),
    [
        ("10.20.1.2", "10.20.0.0/16", True),
        ("10.21.1.2", "10.20.0.0/16", False),
        ("127.0.0.1", "10.0.0.0/8", False),
        ("127.0.0.1", "127.0.0.0/8", True),
        ("::ffff:127.0.0.1", "127.0.0.0/8", True),
        ("169.254.169.254", "192.168.0.0/16", False),
        ("169.254.169.254", "169.254.169.254/32", True),
        ("::1", "127.0.0.0/8", False),
        ("::1", "::1/128", True),
        ("fe80::1%eth0", "fe80::/10", True),
        ("64:ff9b::7f00:1", "127.0.0.0/8", False),  # NAT64 is not unwrapped: the translator's view is not ours
        ("8.8.8.8", "10.0.0.0/8", True),
    ],
)
def test_a_listed_network_is_allowed_and_no_other(text: str, network: str, verdict: bool) -> None:
    assert is_allowed(ip_address(text), [ip_network(network)]) is verdict


@given(st.ip_addresses(v=4))
def test_an_address_counts_the_same_when_it_is_mapped_into_ipv6(address: IPv4Address) -> None:
    assert is_allowed(IPv6Address(f"::ffff:{address}"), ()) is is_allowed(address, ())


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "https://example.org",
        "HTTP://EXAMPLE.ORG/feed",
        "https://example.org:8443/feed?a=b#c",
        "https://user:pa%20ss@example.org/feed",
        "http://localhost:8080/feed",
        "http://wiki/",
        "http://example.org./",
        "http://my_host.example.org/",
        "http://127.0.0.1:8000/feed",  # whether it may be dialled is another question
        "http://8.8.8.8/",
        "http://[::1]:8000/feed",
        "http://[2606:4700::1111]/",
        "https://báo.vn/tin-tức",
        "https://xn--bo-8ja.vn/",
        "https://1.example.org/",
        "https://0x7f.example.org/",
    ],
)
def test_a_usable_url_is_given_back_as_it_is(url: str) -> None:
    assert check_url(url) == url


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("file:///etc/passwd", "E_SCHEME"),
        ("gopher://127.0.0.1/", "E_SCHEME"),
        ("data:text/plain,x", "E_SCHEME"),
        ("ftp://example.org/feed", "E_SCHEME"),
        ("unix:///x", "E_SCHEME"),
        ("javascript:alert(1)", "E_SCHEME"),
        ("", "E_URL"),
        ("example.org/feed", "E_URL"),
        ("example.org:8080/feed", "E_URL"),
        ("//x/y", "E_URL"),
        ("http://", "E_URL"),
        ("http:///x", "E_URL"),
        ("http://2130706433/", "E_URL"),
        ("http://0x7f.1/", "E_URL"),
        ("http://0x7f000001/", "E_URL"),
        ("http://0177.0.0.1/", "E_URL"),
        ("http://127.1/", "E_URL"),
        ("http://127.0.0.1./", "E_URL"),
        ("http://0/", "E_URL"),
        ("http://foo.1/", "E_URL"),
        ("http://1.2.3.4.5/", "E_URL"),
        ("http://256.1.1.1/", "E_URL"),
        ("http://①②⑦.⓪.⓪.①/", "E_URL"),
        ("http://１２７.０.０.１/", "E_URL"),
        ("http://127。0。0。1/", "E_URL"),
        ("http://ｅｘａｍｐｌｅ.org/", "E_URL"),
        ("http://%31%32%37.0.0.1/", "E_URL"),
        ("http://8.8.8.8\\@127.0.0.1/", "E_URL"),
        ("http://a b/", "E_URL"),
        (" http://example.org/", "E_URL"),
        ("http://example.org/\n", "E_URL"),
        ("http://exam\tple.org/", "E_URL"),
        ("http://\x00/", "E_URL"),
        ("http://example.org/\u00a0", "E_URL"),
        ("http://[::1", "E_URL"),
        ("http://[fe80::1%25eth0]/", "E_URL"),
        ("http://[::ffff:127.0.0.1.1]/", "E_URL"),
        ("http://[v1.x]/", "E_URL"),
        ("http://a..b/", "E_URL"),
        ("http://-a.org/", "E_URL"),
        (f"http://{'a' * 64}.org/", "E_URL"),
        ("http://example.org:99999/", "E_URL"),
        ("http://example.org:x/", "E_URL"),
        ("http://example.org:0/", "E_URL"),
        ("http://example.org:25/", "E_URL"),
        ("http://example.org:6667/", "E_URL"),
    ],
)
def test_an_unusable_url_is_refused_with_its_code(url: str, code: str) -> None:
    with pytest.raises(FetchError) as caught:
        check_url(url)
    assert caught.value.code == code
    assert caught.value.message.endswith(".")


def test_a_refused_url_does_not_tell_its_password() -> None:
    with pytest.raises(FetchError) as caught:
        check_url("ftp://user:geheim@example.org/")
    assert "geheim" not in repr(caught.value) + str(caught.value)


@given(st.text() | st.text().map("http://".__add__))
def test_any_text_is_a_url_or_a_fetch_error(text: str) -> None:
    try:
        assert check_url(text) == text
    except FetchError as error:
        assert error.code in ("E_URL", "E_SCHEME")
