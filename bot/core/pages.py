"""What a link leads to: one post, a page that lives on, or nothing in particular. Apart from `links` because this is a
guess about meaning, which only stories need."""

import re
from enum import StrEnum
from urllib.parse import urlsplit

from bot.core.links import canonical_url, status_id_of


class Page(StrEnum):
    """What an address names."""

    POST = "post"  # one post, paper, video or article: it says the same for ever
    LIVING = "living"  # a repository, a product, a list: it tells other things on other days
    NONE = "none"  # a home page, a profile, an index: it names nothing


_ENTRANCES = frozenset(
    {"about", "ai", "api", "archive", "blog", "blogs", "chat", "cn", "de", "developers", "discover", "docs", "download",
     "en", "en-us", "events", "explore", "feed", "home", "index", "index.html", "index.php", "ja", "latest", "login",
     "main", "models", "news", "newsroom", "papers", "posts", "press", "pricing", "products", "research", "search",
     "zh", "zh-cn", "zh-hans"}
)  # fmt: skip
_SHELVES = frozenset(
    {"article", "articles", "blog", "blogs", "index", "news", "newsroom", "note", "notes", "p", "paper", "papers",
     "post", "posts", "press", "s", "stories", "story", "video", "videos", "watch"}
)  # fmt: skip
"""Where sites keep what they publish once: what stands below is one post."""

_CODE_HOSTS = frozenset({"github.com", "gitlab.com", "huggingface.co", "gitee.com", "modelscope.cn"})
_FINAL = re.compile(r"\d{4}|(?:[^-_]+[-_]){3}", re.ASCII)  # a number or date, or a headline as words
_MIN_DEPTH = 3
_PAPERS = ("https://arxiv.org/abs/", "https://www.youtube.com/watch", "https://doi.org/")


def page_of(url: str | None) -> Page:
    """What an address names; NONE for what is no web address."""
    canonical = canonical_url(url or "")
    if not canonical.startswith("https://"):
        return Page.NONE
    if status_id_of(canonical) or canonical.startswith(_PAPERS):
        return Page.POST
    parts = urlsplit(canonical)
    steps = [step for step in parts.path.split("/") if step]
    if parts.hostname == "x.com":
        return Page.NONE
    if all(step.lower() in _ENTRANCES for step in steps):
        return Page.LIVING if parts.query else Page.NONE
    if parts.hostname in _CODE_HOSTS and not (steps[0] == "blog" or "releases" in steps or "issues" in steps):
        return Page.LIVING if len(steps) > 1 else Page.NONE
    shelved = any(step.lower() in _SHELVES for step in steps[:-1])
    return Page.POST if shelved or len(steps) >= _MIN_DEPTH or _FINAL.search(steps[-1]) else Page.LIVING
