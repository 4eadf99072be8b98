"""Front matter between `---` (YAML) or `+++` (TOML) lines, read as plain data and nothing else. Apart, because this is
where a file can try to be a bomb: sizes, nesting, aliases, tags and doubled keys are judged here.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from frontmatter.default_handlers import BaseHandler, YAMLHandler

from bot.core.digest.problems import MAX_FRONT_MATTER_BYTES, Problems, RefusedError

_FENCE = re.compile(r"(?P<fence>-{3,}|\+{3,})[ \t]*(?:\n|\Z)")
# a YAML front matter may also end with the three dots of a YAML document
_CLOSING = {
    "-": re.compile(r"^(?:-{3,}|[.]{3})[ \t]*$", re.MULTILINE),
    "+": re.compile(r"^[+]{3,}[ \t]*$", re.MULTILINE),
}
_MAX_DEPTH = 20
_MAX_ALIASES = 32
# what PyYAML says, and what it mostly means
_HINTS = (
    ("mapping values are not allowed", "put a value that holds a colon in quotes"),
    ("cannot start any token", "put the value in quotes, and indent with blanks rather than tabs"),
    ("expected <block end>", "check the indent and the quotes of this and the line before"),
    ("could not find expected ':'", "a key needs a colon and a blank, as in `title: …`"),
    ("found unknown escape", "use single quotes around a value with backslashes"),
)
# what PyYAML was reading when it met the fault: where that began is where to look
_BEGAN_HERE = {
    "while scanning a quoted scalar": "the quotation mark opened here is never closed",
    "while parsing a flow sequence": "the [ opened here is never closed, or a comma is missing",
    "while parsing a flow mapping": "the { opened here is never closed, or a comma is missing",
    "while scanning a simple key": "",
}
# a value that begins with a quotation mark and has no other one on its line
_OPEN_QUOTE = re.compile(r"[ ]*(?:-[ ]+)?[\w-]+:[ \t]+(?:\"(?:[^\"\\]|\\.)*|'[^']*)$")
_TOML_LINE = re.compile(r" ?\(at (?:line (\d+), column \d+|end of document)\)")
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The keys (lower-case) and values, the file's line of each top-level key, and where the body begins."""

    values: Mapping[str, object]
    lines: Mapping[str, int]
    body: str
    body_line: int

    def line_of(self, key: str) -> int:
        """The file's line of a key; of the front matter's first line if it is absent."""
        return self.lines.get(key, 1)


class _DuplicateKeyError(yaml.constructor.ConstructorError):
    """A key stands twice in one mapping."""


