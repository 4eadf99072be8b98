"""A headline's Markdown taken apart: title, link, an author beside them, and words that already belong to the
body. Apart from items, because publishers have more ways to write one line than all the others together.
"""

import re
from dataclasses import dataclass, replace

from bot.core.digest.markup import Headline, MarkupReader
from bot.core.digest.naming import can_be_name, clearly_divided, cuts
from bot.core.digest.problems import Problems, short
from bot.core.links import is_safe_url

HEADLINE_READ = 4000  # characters of a headline's Markdown that are parsed
_LONG_SENTENCE = 160  # a first line without a link longer than this is a paragraph that begins with its headline

# what most headlines are: one link and nothing that Markdown would read differently
_SIMPLE = re.compile(
    r"\[(?P<label>[^\[\]\\`*_<>&~\n]+)\]"
    r"\((?P<url>https?://[^\s()<>\\\";&]+(?:&[A-Za-z0-9_.~-]+=[^\s()<>\\\";&]*)*)\)[ \t]*\\?"
)
_MENDABLE = re.compile(
    r"(?:\*\*)?\[(?P<label>.+)\]\s{0,3}[(（]\s*(?P<url>[^()（）]+(?:\([^()]*\)[^()（）]*)?)[)）]?(?:\*\*)?[ \t]*\\?$"
)
_WIDE_BRACKETS = re.compile(r"[\]］]（\s?(?P<url>https?://[^\s()（）<>]{1,2048})\s?[）)]")
_HTML_LINK = re.compile(
    r"<a\s(?:[^<>]{0,200}\s)?href=(?P<quote>[\"']?)(?P<url>https?://[^\s\"'<>]{1,2048})(?P=quote)(?:\s[^<>]{0,200})?>"
    r"(?P<label>[^<>\[\]\n]{1,300})</a>",
    re.IGNORECASE,
)
_BARE_URL = re.compile(r"<?(?P<url>https?://[^\s<>()\[\]（）【】，。；、“”\"]+)>?")
_BEFORE_LABEL = " \t\u3000(（[【|｜:：—–-"
_AROUND_LABEL = " \t\u3000()（）[]【】|｜:：—–-"
_URL_LABELS = (
    "原文", "链接", "鏈接", "連結", "来源", "來源", "出处", "地址", "详情", "詳情",
    "read more", "link", "source", "url", "via",
)  # fmt: skip
# what the text of a link says when it says nothing about the page
_GENERIC = re.compile(
    r"[\[【(（\s]*(?:原文|原文链接|原文鏈接|阅读原文|閱讀原文|阅读全文|查看原文|查看详情|来源|來源|出处|链接|鏈接|連結|"
    r"详情|詳情|详细|更多|了解更多|传送门|地址|点击查看|links?|sources?|src|original|here|url|via|read(?: more)?|more|"
    r"details?|full (?:story|article|text)|article|tweet|post|(?:来源|來源|source|via)\s?[-–—:：·|]\s?[\w. ]{1,20}|"
    r"🔗|↗️?|→|»|>>|\d{1,2})[\]】)）\s→»>]*",
    re.IGNORECASE,
)
# what stands before an address that is alone on its line
_INTRODUCES = re.compile(
    r"(?:(?:阅读|閱讀|查看|点击|點擊|原文|原帖|推文|推特|文章|新闻|新聞|论文|論文|项目|項目|官方|相关|相關|官网|官網|"
    r"博客|报道|報導|全文|来源|來源|出处|出處|链接|鏈接|連結|连结|地址|详情|詳情|网址|網址|信源|参考|參考){1,4}|🔗|👉|➡️?|→|"
    r"(?:original |full |paper |article |source |news |read )?(?:links?|urls?|sources?|article|story|post|tweet|paper)|"
    r"(?:via|by|来源|來源|source|出处|出處)[:：\s]\s*@[\w.]{1,30}|via|read more|more|"
    r"quelle|fuente|fonte|источник|ссылка|出典|リンク|원문|링크|출처|원문 링크)",
    re.IGNORECASE,
)
_LINK_AT_END = re.compile(r"\[(?P<label>[^\[\]\n]{1,40})\]\((?P<url>https?://[^\s()]+)\)[)）\]】。.\s]{0,6}$")
_MORE_NUMBERS = re.compile(r"[\d\s,，、\[\]]*")  # the rest of `[1](…)[2](…)`
_MARKER = re.compile(r"(?:[-*•>]\s+)*")
_AUTHOR_AFTER = re.compile(
    r"\s*(?:[-–—－]{1,2}|[|｜·•]|\bby\b|作者[:：]|来源[:：]|來源[:：]|source:)\s*(?P<name>\S.*?)"
    r"(?:\s*[·•|｜]\s*\d{1,3}\s?min(?:ute)?s?(?: read)?)?$",
    re.IGNORECASE,
)
_SOURCE_BEFORE = re.compile(
    r"(?P<title>.*[\w。！？!?.”\"》）)])[\s(（【\[]*(?:\bvia\b|\bby\b|作者|来源|來源|出处|出處|source|quelle)\s?[:：]?\s*$",
    re.IGNORECASE,
)
_NAMED_LINE = re.compile(
    r"[*_ \t>]*(?:作者|撰文|著者|저자|authors?|by|von|par|autor(?:in)?|auteur)"
    r"\s?[*_]*\s?[:：][*_ \t]*(?P<name>[^\n]{1,80}?)[*_ \t\\]*(?:\n|$)",
    re.IGNORECASE,
)
_ASIDE_AFTER = re.compile(
    r"\s*[（(](?:(?:via|by|von|par|quelle|source|fuente|fonte|来源|來源|作者|出典|출처)\s?[:：]?\s)?\s*(?P<name>[^()（）]{1,60}(?:[（(][^()（）]{1,40}[)）])?)[)）]$",
    re.IGNORECASE,
)
_LEAD = re.compile(r"^[\s:：\-–—－。.,，|]+")
_TAIL = " \t\u3000:：-–—－|(（[【"
_DASHES = " \t-–—－"
_SENTENCE_END = re.compile(r"[。！？!?]|\.(?=\s)|[：:](?!//)")


