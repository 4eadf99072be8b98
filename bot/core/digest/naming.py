"""A headline divided into title and author (contract, section 3). Apart from Markdown, because this is judgement about
names: hyphens join words, versions, ranges and double names far more often than they part a title from its author.
"""

import re
import unicodedata
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.core.digest.cjk import is_cjk
from bot.core.digest.words import LINK_WORDS, NOT_NAMES, PHRASE_CJK, PHRASE_WORDS, PRODUCT_WORDS

MAX_AUTHOR_CHARACTERS = 64
_CUTS_LOOKED_AT = 8
_CUT = re.compile(r"(?P<before>\s*)(?P<sign>[-–—－―]{1,3}|−|‐)(?P<after>\s*)")
_OPENING, _CLOSING = "([{（【《〈「『“‘［", ")]}）】》〉」』”’］"
_MARKS = re.compile(f"[{re.escape(_OPENING + _CLOSING)}]")

_OTHERS = re.compile(r"(?:[\s,，]*(?:等人?|et\.?\s?al\.?|and others|& others|以及其他|及其他))+$", re.IGNORECASE)
_TITLES = re.compile(
    r"(?:,\s*(?:MD|M\.D\.|PhD|Ph\.D\.|MBA|CFA|JD|Esq\.?|DO|RN|MPH|MSc|BSc|CPA|Jr\.?|Sr\.?|II|III|IV|OBE|CBE|FRS))+$",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"\s*(?:\([^()]{1,60}\)|（[^（）]{1,60}）|\[[^\[\]]{1,60}\]|【[^【】]{1,60}】)\s*$")
_SENTENCE = re.compile(r"[。！？；：，…《》〈〉“”「」『』?;:<>{}=\\^~]|\.{3}|https?:|, .*, .*, ")
_LETTER = re.compile(r"[^\W\d_]")
_NUMBER_FIRST = re.compile(
    r"[+~≈<>$¥€£#]?\s*\d[\d.,:/]*\s*(?:$|%|[年月日号號亿億万萬千百倍个個款家种種项項条條位名人次周天岁歲度期章节節集季层層篇部]|"
    r"(?:x|X|B|K|M|GB|TB|GW|MW|W|bn|th|st|nd|rd|years?|days?|hours?|min(?:ute)?s?|percent|ways?|things?|steps?|parts?|tips?|times?)\b)"
    r"|[vV]?\d+(?:\.\d+)*\s*$|\d+\s"
)
_VERSION_LAST = re.compile(r"\S\s+[vV]?\d+(?:\.\d+)*[A-Za-z]?$")
_ORDINAL = re.compile(
    r"(?:part|vol(?:ume)?|ep(?:isode)?|chapter|issue|season|day|week|no|version|phase|step|section|edition|q[1-4])\b\.?\s*[#\divxIVX]*\s*$"
    r"|第\s*[\d一二三四五六七八九十百零]+\s*[期章节節集季篇部回届屆天周讲講弹彈波]|[上中下]篇?$|[上下]集$|[一二三四五六七八九十]+$",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]{0,6}\.?\s+\d{1,4}(?:st|nd|rd|th)?(?:,?\s+\d{4})?$",
    re.IGNORECASE,
)
_VERSION_WORD = re.compile(r"[vV]?\d+\.\d+[\w.-]*$|[A-Za-z]+-\d+(?:\.\d+)*$")
_CONNECTED_NAME = re.compile(
    r"(?:[A-ZÀ-Þ][\w.'’]*\s+){0,2}[A-ZÀ-Þ][a-zà-þ'’]{1,8}-[A-ZÀ-Þ]?[a-zà-þ'’]{1,9}(?:\s+[A-ZÀ-Þ][\w.'’-]*){0,3}$"
)
_PART_OF_NAME = re.compile(
    r"(?:[A-ZÀ-ÞŁŚŠČ][\w.'’]*|[A-Z]\.|(?:de|la|van|von|der|den|di|da|del|bin|ibn|al|le|du|el|ter|ten|dos|das))",
    re.UNICODE,
)


