"""`stas feeds`: what the feed files say."""

import typer

from pipelines.cli.output import Json, light, show_value


def list_feeds(as_json: Json = False) -> None:
    """All feeds."""
    from pipelines.core.catalog import load_feeds

    feeds = load_feeds(light().schemas)
    show_value(
        {name: {"title": f.title, "center": f.center, "table": f.table, "status": f.status, "mode": f.change.mode} for name, f in feeds.items()},
        as_json,
    )


def show(feed: str) -> None:
    """One feed, with every default filled in."""
    from pipelines.core.catalog import feed_named

    typer.echo(feed_named(light().schemas, feed).model_dump_json(indent=1, exclude_none=True, by_alias=True))


def explain(feed: str) -> None:
    """The one DuckDB query that a feed's file compiles to."""
    from pipelines.core.catalog import feed_named
    from pipelines.intake.compile import compile_feed

    settings = light()
    typer.echo(compile_feed(settings, feed_named(settings.schemas, feed)).over("rows"))