@dataclass(frozen=True, slots=True)
class Parts:
    """A headline taken apart; `rest` is Markdown that belongs to the body, `dropped` whether it had a link that is not
    http or https."""

    title: str
    url: str | None = None
    author: str | None = None
    rest: str = ""
    dropped: bool = False


def take_apart(text: str, reader: MarkupReader, line: int, problems: Problems) -> Parts:
    """Takes a headline apart; `line` is the file's, for problems."""
    if (match := _SIMPLE.fullmatch(text)) and is_safe_url(match["url"]):
        return Parts(match["label"], match["url"])
    if len(text) > HEADLINE_READ:
        return _long_line(text, reader, line, problems)
    text = text.rstrip().removesuffix("\\").rstrip()
    if (plain := with_plain_links(text)) != text:
        if "](<" not in plain:
            problems.add("headline-link-mended", line, "the link's brackets are full-width; write `[title](https://…)`")
        text = plain
    headline = reader.headline(text)
    if headline.url is None and headline.dropped is None and (mended := _mended(text)) is not None:
        problems.add(
            "headline-link-mended", line, "the headline's link is not valid Markdown; check its brackets and blanks"
        )
        return mended
    if headline.dropped is not None:
        problems.add("link-dropped", line, f"“{short(headline.dropped)}” is not an http or https link")
    if headline.url is None:
        return replace(_without_link(text, headline), dropped=headline.dropped is not None)
    return _with_link(text, headline, headline.url)


def _long_line(text: str, reader: MarkupReader, line: int, problems: Problems) -> Parts:
    """A line too long to be a headline: a headline and its paragraph."""
    end = text.find(")", 0, HEADLINE_READ) + 1
    if text.startswith("[") and end:
        parts = take_apart(text[:end], reader, line, problems)
        return replace(parts, rest=_LEAD.sub("", text[end:]))
    title, rest = first_sentence(text)
    return Parts(title, rest=rest)