@dataclass(frozen=True, slots=True)
class Cut:
    """One place where a headline may be divided. `spaced`: 2 blanks on both sides, 1 on one, 0 none."""

    left: str
    right: str
    spaced: int
    sign: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What helps with one headline: its account's handle (or site), names this account has used (as `base_name` gives
    them), and whether the other headlines of the digest mostly have an author behind a spaced or behind an unspaced
    separator."""

    handle: str | None = None
    known: frozenset[str] = frozenset()
    style_spaced: bool = False
    style_unspaced: bool = False


NO_EVIDENCE = Evidence()


def base_name(author: str) -> str:
    """An author's name for comparing: without `等`, `et al.`, width, case and doubled blanks."""
    name = _OTHERS.sub("", author.strip()) or author
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def cuts(headline: str) -> list[Cut]:
    """The separators outside brackets and quotation marks, from left to right; the last eight if there are more."""
    found: list[Cut] = []
    places = deque(_CUT.finditer(headline), maxlen=_CUTS_LOOKED_AT)
    inside = _bracketed(headline) if places else []
    for match in places:
        left, right = headline[: match.start()].rstrip(), headline[match.end() :].strip()
        if not left or not right or any(start < match.start("sign") < end for start, end in inside):
            continue
        if match["sign"] in ("−", "‐") and not (match["before"] and match["after"]):
            continue  # a minus sign, a hyphen that is a hyphen
        found.append(Cut(left, right, bool(match["before"]) + bool(match["after"]), match["sign"]))
    return found


def _bracketed(text: str) -> list[tuple[int, int]]:
    """The outermost stretches in brackets; what never closes is no bracket."""
    stretches: list[tuple[int, int]] = []
    stack: list[tuple[str, int]] = []
    for match in _MARKS.finditer(text):
        if match[0] in _OPENING:
            stack.append((match[0], match.start()))
        else:
            partner = _OPENING[_CLOSING.index(match[0])]
            while stack and stack[-1][0] != partner:
                stack.pop()
            if stack:
                stretches.append((stack.pop()[1], match.start()))
    return stretches


def can_be_name(text: str) -> bool:
    """Whether a phrase can name a person, a group or an account; judged by what names do not contain."""
    text = text.strip()
    if not text or len(text) > MAX_AUTHOR_CHARACTERS:
        return False
    bare = _TITLES.sub("", _OTHERS.sub("", text)).strip()
    while (shorter := _ASIDE.sub("", bare)) and shorter != bare:
        bare = shorter.strip()
    bare = _TITLES.sub("", bare)
    if not bare or not _LETTER.search(bare) or _SENTENCE.search(bare) or "!" in bare[:-1]:
        return False
    if _NUMBER_FIRST.match(bare) or _ORDINAL.match(bare) or _DATE.match(bare) or bare.lower() in NOT_NAMES:
        return False
    if bare[0] in ",.、)]）】%/*" or bare[-1] in ",，、-–—(（[【":
        return False
    return _chinese_name(bare, 16) if any(map(_is_ideograph, bare)) else _latin_name(bare)


def _is_ideograph(character: str) -> bool:
    return is_cjk(character) and character.isalnum()


def _chinese_name(text: str, longest: int) -> bool:
    wide = sum(map(_is_ideograph, text))
    return wide <= longest and not PHRASE_CJK.search(text) and len(text.split()) <= 6


def _latin_name(text: str) -> bool:
    words = text.replace(",", " ").replace("/", " ").replace("|", " ").split()
    if len(words) == 1:
        return True
    plain = [word.strip(".()'\"").lower() for word in words]
    if any(word in PHRASE_WORDS for word in plain) or len(words) > 8 or words[0] in ("a", "an"):
        return False
    if any(map(_VERSION_WORD.match, words)):
        return False
    lower = [word for word in words if word[0].islower() and word.lower() not in LINK_WORDS]
    if plain[0] in LINK_WORDS - {"the", "el", "la", "le", "de", "van", "von", "al"} or plain[-1] in LINK_WORDS:
        return False
    # `jack morris`, `tobi lutke`: all lower-case, but short
    return len(lower) <= 1 if len(words) > 3 else len(lower) <= 3


def divide(
    headline: str, evidence: Evidence = NO_EVIDENCE, places: Sequence[Cut] | None = None
) -> tuple[str, str | None]:
    """The title and the author (None when there is none), both as written. `places` are the headline's cuts, for those
    who have them.

    The last separator divides when what follows can be a name; a spaced one beats an unspaced one; names known for
    the account beat both.
    """
    headline = headline.strip()
    if places is None:
        places = cuts(headline)
    if places:
        cut = _known_cut(places, evidence) or _spaced_cut(places) or _tight_cut(places, evidence)
        if cut is not None:
            return cut.left, cut.right
    return _without_loose_end(headline), None


def clearly_divided(places: Sequence[Cut]) -> tuple[str | None, bool]:
    """The author when there is no doubt about it, and whether its separator is spaced: what the cuts of one headline
    can teach the reader about others."""
    spaced = [cut for cut in places if cut.spaced == 2]
    if spaced and can_be_name(spaced[-1].right):
        return spaced[-1].right, True
    if (
        len(places) == 1
        and places[0].spaced == 0
        and not _latin(places[0].left[-1])
        and _tight_cut(places, NO_EVIDENCE)
    ):
        return places[0].right, False
    return None, False


