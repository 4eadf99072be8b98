"""Titles of forum topics."""

from bot.core.forum import forum_of, topic_of, topic_title


def test_a_topics_title_gives_back_forum_and_topic() -> None:
    title = topic_title("Readers › Berlin", "Robots")
    assert (forum_of(title), topic_of(title)) == ("Readers › Berlin", "Robots")


def test_a_title_without_a_topic_stays_as_it_is() -> None:
    assert (forum_of("Readers"), forum_of(topic_title("Readers", "")), topic_of("Readers")) == (
        "Readers",
        "Readers",
        None,
    )
