"""Every indicator finds its own hits and passes its near misses; a hit has an exact place; cutting and order of the texts change nothing."""

import csv
import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from random import Random

import pyarrow as pa
import pytest

from pipelines.core.settings import ROOT
from pipelines.core.taxonomy import load_indicators
from pipelines.indicators.stage import tag_batches
from pipelines.indicators.tag import Hit, Tagger

SCHEMAS = ROOT / "schemas"
NARRATIVES = ROOT / "tests" / "evaluation" / "narratives"
LANGUAGES = ("en", "es")
LEAST = 4  # sentences of each kind


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger.load(SCHEMAS)


@pytest.fixture(scope="module")
def texts() -> list[str]:
    return [json.loads(line)["text"] for language in LANGUAGES for line in (NARRATIVES / f"dev_{language}.jsonl").read_text("utf-8").splitlines()]


def examples(language: str) -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = {}
    with (SCHEMAS / "indicators" / f"examples_{language}.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["indicator"], {}).setdefault(row["kind"], []).append(row["sentence"])
    return found


@pytest.fixture(scope="module")
def told(tagger: Tagger) -> dict[str, set[str]]:
    """Each example with the indicators that it speaks for; all are tagged at once, which costs a tenth of one by one."""
    given = sorted({s for language in LANGUAGES for kinds in examples(language).values() for own in kinds.values() for s in own})
    found: dict[str, set[str]] = {sentence: set() for sentence in given}
    for hit in tagger.tag(pa.array(given)).to_pylist():
        if (hit["polarity"], hit["certainty"], hit["experiencer"]) == ("affirmed", "certain", "reported"):
            found[given[hit["doc"]]].add(hit["indicator"])
    return found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("indicator", load_indicators(SCHEMAS))
def test_an_indicator_finds_its_hits_and_passes_its_near_misses(told: dict[str, set[str]], language: str, indicator: str) -> None:
    own = examples(language)[indicator]
    assert len(set(own["hit"])) >= LEAST and len(set(own["miss"])) >= LEAST
    assert [s for s in own["hit"] if indicator not in told[s]] == []
    assert [s for s in own["miss"] if indicator in told[s]] == []


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("The owner took his passport.", "took his passport"),
        ("[NAME] said the owner took\u00a0[NAME] passport \U0001f600, he took his passport.", "took his passport"),
        ("El dueño le quitó el pasaporte a la señora.", "quitó el pasaporte"),
        ("the boss wont give back thier pasport", "wont give back thier pasport"),
        ("El boss le quitó el passport.", "quitó el passport"),
        ("RP states susp. took vic. passport at approx. 9 p.m. on a Monday", "took vic. passport"),
    ],
)
def test_a_hit_has_an_exact_place_in_the_text_as_written(tagger: Tagger, text: str, place: str) -> None:
    assert place in {text[hit.start : hit.end] for hit in tagger.tag_one(text) if hit.indicator == "DOC-01"}


@pytest.mark.parametrize(
    ("text", "polarity"),
    [
        ("The owner never took his passport.", "negated"),
        ("She has her own passport with her.", "negated"),
        ("She does not have her own passport.", "affirmed"),
        ("El dueño no le quitó el pasaporte.", "negated"),
    ],
)
def test_a_denial_is_not_counted_and_neither_is_what_speaks_against(tagger: Tagger, text: str, polarity: str) -> None:
    assert {hit.polarity for hit in tagger.tag_one(text) if hit.indicator == "DOC-01"} == {polarity}


@pytest.mark.parametrize(
    "text",
    [
        "The boss never takes her tips.",
        "The manager never holds their pay.",
        "The recruiter did not pay for her ticket.",
        "The employer does not control her bank card.",
        "He never sold her to another man.",
        "El patrón no le quita las propinas.",
    ],
)
def test_a_denial_between_who_and_what_is_not_swallowed(tagger: Tagger, text: str) -> None:
    assert [hit for hit in tagger.tag_one(text) if hit.polarity == "affirmed"] == []


