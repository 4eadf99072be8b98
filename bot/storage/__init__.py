"""The archive, the readers and the delivery ledger on SQLite or PostgreSQL; the only package that speaks SQL. What
comes out are frozen values: rows stay inside.
"""

from bot.storage.planning import PlanRow
from bot.storage.records import (
    AuthorCount,
    Backlog,
    Count,
    DigestHead,
    Edition,
    ImportCounts,
    KeywordTerm,
    LastSent,
    Lease,
    NewEdition,
    PlacedItem,
    PutOutcome,
    PutResult,
    Recovered,
    SavedMark,
    ScheduleGroup,
    SourceFile,
    Story,
    SubscriberCounts,
    SubscriberLine,
    WindowItem,
)
from bot.storage.storage import Storage, Transaction

__all__ = [
    "AuthorCount",
    "Backlog",
    "Count",
    "DigestHead",
    "Edition",
    "ImportCounts",
    "KeywordTerm",
    "LastSent",
    "Lease",
    "NewEdition",
    "PlacedItem",
    "PlanRow",
    "PutOutcome",
    "PutResult",
    "Recovered",
    "SavedMark",
    "ScheduleGroup",
    "SourceFile",
    "Storage",
    "Story",
    "SubscriberCounts",
    "SubscriberLine",
    "Transaction",
    "WindowItem",
]
