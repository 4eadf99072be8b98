"""From bytes to clean text: UTF-8 only, one kind of line end, nothing invisible. Apart, because what is refused here
is refused before any syntax is looked at.
"""

import re
import unicodedata

from bot.core.digest.problems import MAX_FILE_BYTES, MAX_LINES, Problems, RefusedError

_LINE_ENDS = re.compile("\r\n?|[\u2028\u2029\x85]|\x0b|\x0c")
# C0 and C1 controls, soft hyphen, zero-width space, direction marks, embeddings, overrides and isolates, word joiner
# and other invisible operators, byte order mark, interlinear notes, lone surrogates, noncharacters, Unicode tag
# characters. Zero-width joiner and non-joiner, variation selectors: judged by their neighbours below.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e001f]"
)
_JOINER = re.compile("[\u200c\u200d]")
_LETTER_SCRIPTS_WITH_JOINERS = re.compile("[\u0600-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17ff\ufb50-\ufdff]")
_TAGS = re.compile("(?<!\U0001f3f4)(?<![\U000e0020-\U000e007f])[\U000e0020-\U000e007f]+")
_LONG_RUN = re.compile(r"[^\w\s\x00-\x7f]{64,}")
_MARKS_IN_A_ROW = 30  # Unicode's stream-safe limit; more can make normalisation quadratic
_MAGIC = (
    (b"%PDF", "a PDF file"),
    (b"PK\x03\x04", "a ZIP or Office file"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\x1f\x8b", "a gzip file"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"SQLite format 3", "a database"),
    (b"\xd0\xcf\x11\xe0", "an old Office file"),
    (b"ID3", "a sound file"),
    (b"RIFF", "a sound or picture file"),
    (b"7z\xbc\xaf", "a 7-Zip file"),
    (b"BZh9", "a bzip2 file"),
    (b"\xfd7zXZ", "an xz file"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file"),
)
_WIDE_CODECS = (("UTF-32", "utf-32-le"), ("UTF-32", "utf-32-be"), ("UTF-16", "utf-16-le"), ("UTF-16", "utf-16-be"))
# what text is made of: ASCII, Latin, Greek, Cyrillic, punctuation, CJK and kana, Hangul, full-width forms, emoji
_TEXT = re.compile(
    "[\t\n\r\x20-\x7e\u00a0-\u024f\u0370-\u052f\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u2190-\u23ff\u2460-\u27bf\u3000-\u30ff"
    "\u4e00-\u9fff\uac00-\ud7a3\ufe0f\uff01-\uffe6\U0001f300-\U0001faff]"
)
_MIN_TEXT = (
    0.95  # the share of such characters: half of all 16-bit numbers are ideographs or Hangul, whatever they mean
)
_BINARY = "this looks like a binary file, not text"
_COMMON_HANS = frozenset(
    "的一是不了在人有我他这为之大来以个中上们到说国和地也子时道出而要于就下得可你年生自会那后能对着事其里所去行过家十用发天如然作方成者多日都三小军二无同么经法当起与好看学进种将还分此心前面又定见只主没公从新模型图像数据智能更时间月等第"
)
_COMMON_HANT = frozenset(
    "的一是不了在人有我他這為之大來以個中上們到說國和地也子時道出而要於就下得可你年生自會那後能對著事其裡所去行過家十用發天如然作方成者多日都三小軍二無同麼經法當起與好看學進種將還分此心前面又定見只主沒公從新模型圖像數據智能更時間月等第"
)


def decode(data: bytes, problems: Problems) -> str:
    """The file's text with LF line ends and without a byte order mark. Raises RefusedError when it is too large, not
    UTF-8 or empty."""
    if len(data) > MAX_FILE_BYTES:
        _refuse(problems, "file-too-large", 1, f"the file has {len(data):,} bytes; at most {MAX_FILE_BYTES:,} are read")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # the decoder of utf-8-sig counts from after the byte order mark
        line = data.count(b"\n", 0, error.start) + 1
        _refuse(problems, "not-utf-8", line, f"{guess_encoding(data)}; save it as UTF-8")
    if guess := _disguised(data):
        _refuse(problems, "not-utf-8", 1, f"{guess}; save it as UTF-8")
    if "\r" in text or not text.isascii() or "\x0b" in text or "\x0c" in text:
        text = _LINE_ENDS.sub("\n", text)
    if not text.strip():
        _refuse(problems, "file-empty", 1, "the file is empty")
    if text.count("\n") > MAX_LINES:
        _refuse(problems, "too-many-lines", MAX_LINES, f"the file has more than {MAX_LINES:,} lines")
    return _without_invisible(text, problems)


def _refuse(problems: Problems, code: str, line: int, message: str) -> None:
    problems.add(code, line, message)
    raise RefusedError


def clean(text: str) -> str:
    """Text without control and invisible characters; emoji sequences, and joiners between letters of the scripts that
    need them, stay whole."""
    text = _INVISIBLE.sub("", text)
    if "\u200d" in text or "\u200c" in text:
        text = _JOINER.sub(lambda match: match[0] if _joins(text, match.start()) else "", text)
    return _TAGS.sub("", text)


def normalise(text: str) -> str:
    """NFC, safe on any input: runs of combining marks are cut to what Unicode calls stream-safe."""
    if text.isascii():
        return text
    if _LONG_RUN.search(text):
        text = _LONG_RUN.sub(_fewer_marks, text)
    return unicodedata.normalize("NFC", text)


def _fewer_marks(match: re.Match[str]) -> str:
    kept: list[str] = []
    marks = 0
    for character in match[0]:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= _MARKS_IN_A_ROW:
            kept.append(character)
    return "".join(kept)


def _joins(text: str, at: int) -> bool:
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if not before or not after:
        return False
    if _LETTER_SCRIPTS_WITH_JOINERS.match(before):
        return True
    # an emoji, perhaps followed by a variation selector or a skin tone, then another one
    return text[at] == "\u200d" and _is_symbol(before) and _is_symbol(after)


def _is_symbol(character: str) -> bool:
    return unicodedata.category(character) in ("So", "Sk", "Mn", "Sm") or character >= "\U0001f000"


def _without_invisible(text: str, problems: Problems) -> str:
    if text.isascii() and text.isprintable():
        return text
    cleaned = clean(text)
    if len(cleaned) != len(text):
        match = _INVISIBLE.search(text) or _JOINER.search(text) or _TAGS.search(text)
        at = match.start() if match else 0
        problems.add(
            "invisible-characters",
            text.count("\n", 0, at) + 1,
            f"{len(text) - len(cleaned)} invisible characters were removed, the first is U+{ord(text[at]):04X}",
        )
    return cleaned


def _disguised(data: bytes) -> str | None:
    """UTF-16 or UTF-32 of ASCII without a mark, and binaries, can pass for UTF-8: they are full of zero bytes."""
    head = data[:4096]
    zeros = head.count(0)
    if zeros * 4 < len(head) or not zeros:
        return None
    return guess_encoding(data)


def guess_encoding(data: bytes) -> str:
    """What bytes that are not UTF-8 look like, as a clause for a message."""
    for magic, name in _MAGIC:
        if data.startswith(magic):
            return f"this looks like {name}, not text"
    head = data[:65536]
    if (wide := _guess_wide(head)) is not None:
        return f"this looks like {wide}"
    controls = sum(head.count(byte) for byte in range(32) if byte not in (9, 10, 12, 13, 27))
    if controls * 50 > len(head) or 0 in head:
        return _BINARY
    if (broken := _broken_utf_8(head)) is not None:
        return broken
    if (guess := _guess_east_asian(head)) is not None:
        return f"this looks like {guess}"
    return "this is not UTF-8 (perhaps Latin-1 or Windows-1252)"


def _guess_wide(head: bytes) -> str | None:
    """UTF-16 or UTF-32, when the bytes make text that way; a byte order mark alone proves nothing."""
    marked = head.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff"))
    if not marked and 0 not in head:
        return None
    for name, codec in _WIDE_CODECS:
        text = head[: len(head) // 4 * 4].decode(codec, errors="replace").removeprefix("\ufeff")
        if len(text) >= 2 and len(_TEXT.findall(text)) >= _MIN_TEXT * len(text) and (marked or _has_ascii(text)):
            return name
    return None


def _has_ascii(text: str) -> bool:
    """Whether some of it is ASCII, as dates, links and line ends are in every digest."""
    return sum(character < "\x7f" for character in text) * 50 >= len(text)


def _broken_utf_8(head: bytes) -> str | None:
    """UTF-8 with few wounds, as a cut or badly joined file has them."""
    text = head.decode(errors="replace")
    wounds = text.count("\ufffd")
    wide = sum(character > "\x7f" for character in text) - wounds
    return f"this is UTF-8 with {wounds} broken characters, here the first" if wide >= 4 * wounds else None


def _guess_east_asian(head: bytes) -> str | None:
    """The legacy encoding under which the bytes make the most everyday text; None when none does."""
    if b"\x1b$" in head and not any(byte > 127 for byte in head):
        return "ISO-2022-JP"
    scores = {name: _everyday(head, codec) for name, codec in _LEGACY}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] >= 0.12 else None


_LEGACY = (("GBK", "gb18030"), ("Big5", "big5hkscs"), ("Shift_JIS", "cp932"), ("EUC-JP", "euc_jp"), ("EUC-KR", "cp949"))


def _everyday(head: bytes, codec: str) -> float:
    """The share of everyday characters among the non-ASCII ones when read with `codec`; below 0 if it cannot be."""
    text = head.decode(codec, errors="replace")
    wide = [character for character in text if character > "\x7f"]
    broken = text.count("\ufffd")
    if not wide or broken * 20 > len(wide):
        return -1.0
    if codec == "gb18030":
        everyday = sum(c in _COMMON_HANS for c in wide)
    elif codec == "big5hkscs":
        everyday = sum(c in _COMMON_HANT for c in wide)
    elif codec == "cp949":
        everyday = sum("\uac00" <= c <= "\ud7a3" for c in wide) // 2
    else:
        everyday = sum("\u3041" <= c <= "\u30fe" for c in wide)
    return everyday / len(wide) - broken / len(wide)
