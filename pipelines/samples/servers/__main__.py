"""Run the servers: `python -m pipelines.samples.servers --root R --ready-file F [feed ...]`, all feeds that come over a network by default."""

import argparse
import asyncio
from pathlib import Path

from pipelines.core.catalog import feed_named, load_feeds
from pipelines.core.settings import ROOT
from pipelines.samples.servers import serve


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--ready-file", type=Path, required=True)
    parser.add_argument("feeds", nargs="*")
    given = parser.parse_args()
    schemas = ROOT / "schemas"
    feeds = [feed_named(schemas, name) for name in given.feeds] or [f for f in load_feeds(schemas).values() if f.transport.kind != "folder"]
    asyncio.run(serve(given.root, given.ready_file, feeds))


if __name__ == "__main__":
    main()
