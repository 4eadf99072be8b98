"""Where digests come from. Each kind of source is one module that offers the calls of `Source`; `open_source` picks
the kind by the look of the setting. To add one: write the module, add a line to `open_source`.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from bot.errors import SettingsError
from bot.sources.folder import DigestFile, FolderSource, digest_files
from bot.sources.git import GitAddress, GitSource
from bot.sources.source import RawDigest, Source, SourceHealth

__all__ = [
    "DigestFile",
    "FolderSource",
    "GitSource",
    "RawDigest",
    "Source",
    "SourceHealth",
    "digest_files",
    "open_source",
]


def open_source(setting: str, *, clones: Path, every: timedelta, clock: Callable[[], datetime]) -> Source:
    """The source that a word of DIGESTBOT_DIGESTS names; raises SettingsError if it can be none. `clones` is where
    git sources keep their copies."""
    if setting.startswith("git+"):
        address = GitAddress.parse(setting)
        return GitSource(address, clones / GitSource.clone_name(address), every=every, clock=clock)
    if "://" in setting:
        kind = setting.partition("://")[0]
        raise SettingsError(
            "DIGESTBOT_DIGESTS",
            f"{kind}:// is not understood; a git repository is written git+https://example.org/news.git#main:content",
        )
    return FolderSource(Path(setting), clock=clock)
