"""What a reader may look at: digests, topics, authors, search results, and the pages of each."""

from dataclasses import dataclass
from typing import Final

from bot.core.actions.wire import FLAG, ID, MOST_DIGESTS, PAGE, SLUG, TEXT, ButtonText, Wire, choice, integer
from bot.core.recap import RecapSpan


@dataclass(frozen=True, slots=True)
class ShowLatest:
    """The newest `count` digests (1 to 20); `everything` ignores the rules once."""

    count: int = 1
    everything: bool = False


@dataclass(frozen=True, slots=True)
class ShowDigest:
    """One stored digest; `everything` ignores the rules once."""

    digest_id: int
    everything: bool = False


@dataclass(frozen=True, slots=True)
class ShowRecap:
    """The recap of today or of the week; `everything` ignores the rules once."""

    span: RecapSpan
    everything: bool = False


@dataclass(frozen=True, slots=True)
class ShowTopics:
    """The list of topics; `page` counts from 1, as everywhere."""

    page: int = 1


@dataclass(frozen=True, slots=True)
class ShowTopic:
    """Newest items of a topic."""

    slug: str
    page: int = 1


@dataclass(frozen=True, slots=True)
class ShowCategory:
    """Newest items of a publisher's category."""

    name: ButtonText
    page: int = 1


@dataclass(frozen=True, slots=True)
class ShowAuthor:
    """Newest items of an author."""

    name: ButtonText
    page: int = 1


@dataclass(frozen=True, slots=True)
class ShowAuthors:
    """The most frequent authors."""

    page: int = 1


@dataclass(frozen=True, slots=True)
class Search:
    """Items that match a query."""

    query: ButtonText
    page: int = 1


Paged = ShowTopic | ShowCategory | ShowAuthor | Search
ReadingAction = (
    ShowLatest | ShowDigest | ShowRecap | ShowTopics | ShowTopic | ShowCategory | ShowAuthor | ShowAuthors | Search
)

WIRE: Final[Wire] = {
    ShowLatest: ("lat", {"count": integer(1, MOST_DIGESTS), "everything": FLAG}),
    ShowDigest: ("dig", {"digest_id": ID, "everything": FLAG}),
    ShowRecap: ("rec", {"span": choice({span.value: span for span in RecapSpan}), "everything": FLAG}),
    ShowTopics: ("tops", {"page": PAGE}),
    ShowTopic: ("top", {"slug": SLUG, "page": PAGE}),
    ShowCategory: ("cat", {"page": PAGE, "name": TEXT}),
    ShowAuthor: ("auth", {"page": PAGE, "name": TEXT}),
    ShowAuthors: ("auths", {"page": PAGE}),
    Search: ("srch", {"page": PAGE, "query": TEXT}),
}