def with_plain_links(text: str) -> str:
    """Markdown whose links are Markdown's own: not with full-width brackets (`[title]（https://…）`), not in HTML."""
    if "]（" in text or "］（" in text:
        text = _WIDE_BRACKETS.sub(r"](\g<url>)", text)
    if ("<a " in text or "<A " in text) and "`" not in text:
        text = _HTML_LINK.sub(r"[\g<label>](<\g<url>>)", text)
    return text


def _mended(text: str) -> Parts | None:
    """A link with blanks in its address, full-width brackets or no closing one, when it is clear what was meant."""
    match = _MENDABLE.match(text)
    if match is None:
        return None
    url = match["url"].strip().split(' "')[0].replace(" ", "%20")
    return Parts(match["label"], url) if is_safe_url(url) else None


def _without_link(text: str, headline: Headline) -> Parts:
    if headline.strong and (rest := _after_strong(text)) is not None:
        url = _BARE_URL.search(text)
        safe = url["url"] if url and is_safe_url(url["url"]) else None
        return Parts(
            _bold_title(headline.strong), safe, rest=rest.replace(url[0], "").strip() if url and safe else rest
        )
    if (match := _BARE_URL.search(headline.before)) and is_safe_url(match["url"]):
        before, after = headline.before[: match.start()], headline.before[match.end() :]
        title = _without_label(before) or _LEAD.sub("", after).strip()
        return Parts(title, match["url"], rest=after.strip(" )）]】") if title in before else "")
    if len(headline.before) > _LONG_SENTENCE:
        title, rest = first_sentence(text)
        return Parts(_plain_of(title), rest=rest)
    return Parts(headline.before)


def _without_label(text: str) -> str:
    """Text before an address without what introduces it (`…（链接：`); empty when it is nothing else."""
    text = text.rstrip(_BEFORE_LABEL)
    for label in _URL_LABELS:
        if text.lower().endswith(label):
            text = text[: -len(label)].rstrip(_BEFORE_LABEL)
            break
    return text.strip()


def _plain_of(markdown: str) -> str:
    return re.sub(r"\*\*|__|`", "", markdown)


def _bold_title(strong: str) -> str:
    return strong.rstrip(_TAIL).strip() or strong


def first_sentence(text: str) -> tuple[str, str]:
    """The first sentence of a text, and the rest."""
    end = _SENTENCE_END.search(text, 2, _LONG_SENTENCE)
    if end is None:
        return text[:_LONG_SENTENCE], text
    return text[: end.start()] if end[0] in ".。：:" else text[: end.end()], text[end.end() :].strip()


def _after_strong(text: str) -> str | None:
    """The Markdown after a bold beginning; None when nothing follows it."""
    mark = text[:2]
    end = text.find(mark, 2) if mark in ("**", "__") else -1
    rest = _LEAD.sub("", text[end + 2 :]) if end > 0 else ""
    return rest or None


def _with_link(text: str, headline: Headline, url: str) -> Parts:
    before, label, after = headline.before.strip(), headline.label.strip(), headline.after.strip()
    if not label:
        return Parts(before or after, url)
    if (rest := _body_after_bold(text, headline)) is not None:
        return Parts(_bold_title(headline.strong), url, rest=rest)
    if _GENERIC.fullmatch(label) or label.startswith(("http://", "https://", "www.")):
        return _around_generic(headline, url)
    if before.startswith(("[", "［")) and "]" not in before:
        # the parser took the inner bracket of `[title [v2 - author](…)` for the link's
        return Parts(f"{headline.before.lstrip()[1:]}[{label}", url)
    if (source := _SOURCE_BEFORE.match(before)) and can_be_name(label):
        return Parts(source["title"], url, label, headline.after.strip(" )）】]。."))
    bare = before.rstrip(_DASHES)
    if before != bare and bare and can_be_name(label):
        return Parts(bare, url, label, after)
    return _after_link(text, headline, url)


def _body_after_bold(text: str, headline: Headline) -> str | None:
    """The Markdown behind a bold headline when it is more than an author and a link (`**Title**: text, [link](…)`)."""
    if not headline.strong:
        return None
    between = headline.before.strip().removeprefix(headline.strong.strip()).strip()
    if can_be_name(_LEAD.sub("", between)) and between[:1] in "-–—－" and len(headline.after.strip()) < 6:
        return None
    beside = len(_LEAD.sub("", between)) + len(_LEAD.sub("", headline.after.strip()))
    return _after_strong(text) if beside >= 6 or (between and beside >= 4) else None


