"""Which address a webhook may have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.webhook import checked_webhook

SECRET = "AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr"


@pytest.mark.parametrize(
    "url",
    [
        "https://bot.example.org/telegram",
        "https://bot.example.org/telegram/",
        "https://BOT.example.org:8443/a/b-c_d.e~f/1",
        "https://93.184.216.34:88/in",
        "https://xn--fiqs8s.example:80/in",
    ],
)
@pytest.mark.parametrize("by_telegram", [True, False])
def test_an_address_that_telegram_reaches(url: str, by_telegram: bool) -> None:
    assert checked_webhook(url, secret=SECRET, by_telegram=by_telegram) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8080/in",
        "http://127.0.0.1/in",
        "http://[::1]:9000/in",
        "http://bot.localhost/in",
        "https://bot.example.org:4443/in",
        "https://10.0.0.7:9000/in",
    ],
)
def test_an_address_that_only_a_server_of_ones_own_reaches(url: str) -> None:
    assert checked_webhook(url, secret="", by_telegram=False) == url
    with pytest.raises(ValueError, match="Telegram"):
        checked_webhook(url, secret="", by_telegram=True)


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("bot.example.org/in", "must be an https address"),
        ("ftp://bot.example.org/in", "must be an https address"),
        ("https:///in", "must be an https address"),
        ("https://bot.example.org:port/in", "must be an https address"),
        ("https://bot.example.org:0/in", "must be an https address"),
        ("https://bot.example.org:99999/in", "must be an https address"),
        ("https://[bot/in", "must be an https address"),
        ("https://me:word@bot.example.org/in", "must be an https address"),
        ("https://bot.example.org/in?x=1", "must be an https address"),
        ("https://bot.example.org/in#x", "must be an https address"),
        ("https://bot.example.org/in\n", "must be an https address"),
        ("https://bot.example.org", "needs a path"),
        ("https://bot.example.org/", "needs a path"),
        ("https://bot.example.org//in", "needs a path"),
        ("https://bot.example.org/a/../in", "needs a path"),
        ("https://bot.example.org/{in}", "needs a path"),
        ("https://bot.example.org/%69n", "needs a path"),
        ("https://bot.example.org/新闻", "needs a path"),
        ("https://bot.example.org/metrics", "is a page of the bot's own"),
        ("https://bot.example.org/healthz/", "is a page of the bot's own"),
        (f"https://bot.example.org/in/{SECRET}", "must not hold the token"),
        (f"https://bot.example.org/{SECRET.lower()}-in", "must not hold the token"),
        ("http://bot.example.org/in", "must begin with https://"),
        ("http://10.0.0.7/in", "must begin with https://"),
        ("https://bot.example.org:444/in", "to the ports 443, 80, 88 and 8443 only"),
        ("https://localhost/in", "cannot reach localhost"),
        ("https://192.168.1.4/in", "cannot reach 192.168.1.4"),
        ("https://[2606:2800:220:1::1]/in", "cannot reach 2606:2800:220:1::1"),
    ],
)
def test_what_is_wrong_is_said(url: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        checked_webhook(url, secret=SECRET, by_telegram=True)


def outcome(url: str) -> str:
    try:
        return checked_webhook(url, secret=SECRET, by_telegram=True)
    except ValueError as error:
        return str(error)


@given(st.from_regex(r"https?://[a-z0-9.:\[\]@-]{0,12}/\S{0,12}") | st.text())
def test_any_text_is_taken_as_it_is_or_refused_in_one_line(text: str) -> None:
    said = outcome(text)
    assert said == text or (said and "\n" not in said)