def _known_cut(places: Sequence[Cut], evidence: Evidence) -> Cut | None:
    if not evidence.known:
        return None
    return next((cut for cut in places if base_name(cut.right) in evidence.known), None)


def _spaced_cut(places: Sequence[Cut]) -> Cut | None:
    for wanted in (2, 1):
        last = next((cut for cut in reversed(places) if cut.spaced >= wanted), None)
        if last is not None and can_be_name(last.right) and (wanted == 2 or not last.right[0].isdecimal()):
            return last
    return None


def _tight_cut(places: Sequence[Cut], evidence: Evidence) -> Cut | None:
    """The last unspaced separator that divides; a double name (`Jean-Baptiste`, `Fei-Fei Li`) behind an earlier one
    stays whole."""
    tight = [cut for cut in places if cut.spaced == 0]
    for cut, before in _pairs_from_the_right(tight):
        if before is not None and _is_double_name(before, evidence):
            return before
        if _divides(cut, evidence):
            return cut
    return None


def _pairs_from_the_right(tight: list[Cut]) -> Iterator[tuple[Cut, Cut | None]]:
    for index in range(len(tight) - 1, max(len(tight) - 6, -1), -1):
        yield tight[index], tight[index - 1] if index else None


def _is_double_name(cut: Cut, evidence: Evidence) -> bool:
    name = _TITLES.sub("", _OTHERS.sub("", cut.right))
    if not _CONNECTED_NAME.match(name) or _has_product_word(name.replace("-", " ")):
        return False
    return not _latin(cut.left[-1]) or evidence.style_unspaced


def _divides(cut: Cut, evidence: Evidence) -> bool:
    left, right = cut.left[-1], cut.right[0]
    if not can_be_name(cut.right) or len(_LETTER.findall(cut.left)) < 2:
        return False
    if resembles(evidence.handle, cut.right):
        return True
    if right.isdecimal() and _latin(left):
        return False
    if _latin(left) and _latin(right):
        # Where the publisher sets names apart with blanks, a bare hyphen between Latin letters belongs to a word.
        return not evidence.style_spaced and _divides_latin(cut, evidence)
    if _is_ideograph(right):
        return _chinese_name(cut.right, 4 if len(cut.sign) > 1 or evidence.style_spaced else 8)
    return not _VERSION_LAST.search(cut.right)


def _divides_latin(cut: Cut, evidence: Evidence) -> bool:
    """`Gemini-Logan Kilpatrick` divides, `GPT-Powered Search`, `Qwen-Image Edit` and `state-of-the-art` do not."""
    name = _TITLES.sub("", _OTHERS.sub("", cut.right)).strip()
    words = name.split()
    if _has_product_word(name) or any(character.isdecimal() for character in name):
        return False
    if cut.sign in ("–", "—", "－"):
        return True  # signs that join no words
    if (
        2 <= len(words) <= 4
        and words[0][0].isupper()
        and all(_PART_OF_NAME.fullmatch(word) or not _LETTER.search(word) for word in words)
    ):
        return evidence.style_unspaced or any(map(is_cjk, cut.left))
    if not evidence.style_unspaced:
        return False
    word_before = re.split(r"[^A-Za-z0-9.]", cut.left)[-1]
    return words[0][0].isupper() or not word_before.islower()


def _has_product_word(name: str) -> bool:
    return any(word.strip(".,()").lower() in PRODUCT_WORDS for word in name.split())


def _latin(character: str) -> bool:
    return character.isalnum() and not is_cjk(character) and unicodedata.category(character) != "So"


def resembles(handle: str | None, name: str) -> bool:
    """Whether an account's handle looks like a name: `mervenoyann` and `merve`, `GaryMarcus` and `Gary Marcus`."""
    if not handle:
        return False
    account = re.sub(r"[^a-z0-9]", "", handle.lower())
    spelled = unicodedata.normalize("NFKD", _TITLES.sub("", _OTHERS.sub("", name))).lower()
    letters = re.sub(r"[^a-z0-9]", "", spelled)
    if len(letters) < 3 or len(account) < 3:
        return len(letters) == 2 and account.startswith(letters) and name.strip().isascii()
    return account.startswith(letters) or letters.startswith(account) or (" " in name.strip() and letters in account)


def _without_loose_end(headline: str) -> str:
    """A title without a separator that nothing follows (`标题 - `)."""
    bare = headline.rstrip()
    stripped = bare.rstrip("-–—－")
    if stripped != bare and stripped and (stripped[-1].isspace() or is_cjk(stripped[-1])):
        return stripped.rstrip()
    return bare
