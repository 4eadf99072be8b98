"""Tables whose rows are items, as daily lists of papers have them. Apart from the outline, because a row says in its
columns what a headline says in one line.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_ROW = re.compile(r" {0,3}\|?(?P<cells>[^\n]*\|[^\n]*)$")
_DELIMITER = re.compile(r" {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_FENCE = re.compile(r" {0,3}(?:```|~~~)")
_CELL_END = re.compile(r"(?<!\\)\|")
_LINK = re.compile(r"\[(?P<label>[^\[\]]*)\]\((?P<url>https?://[^\s()]+(?:\([^\s()]*\)[^\s()]*)*)[^()]*\)")
_ADDRESS = re.compile(r"<?(?P<url>https?://[^\s<>|]+)>?")
_EMPHASIS = re.compile(r"\*\*|__")
_NOTHING = frozenset({"", "-", "--", "—", "–", "null", "none", "n/a", "na", "nan", "无", "無", "暂无", "/"})
_TITLES = re.compile(
    r"title|paper|headline|story|article|news|标题|標題|题目|題目|论文|論文|文章|新闻|新聞|项目|項目|名称|名稱|repo(?:sitory)?|project|"
    r"タイトル|제목|titre|título|titel|заголовок|название",
    re.IGNORECASE,
)
_AUTHORS = re.compile(r"authors?\b|作者|著者|저자|auteure?s?\b|autor(?:es|en)?\b|авторы?", re.IGNORECASE)
_DATES = re.compile(r"\b(?:date|time|updated|rank|no)\b|#|日期|时间|時間|日付|날짜|дата|序号|編號|编号", re.IGNORECASE)
_MAX_CELLS = 30


@dataclass(frozen=True, slots=True)
class Row:
    """A row that is an item: Markdown of its headline and body, and its author if a column names one."""

    line: int
    headline: str
    author: str | None
    body: str


def table_rows(lines: Sequence[str]) -> list[Row]:
    """The rows of all tables outside fenced code that hold a title and a link."""
    rows: list[Row] = []
    index, fenced = 1, bool(lines) and _FENCE.match(lines[0]) is not None
    while index < len(lines):
        if _FENCE.match(lines[index]):
            fenced = not fenced
            index += 1
        elif not fenced and "-" in lines[index] and "|" in lines[index - 1] and _DELIMITER.match(lines[index][:1000]):
            header = _cells(lines[index - 1])
            first = index = index + 1
            while index < len(lines) and "|" in lines[index] and _ROW.match(lines[index]):
                index += 1
            rows += _rows_of(header, lines, first, index)
        else:
            index += 1
    return rows


def _cells(line: str) -> list[str]:
    text = line.strip().removeprefix("|")
    if text.endswith("|") and not text.endswith("\\|"):
        text = text[:-1]
    return [cell.strip() for cell in _CELL_END.split(text, _MAX_CELLS)]


def _rows_of(header: Sequence[str], lines: Sequence[str], first: int, end: int) -> list[Row]:
    names = [_EMPHASIS.sub("", name) for name in header]
    title = next((column for column, name in enumerate(names) if _TITLES.search(name)), None)
    author = next((column for column, name in enumerate(names) if _AUTHORS.search(name) and column != title), None)
    found = [_row(_cells(lines[line]), line, names, title=title, author=author) for line in range(first, end)]
    return [row for row in found if row is not None]


def _row(cells: list[str], line: int, names: Sequence[str], *, title: int | None, author: int | None) -> Row | None:
    if title is None or title >= len(cells):
        title = next((column for column, cell in enumerate(cells) if _LINK.search(cell)), None)
    if title is None or cells[title].lower() in _NOTHING:
        return None
    link = _LINK.search(cells[title]) or next(filter(None, map(_LINK.search, cells)), None)
    link = link or next(filter(None, map(_ADDRESS.fullmatch, cells)), None)
    plain = _EMPHASIS.sub("", _LINK.sub(lambda match: match["label"], cells[title])).strip()
    if not plain or link is None:
        return None
    writer = cells[author] if author is not None and author < len(cells) else ""
    writer = _EMPHASIS.sub("", _LINK.sub(lambda match: match["label"], writer)).strip()
    rest = [
        f"{names[column]}: {cell}" if column < len(names) and _LINK.fullmatch(cell) else cell
        for column, cell in enumerate(cells)
        if column not in (title, author)
        and _EMPHASIS.sub("", cell).lower() not in _NOTHING
        and not (column < len(names) and _DATES.search(names[column]))
        and not (link[0] in cell and (_LINK.fullmatch(_EMPHASIS.sub("", cell)) or _ADDRESS.fullmatch(cell)))
    ]
    return Row(line, f"[{plain}](<{link['url']}>)", None if writer.lower() in _NOTHING else writer, "\n\n".join(rest))
