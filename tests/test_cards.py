"""Each indicator has a validity card that says what it rests on; the page in the docs is the generated one."""

import duckdb

from pipelines.cards import add_cards, cards_page, load_cards
from pipelines.core.settings import ROOT
from pipelines.core.taxonomy import load_indicators, taxonomy_version

SCHEMAS = ROOT / "schemas"


def test_every_indicator_has_a_card_with_near_misses_and_what_not_to_conclude() -> None:
    cards = load_cards(SCHEMAS)
    assert [card["indicator"] for card in cards] == list(load_indicators(SCHEMAS))
    for card in cards:
        assert card["definition"] and card["reviewed"] and card["taxonomy"] == taxonomy_version(SCHEMAS)
        assert len(card["confounders"]) >= 4
        assert "does not say that it happened" in card["forbidden"]


def test_the_page_is_the_generated_one() -> None:
    assert (ROOT / "docs" / "indicators.md").read_text(encoding="utf-8") == cards_page(SCHEMAS), "run `make eval-tagger`"


def test_the_table_has_a_row_per_indicator_and_language() -> None:
    con = duckdb.connect()
    add_cards(con, SCHEMAS)
    (rows,) = con.execute("SELECT count(DISTINCT indicator), count(*) FILTER (precision BETWEEN 0 AND 1), count(*) FROM indicator_cards").fetchall()
    assert rows[0] == 88 and rows[1] > 100 and rows[2] >= rows[0]
