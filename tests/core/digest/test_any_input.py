"""Whatever the bytes, a reading comes back and holds together."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bench.mutate import FRAGMENTS, OWN, check, mutate, run, seeds
from tests.core.digest.reading import HEAD, reading_of

_PIECES = st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=8)), max_size=40).map("".join)


@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    check(reading_of(data))


@given(st.text(max_size=400))
def test_any_front_matter(text: str) -> None:
    check(reading_of(f"---\n{text}\n---\n1. [a - b](https://x.com/a)\n".encode("utf-8", "ignore")))


@given(st.text(max_size=400))
def test_any_toml(text: str) -> None:
    check(reading_of(f"+++\n{text}\n+++\n1. [a - b](https://x.com/a)\n".encode("utf-8", "ignore")))


@given(_PIECES)
@settings(max_examples=200)
def test_any_body_of_markup(body: str) -> None:
    check(reading_of((HEAD + body).encode("utf-8", "ignore")))


@given(_PIECES, _PIECES)
def test_any_item(headline: str, body: str) -> None:
    check(reading_of((HEAD + f"1. {headline}\n   {body}\n").encode("utf-8", "ignore")))


@given(st.integers(0, 2**32))
@settings(max_examples=200)
def test_any_wound_of_a_valid_digest(seed: int) -> None:
    check(reading_of(mutate(seeds()[seed % len(OWN)], seeds(), random.Random(seed))))


@pytest.mark.slow
def test_a_hundred_thousand_wounds() -> None:
    verdicts, _, _ = run(100_000, 1)
    assert sum(verdicts.values()) == 100_000
    assert len(verdicts) >= 3
