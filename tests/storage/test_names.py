"""Authors' names as they are compared: those that an older program stored are compared like new ones."""

from pathlib import Path

from sqlalchemy import text

from bot.storage import Storage, schema


def test_names_stored_before_and_others_was_understood_are_compared_anew(tmp_path: Path) -> None:
    with Storage.open(f"sqlite:///{tmp_path}/old.db") as storage:
        with storage._connected(writing=True) as connection:  # as an older program left it
            schema.upgrade(connection, to="0009")
            rows = [("merve 等", "merve等", "a"), ("merve", "merve", ""), ("", "", "somebody")]
            for name, folded, handle in rows:
                connection.execute(
                    text("INSERT INTO author (name, folded, handle, folded_handle) VALUES (:n, :f, :h, :h)"),
                    {"n": name, "f": folded, "h": handle},
                )
        storage.upgrade()
        with storage._connected(writing=False) as connection:
            keys = connection.execute(text("SELECT folded FROM author ORDER BY id")).scalars().all()
    assert keys == ["merve", "merve", ""]