def test_an_indicator_of_minors_needs_an_age_nearby(tagger: Tagger) -> None:
    far = " It rained. The shop was open. The road was wet. The car was blue. It was late."
    found = [{hit.indicator for hit in tagger.tag_one(text)} for text in ("She is sold for sex.", "She is 15. She is sold for sex.")]
    assert "SEX-02" not in found[0] and "SEX-02" in found[1]
    assert "SEX-02" not in {hit.indicator for hit in tagger.tag_one("The caller is 15." + far + " A woman is sold for sex.")}


def test_languages_may_change_within_a_text(tagger: Tagger) -> None:
    hits = tagger.tag_one("She is not allowed to leave the house. No le pagan desde hace meses.")
    assert {(hit.indicator, hit.language) for hit in hits} >= {("RES-01", "en"), ("WAG-01", "es")}


def _tag(texts: list[str]) -> list[list[tuple[object, ...]]]:
    return [[tuple(hit)[1:] for hit in Tagger.load(SCHEMAS).tag_one(text)] for text in texts]


@pytest.mark.slow
def test_the_same_texts_in_any_batches_order_or_process_give_the_same_hits(tagger: Tagger, texts: list[str]) -> None:
    alone = _tag(texts)
    whole = tagger.tag(pa.array([*texts, None, ""], pa.string())).to_pylist()
    order = list(range(len(texts)))
    Random(7).shuffle(order)
    mixed: list[list[tuple[object, ...]]] = [[] for _ in texts]
    for at in range(0, len(order), 37):
        part = order[at : at + 37]
        for hit in tagger.tag(pa.array([texts[i] for i in part])).to_pylist():
            mixed[part[hit["doc"]]].append(tuple(hit[name] for name in Hit._fields[1:]))
    assert sum(map(len, alone)) > 500
    assert mixed == alone
    assert [tuple(hit[name] for name in Hit._fields[1:]) for hit in whole] == [hit for hits in alone for hit in hits]


@pytest.mark.slow
def test_two_processes_give_the_hits_of_one(texts: list[str]) -> None:
    with ProcessPoolExecutor(2) as pool:
        assert [hits for part in pool.map(_tag, [texts[:150], texts[150:]]) for hits in part] == _tag(texts)


def _records(texts: list[str]) -> list[pa.RecordBatch]:
    names = ("record_uid", "feed", "delivery_id")
    keys = {name: pa.array([f"{name}-{i}" for i in range(len(texts))]) for name in names}
    return [pa.RecordBatch.from_pydict({**keys, "source_row": pa.array(range(len(texts)), pa.int64()), "narrative": pa.array(texts)})]


def test_record_batches_become_hits(texts: list[str]) -> None:
    (batch,) = _records(texts[:40])
    one = pa.Table.from_batches(tag_batches(SCHEMAS, [batch]))
    many = pa.Table.from_batches(tag_batches(SCHEMAS, [batch.slice(i, 7) for i in range(0, 40, 7)]))
    assert one.equals(many) and len(one) > 50


@pytest.mark.slow
def test_spark_gives_the_same_hits(texts: list[str]) -> None:
    sql = pytest.importorskip("pyspark.sql", reason="pyspark is not installed: pip install pyspark, with a Java runtime, to try mapInArrow")
    spark = sql.SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    try:
        (batch,) = _records(texts)
        one = pa.Table.from_batches(tag_batches(SCHEMAS, [batch]))

        def work(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            return tag_batches(Path(SCHEMAS), batches)

        ddl = ", ".join(f"`{f.name}` {'bigint' if pa.types.is_integer(f.type) else 'string'}" for f in one.schema)
        found = spark.createDataFrame(pa.Table.from_batches([batch]).to_pandas()).repartition(5).mapInArrow(work, ddl).toPandas()
        rows = found.sort_values(["source_row", "start", "end", "indicator"]).to_dict("records")
        assert rows == one.to_pandas().sort_values(["source_row", "start", "end", "indicator"]).to_dict("records")
    finally:
        spark.stop()
