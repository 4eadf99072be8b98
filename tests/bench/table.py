"""A small table, printed line by line as its figures come in."""


class Table:
    """Columns are as wide as their heads, at least nine characters; the first is on the left."""

    def __init__(self, title: str, *heads: str) -> None:
        self._widths = [max(9, len(head)) for head in heads]
        print(f"\n{title}")
        self.row(*heads)

    def row(self, *cells: object) -> None:
        """One line."""
        pairs = zip(map(str, cells), self._widths, strict=True)
        shown = [f"{cell:>{width}}" if number else f"{cell:<{width}}" for number, (cell, width) in enumerate(pairs)]
        print("  ".join(shown), flush=True)
