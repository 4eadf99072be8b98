"""Which addresses count, and how they are written down."""

import pytest

from bot.emulator.text.links import LinkError, checked_link, mentioned_user


@pytest.mark.parametrize(
    ("url", "stored"),
    [
        ("https://Example.ORG/Path?q=1#f", "https://example.org/Path?q=1#f"),
        ("example.org", "http://example.org/"),
        ("example.org?q=1", "http://example.org/?q=1"),
        ("http://user:pw@example.org:8080/", "http://user:pw@example.org:8080/"),
        ("https://例子.中国/路径", "https://例子.中国/路径"),
        ("https://a.org/a b", "https://a.org/a%20b"),
        ("http://[::1]/x", "http://[::1]/x"),
        ("tg://resolve?domain=x", "tg://resolve?domain=x"),
        ("TG:resolve?domain=x", "tg://resolve?domain=x"),
    ],
)
def test_good_addresses(url: str, stored: str) -> None:
    assert checked_link(url) == stored


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("localhost", "Wrong HTTP URL"),
        ("http://localhost/x", "Wrong HTTP URL"),
        ("ftp://a.org", "Unsupported URL protocol"),
        ("mailto://a.org", "Unsupported URL protocol"),
        ("http://", "URL host is empty"),
        ("", "URL host is empty"),
        ("http://a.org:99999/", "Wrong port number specified in the URL"),
        ("http://a.org:/", "Wrong port number specified in the URL"),
        ("http://[::1/", "Wrong IPv6 address specified in the URL"),
        ("http://a b.org/", "Host part of the URL contains disallowed characters"),
        ("tg://", "URL host is empty"),
        ("tg://a.b/c", "Wrong tg URL"),
    ],
)
def test_bad_addresses(url: str, reason: str) -> None:
    with pytest.raises(LinkError, match=reason):
        checked_link(url)


@pytest.mark.parametrize(
    ("url", "user"), [("tg://user?id=5", 5), ("tg:user?id=5", 5), ("tg://user?id=x", None), ("https://a.org", None)]
)
def test_links_to_users(url: str, user: int | None) -> None:
    assert mentioned_user(url) == user
