"""`python -m tests.crash [KILLS]`: the long run, 200 kills unless told otherwise; `--postgres` on PostgreSQL."""

import argparse
import asyncio
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.crash.run import Crashes
from tests.postgres import running_postgres


def main() -> int:
    """Run and print; 1 if the promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("kills", nargs="?", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=600.0)
    parser.add_argument("--seconds", type=float, default=1500.0, help="stop killing after so long")
    parser.add_argument("--postgres", action="store_true")
    chosen = parser.parse_args()
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="digestbot-crash-")))
        url = f"sqlite:///{root / 'digestbot.db'}"
        if chosen.postgres:
            url = stack.enter_context(running_postgres()).create()
        crashes = Crashes(root, url, seed=chosen.seed, rate=chosen.rate)
        try:
            report = asyncio.run(crashes.run(chosen.kills, seconds=chosen.seconds))
        except BaseException:
            sys.stderr.write((root / "log").read_text()[-4000:])
            raise
    print("\n".join(report.lines()))  # noqa: T201 - its purpose
    sys.stdout.writelines(f"BROKEN {fault}\n" for fault in report.broken)
    return 1 if report.broken else 0


if __name__ == "__main__":
    sys.exit(main())
