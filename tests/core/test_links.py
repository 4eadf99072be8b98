"""Links as identities: spellings of one page agree, different pages do not, and no string is too odd."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.links import canonical_url, handle_of, host_of, is_safe_url, status_id_of


@pytest.mark.parametrize(
    "url",
    [
        "https://x.com/DotEY/status/1960701898882687182",
        "http://twitter.com/dotey/status/1960701898882687182",
        "https://mobile.twitter.com/dotey/status/1960701898882687182?s=20&t=abc",
        "https://m.twitter.com/dotey/statuses/1960701898882687182",
        "https://www.x.com/dotey/status/1960701898882687182/photo/1",
        "HTTPS://X.COM/dotey/status/1960701898882687182/#m",
        " https://x.com:443/dotey/status/1960701898882687182?utm_source=a&ref_src=twsrc ",
    ],
)
def test_spellings_of_one_post_agree(url: str) -> None:
    assert canonical_url(url) == "https://x.com/dotey/status/1960701898882687182"
    assert handle_of(url) == "dotey"
    assert status_id_of(url) == "1960701898882687182"
    assert host_of(url) in {"x.com", "twitter.com", "mobile.twitter.com", "m.twitter.com"}


@pytest.mark.parametrize("url", ["https://x.com/i/status/123", "https://twitter.com/i/web/status/123?s=20"])
def test_posts_without_an_account(url: str) -> None:
    assert canonical_url(url) == "https://x.com/i/status/123"
    assert handle_of(url) is None
    assert status_id_of(url) == "123"


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("http://Example.ORG:80/Path/?b=2&a=1&utm_medium=x&fbclid=y#top", "https://example.org/Path?a=1&b=2"),
        ("https://www.example.org/", "https://example.org"),
        ("https://example.org:8443/a", "https://example.org:8443/a"),
        ("https://example.org/%e4%b8%ad", "https://example.org/%E4%B8%AD"),
        ("https://example.org/中", "https://example.org/%E4%B8%AD"),
        ("https://example.org/a?q=%E4%B8%AD+x", "https://example.org/a?q=%E4%B8%AD+x"),
        ("https://例子.中国/a", "https://xn--fsqu00a.xn--fiqs8s/a"),
        ("https://arxiv.org/pdf/2501.12948v2.pdf", "https://arxiv.org/abs/2501.12948"),
        ("http://export.arxiv.org/abs/2501.12948", "https://arxiv.org/abs/2501.12948"),
        ("https://arxiv.org/abs/cs/0112017v1", "https://arxiv.org/abs/cs/0112017"),
        ("https://youtu.be/dQw4w9WgXcQ?t=3&si=x", "https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
        ("https://m.youtube.com/watch?feature=share&v=dQw4w9WgXcQ", "https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
        ("https://www.youtube.com/shorts/dQw4w9WgXcQ", "https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
        ("https://www.youtube.com/@channel", "https://youtube.com/@channel"),
        ("https://x.com/DotEY", "https://x.com/dotey"),
        ("https://x.com/search?q=a&src=typed", "https://x.com/search?q=a"),
        ("https://[2001:db8::1]:8080/a", "https://[2001:db8::1]:8080/a"),
        ("mailto:a@example.org", "mailto:a@example.org"),
        ("not a link", "not a link"),
        ("https://[broken/", "https://[broken/"),
        ("https://example.org:99999/", "https://example.org:99999/"),
        ("", ""),
    ],
)
def test_canonical_addresses(url: str, canonical: str) -> None:
    assert canonical_url(url) == canonical
    assert canonical_url(canonical) == canonical


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://x.com/a/status/1", "https://x.com/a/status/2"),
        ("https://example.org/a?id=1", "https://example.org/a?id=2"),
        ("https://example.org/A", "https://example.org/a"),
        ("https://example.org/a", "https://example.com/a"),
        ("https://youtu.be/aaaaaaaaaaa", "https://youtu.be/bbbbbbbbbbb"),
        ("https://example.org/?" + "&".join(f"a{n}=1" for n in range(200)), "https://example.org/"),
    ],
)
def test_different_pages_stay_different(one: str, other: str) -> None:
    assert canonical_url(one) != canonical_url(other)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://www.Example.org:8080/a", "example.org"),
        ("https://xn--fsqu00a.xn--fiqs8s/", "例子.中国"),
        ("https://xn--a/", "xn--a"),
        ("https://example.org./", "example.org"),
        ("ftp://example.org", None),
        ("https:///path", None),
        ("", None),
    ],
)
def test_host_of(url: str, host: str | None) -> None:
    assert host_of(url) == host


@pytest.mark.parametrize(
    ("url", "handle"),
    [
        ("https://x.com/@Dotey", "dotey"),
        ("https://x.com/home", None),
        ("https://x.com/", None),
        ("https://example.org/dotey/status/1", None),
        ("https://x.com.evil.org/dotey", None),
    ],
)
def test_handle_of(url: str, handle: str | None) -> None:
    assert handle_of(url) == handle


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org",
        "http://a.example.org:80/x?y=z#f",
        "https://例子.中国/路",
        "https://1.2.3.4/",
        "https://[::1]/",
    ],
)
def test_safe_addresses(url: str) -> None:
    assert is_safe_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", "data:text/html,x", "ftp://example.org", "//example.org", "/path", "https://", "https://nodots",
        "https://user@example.org", "https://user:pw@example.org", "https://example.org/a b", "https://example.org/\n",
        "https://example.org/\u202e", "https://exa\x00mple.org", "https://[::1", "https://example.org:x/", "tg://user?id=1",
        "https://example.org/" + "a" * 3000, "https://a..b/", " https://example.org", "https://example.org/<script>",
    ],
)  # fmt: skip
def test_unsafe_addresses(url: str) -> None:
    assert not is_safe_url(url)


_URLISH = st.one_of(
    st.text(max_size=60),
    st.builds(
        "".join,
        st.lists(
            st.sampled_from(
                ["http://", "https://", "x.com", "/a/status/", "12", "?", "&", "=", "#", "%", "%zz", "[", "]", ":",
                 "@", "中", "\ud800", "xn--", ".", "/", "//", "youtu.be/", "arxiv.org/abs/", "\u2100", "é", "+", " "]
            ),
            max_size=12,
        ),
    ),
)  # fmt: skip


@given(_URLISH)
@settings(max_examples=400)
def test_no_string_is_too_odd(url: str) -> None:
    canonical = canonical_url(url)
    assert canonical_url(canonical) == canonical
    assert isinstance(is_safe_url(url), bool)
    assert (handle_of(url), host_of(url), status_id_of(url)) is not None


def test_a_host_of_single_letters_is_a_host() -> None:
    assert is_safe_url("https://x.y/1")
