"""What an address names."""

import pytest

from bot.core.pages import Page, page_of


@pytest.mark.parametrize(
    ("url", "page"),
    [
        ("https://x.com/maraquill/status/1", Page.POST),
        ("https://x.com/i/status/1", Page.POST),
        ("https://x.com/maraquill", Page.NONE),
        ("https://x.com/search?q=a", Page.NONE),
        ("https://arxiv.org/abs/2501.00001", Page.POST),
        ("https://youtu.be/abcdefgh123", Page.POST),
        ("https://example.org", Page.NONE),
        ("https://example.org/docs", Page.NONE),
        ("https://example.org/zh/news/", Page.NONE),
        ("https://example.org/news?id=5", Page.LIVING),
        ("https://example.org/lark", Page.LIVING),
        ("https://example.org/news/a-model-that-runs-at-home", Page.POST),
        ("https://example.org/2026/01/05/lark", Page.POST),
        ("https://github.com/qinglan", Page.NONE),
        ("https://github.com/qinglan/lark", Page.LIVING),
        ("https://github.com/qinglan/lark/releases/tag/v2", Page.POST),
        ("https://huggingface.co/blog/lark", Page.POST),
        ("https://huggingface.co/qinglan/lark", Page.LIVING),
        ("https://example.org/index/lark-3", Page.POST),
        ("mailto:a@example.org", Page.NONE),
        ("", Page.NONE),
        (None, Page.NONE),
    ],
)
def test_an_address_names_a_post_a_page_or_nothing(url: str | None, page: Page) -> None:
    assert page_of(url) is page
