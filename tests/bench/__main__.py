"""All benchmarks, or those named: `python -m tests.bench [--quick] [NAME…]`; `make bench ARGS="sending latest"`. Each
prints ratios and counts; what a single one takes for arguments, `python -m tests.bench.NAME --help` says.
"""

import argparse
import importlib
import importlib.util
import inspect
import sys
import time
from collections.abc import Callable, Sequence
from types import ModuleType

# In the order of their length; each a module beside this one with a `main`.
NAMES = ("stories", "reading", "ingest", "search", "recall", "sending", "latest", "broadcast", "planning", "roundups")
QUICK: dict[str, tuple[str, ...]] = {
    "ingest": ("--digests", "1500"),
    "recall": ("--items", "5000", "--queries", "40"),
    "latest": ("--asks", "30"),
    "broadcast": ("--chats", "150", "--fast-chats", "4000"),
    "planning": ("--sizes", "10000,100000"),
    "roundups": ("--sizes", "10000"),
}


def known() -> dict[str, ModuleType]:
    """The benchmarks that are there."""
    found = {}
    for name in NAMES:
        if importlib.util.find_spec(f"tests.bench.{name}") is not None:
            module = importlib.import_module(f"tests.bench.{name}")
            if callable(getattr(module, "main", None)):
                found[name] = module
    return found


def _call(main: Callable[..., object], arguments: Sequence[str]) -> None:
    if inspect.signature(main).parameters:
        main(list(arguments))
    else:
        main()


def main(arguments: Sequence[str]) -> int:
    """Run them one after the other; 1 if one failed."""
    benches = known()
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(benches)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="smaller runs, about a minute in all")
    chosen = parser.parse_args(arguments)
    wrong = [name for name in chosen.names if name not in benches]
    if wrong:
        parser.error(f"no benchmark is called {', '.join(wrong)}; there are {', '.join(benches)}")
    failed = []
    for name in chosen.names or benches:
        began = time.perf_counter()
        print(f"\n== {name}", flush=True)
        try:
            _call(benches[name].main, QUICK.get(name, ()) if chosen.quick else ())
        except (Exception, SystemExit) as error:  # the others still have something to say
            failed.append(name)
            print(f"failed: {error!r}")
        print(f"({name}: {time.perf_counter() - began:.0f} s)", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