class _PlainLoader(_SafeLoader):  # type: ignore[misc]  # the C loader has no type information
    """PyYAML's safe loader, except that doubled keys are refused and only `~` and `<<` are guessed from their looks:
    dates, numbers and booleans stay as written, so that no offset, digit or country (`NO`) is lost."""

    yaml_implicit_resolvers = {  # noqa: RUF012  # PyYAML's own protocol: a class attribute
        first: [(tag, pattern) for tag, pattern in resolvers if tag.endswith((":null", ":merge"))]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """As PyYAML's, after a look for keys that stand twice."""
        seen: set[tuple[str, str]] = set()
        for key_node, _ in node.value:
            if isinstance(key_node, yaml.ScalarNode):
                key = (key_node.tag, key_node.value)
                if key in seen and key_node.tag != "tag:yaml.org,2002:merge":
                    raise _DuplicateKeyError(
                        None, None, f"the key {key_node.value!r} stands twice", key_node.start_mark
                    )
                seen.add(key)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return mapping


class _PlainYaml(YAMLHandler):
    """python-frontmatter's YAML handler with the loader above."""

    def load(self, fm: str, **_: object) -> Any:
        """The values of a front matter; raises yaml.YAMLError."""
        return yaml.load(fm, Loader=_PlainLoader)  # noqa: S506  # a safe loader, made stricter


class _Toml(BaseHandler):
    """TOML by the standard library; python-frontmatter's own handler needs a package that is no longer kept."""

    FM_BOUNDARY = re.compile(r"^\+{3,}\s*$", re.MULTILINE)
    START_DELIMITER = END_DELIMITER = "+++"

    def load(self, fm: str) -> dict[str, Any]:
        """The values of a front matter; raises tomllib.TOMLDecodeError."""
        return tomllib.loads(fm, parse_float=str)


def read_front_matter(text: str, problems: Problems) -> FrontMatter:
    """Splits a digest file. Raises RefusedError, with the problem noted, when there is no usable front matter."""
    offset = len(text) - len(text.lstrip())
    first_line = text.count("\n", 0, offset) + 1
    opening = _FENCE.match(text, offset)
    if opening is None:
        raise _refused(problems, "front-matter-missing", first_line, _instead(text[offset : offset + 200]))
    closing = _CLOSING[opening["fence"][0]]
    window_end = opening.end() + MAX_FRONT_MATTER_BYTES + 8
    end = closing.search(text, opening.end(), window_end)
    if end is None or (end.end() == window_end < len(text)):
        if len(text) > window_end and closing.search(text, opening.end()):
            raise _refused(problems, "front-matter-too-large", first_line, "the front matter is larger than 64 KiB")
        message = f"the front matter opened here is never closed by a {opening['fence'][:3]} line"
        raise _refused(problems, "front-matter-unclosed", first_line, message)
    block = text[opening.end() : end.start()]
    if len(block.encode()) > MAX_FRONT_MATTER_BYTES:
        raise _refused(problems, "front-matter-too-large", first_line, "the front matter is larger than 64 KiB")
    values = _load(block, opening["fence"][0], problems, first_line)
    body_line = first_line + 1 + block.count("\n") + 1
    lines = {key: first_line + 1 + number for key, number in _key_lines(block).items()}
    return FrontMatter(values, lines, text[end.end() + 1 :], body_line)


def _instead(beginning: str) -> str:
    """What stands where the front matter should, and what to do about it."""
    if beginning.startswith(("{", ";;;")):
        return "the front matter is JSON; write it as YAML between two --- lines"
    if re.match(r"(?:@def[ \t]+)?(?:title|date|layout|author|categories|tags)[ \t]*[:=]", beginning, re.IGNORECASE):
        return "there are keys but no --- line above them; put one line of --- before and one after them"
    return "the file does not begin with a --- or +++ line; put `title:` and `date:` between two --- lines"


def _refused(problems: Problems, code: str, line: int, message: str) -> RefusedError:
    problems.add(code, line, message)
    return RefusedError(code)


def _key_lines(block: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for number, line in enumerate(block.split("\n")):
        if match := re.match(r"[\"']?([\w-]{1,60})[\"']?[ \t]*[:=]", line):
            found.setdefault(match[1].lower(), number)
    return found


def _load(block: str, mark: str, problems: Problems, first_line: int) -> Mapping[str, object]:
    try:
        if mark == "-":
            _look_for_bombs(block)
            values: Any = _PlainYaml().load(block)
        else:
            values = _Toml().load(block)
    except _BombError as error:
        raise _refused(problems, "front-matter-bomb", first_line + error.line, str(error)) from error
    except yaml.YAMLError as error:
        code, line, message = _yaml_fault(error, block)
        if "{{" in block or "{%" in block:
            message = "the front matter is a template whose {{ }} were never filled in"
        raise _refused(problems, code, first_line + line, message) from error
    except tomllib.TOMLDecodeError as error:
        code, line, message = _toml_fault(error)
        raise _refused(problems, code, first_line + line, message) from error
    except RecursionError as error:
        raise _refused(problems, "front-matter-bomb", first_line, "the front matter is nested too deeply") from error
    except (ValueError, TypeError, AttributeError, OverflowError, KeyError, IndexError) as error:
        # an explicit YAML tag with a value that does not fit it, such as !!int or !!timestamp
        raise _refused(
            problems, "front-matter-invalid", first_line, f"a value does not fit its tag: {error}"
        ) from error
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise _refused(
            problems, "front-matter-invalid", first_line + 1, "the front matter is not a list of keys and values"
        )
    return {str(key).strip().lower(): value for key, value in values.items()}


class _BombError(ValueError):
    """Aliases or nesting beyond all use; `line` counts from 1 within the front matter."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def _look_for_bombs(block: str) -> None:
    """Counts nesting and aliases from the event stream, before any value is built."""
    if len(block) < 4096 and "*" not in block and block.count("[") + block.count("{") + block.count("- ") < _MAX_DEPTH:
        return
    depth = aliases = 0
    anchored: list[int] = []
    for event in yaml.parse(block, Loader=_SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if event.anchor:
                anchored.append(depth)
            if depth > _MAX_DEPTH:
                raise _BombError(f"the front matter is nested deeper than {_MAX_DEPTH} levels", line)
        elif isinstance(event, yaml.CollectionEndEvent):
            if anchored and anchored[-1] == depth:
                anchored.pop()
            depth -= 1
        elif isinstance(event, yaml.AliasEvent):
            aliases += 1
            if anchored or aliases > _MAX_ALIASES:
                raise _BombError("aliases that repeat each other are refused (a YAML bomb)", line)


def _yaml_fault(error: yaml.YAMLError, block: str) -> tuple[str, int, str]:
    mark, began = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    context = str(getattr(error, "context", None))
    opened = _BEGAN_HERE.get(context) if began else None
    mark = began if opened is not None else mark or began
    # PyYAML may point behind the end, where nothing is to be seen
    line = min(mark.line + 1, block.rstrip().count("\n") + 1) if mark else 0
    if isinstance(error, (yaml.scanner.ScannerError, yaml.parser.ParserError)):
        if opened and "unknown escape" not in str(error.problem):
            return "front-matter-invalid", line, f"the front matter is not valid YAML: {opened}"
        if (quoted := _open_quote(block, line)) is not None:
            message = _BEGAN_HERE["while scanning a quoted scalar"]
            return "front-matter-invalid", quoted, f"the front matter is not valid YAML: {message}"
    problem = str(getattr(error, "problem", None) or "not valid YAML")
    problem += next((f" ({hint})" for part, hint in _HINTS if part in problem), "")
    if isinstance(error, _DuplicateKeyError):
        return "front-matter-duplicate-key", line, problem
    if isinstance(error, yaml.constructor.ConstructorError) and "tag" in problem:
        return "front-matter-tag", line, f"the front matter may hold plain data only: {problem}"
    return "front-matter-invalid", line, f"the front matter is not valid YAML: {problem}"


def _open_quote(block: str, until: int) -> int | None:
    """The line, up to the fault's, whose quotation mark only a later line's closes: that one is then out of place."""
    lines = block.split("\n")[: until + 1]
    return next(
        (
            number
            for number, line in enumerate(lines[:until], 1)
            if _OPEN_QUOTE.match(line) and number < len(lines) and not lines[number].startswith((" ", "\t"))
        ),
        None,
    )


def _toml_fault(error: tomllib.TOMLDecodeError) -> tuple[str, int, str]:
    message = str(error)
    at = _TOML_LINE.search(message)
    line = int(at[1] or 0) if at else 0
    message = _TOML_LINE.sub("", message)
    if "overwrite" in message or "Cannot declare" in message or "Duplicate" in message or "immutable" in message:
        return "front-matter-duplicate-key", line, f"a key stands twice in the front matter: {message}"
    return "front-matter-invalid", line, f"the front matter is not valid TOML: {message}"
