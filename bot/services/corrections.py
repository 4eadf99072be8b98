"""What a corrected digest means for those who received it: a mark in the transaction that stores the correction, so
that a crash leaves both or neither. The deliverer edits the messages; nobody is notified, and nobody is planned anew.

An item that a correction adds reaches those who take everything and do not mute it. Readers with follow rules share
their edition with others whose rules only happened to choose the same items, so whether the new one is theirs cannot
be told by edition; they see one more item counted as hidden, with the button that shows it.
"""

from bot.core.model import StoredItem
from bot.services.plan import muted_by
from bot.storage import PutResult, Transaction


def mark_corrected(tx: Transaction, result: PutResult) -> int:
    """Mark what was sent of a corrected digest as out of date; how many editions that concerns. Who mutes an item that
    the correction adds is set apart from those who receive everything."""
    stored = result.digest
    editions = tx.corrections.mark(stored.id)
    added = _added(result)
    if editions and added:
        unwilling = muted_by(tx, added, stored.digest.categories)
        if unwilling:
            tx.corrections.set_apart(stored.id, unwilling)
    return editions


def _added(result: PutResult) -> list[StoredItem]:
    """The items that readers have not seen: new ones, and those back after a correction took them out."""
    known = {old.id for old, _ in result.revision.kept if not old.removed} if result.revision else set()
    return [item for item in result.digest.items if not item.removed and item.id not in known]