def _around_generic(headline: Headline, url: str) -> Parts:
    """`Title - author [source](url)`: the link's own text says nothing."""
    before = headline.before.rstrip(_TAIL).strip()
    after = headline.after.strip().lstrip(")）]】").strip()
    after = "" if _MORE_NUMBERS.fullmatch(after) else after
    if not before:
        return Parts(_LEAD.sub("", after), url)
    return Parts(before, url, rest=after)


def _after_link(text: str, headline: Headline, url: str) -> Parts:
    """What follows a link that is the headline: its author, or the body's first words."""
    title = headline.before + headline.label
    after = headline.after.strip()
    if not after:
        return Parts(title, url)
    named = clearly_divided(cuts(" ".join(title[:600].split())))[0] is not None
    for pattern in (_AUTHOR_AFTER, _ASIDE_AFTER):
        if not named and (match := pattern.match(after)) and can_be_name(match["name"]):
            return Parts(title, url, match["name"].strip())
    if headline.before.strip() and len(headline.before) + len(headline.label) + len(after) <= _LONG_SENTENCE:
        return Parts(headline.before + headline.label + headline.after, url)
    rest = _raw_after(text, url) or after
    return Parts(title, url, rest=_LEAD.sub("", rest))


def _raw_after(text: str, url: str) -> str:
    """The Markdown that follows the headline's link; empty when it cannot be told."""
    at = text.find(url)
    end = text.find(")", at + len(url)) if at >= 0 else -1
    return text[end + 1 :].strip().removeprefix("**").removeprefix("__") if end >= 0 else ""


def _introduces(text: str) -> bool:
    """Whether words before an address do nothing but announce it (`原文链接：`, `**Source:**`)."""
    text = text.strip(_AROUND_LABEL + "*_>•")
    return len(text) <= 40 and (not text or _INTRODUCES.fullmatch(text) is not None)


def named_below(raw: str) -> tuple[str | None, str]:
    """The author whom the first line of a body names (`作者：张三`, `*By: Jane Doe*`), and the rest of it."""
    match = _NAMED_LINE.match(raw)
    if match is None or not can_be_name(match["name"]):
        return None, raw
    return match["name"].strip(), raw[match.end() :].strip("\n")


def lone_link(raw: str, reader: MarkupReader) -> tuple[str | None, str]:
    """The address that stands alone on a line of the body (`https://…`, `[source](…)`, `链接：https://…`), and the
    body without that line; for items whose headline has no link."""
    if "http" not in raw:
        return None, raw
    lines = raw.split("\n")
    for index, line in enumerate(lines[:40]):
        if "http" not in line or len(line) > HEADLINE_READ:
            continue
        url = _alone_on(line, reader)
        if url and is_safe_url(url):
            return url, "\n".join(lines[:index] + lines[index + 1 :]).strip("\n")
    return _link_at_end(raw)


def _alone_on(line: str, reader: MarkupReader) -> str | None:
    match = _BARE_URL.search(line)
    if match and _introduces(line[: match.start()]) and not line[match.end() :].strip(" )）]】*_"):
        return match["url"]
    bracket = line.find("[")
    if bracket < 0 or not _introduces(line[:bracket]):
        return None
    headline = reader.headline(_MARKER.sub("", line.strip(), count=1))
    announced = headline.before.strip() or _GENERIC.fullmatch(headline.label.strip())
    return headline.url if announced and not headline.after.strip(" )）]】。.") else None


def _link_at_end(raw: str) -> tuple[str | None, str]:
    """A link at the end of a body whose own text says nothing (`…。[来源](https://…)`), and the body without it."""
    body = raw.rstrip()
    match = _LINK_AT_END.search(body, max(0, len(body) - HEADLINE_READ))
    if match is None or not _GENERIC.fullmatch(match["label"].strip()) or not is_safe_url(match["url"]):
        return None, raw
    return match["url"], body[: match.start()].rstrip(" \t(（[【·|—–-")
