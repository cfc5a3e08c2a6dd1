"""Predictions, and studies that are worked on until they are told."""

from __future__ import annotations

from bot.domain import Comparison, ComparisonOutcome, Prediction, StudyState
from storage import Store
from tests.values import NOW

ASKED = Comparison(
    id="cmp-1",
    team="T1",
    channel="C1",
    user="U1",
    thread_ts="100.000100",
    dataset_id="ds-1",
    dataset_name="tickets.csv",
    models=("ft:a", "ft:b"),
    created_at=NOW,
)


async def accept(store: Store, delivery: str = "d1") -> bool:
    return await store.comparisons.accept(
        ASKED, study_id="cmp-1", team="T1", channel="C1", user="U1", delivery=delivery, now=NOW
    )


async def test_predictions_come_back_in_the_files_order(store: Store):
    two = Prediction(line=2, label="a", predicted="b", probabilities=(("b", 0.75), ("a", 0.25)), latency_ms=3)
    one = Prediction(line=1, label="a", predicted="a", approximate=True)

    await store.results.add("op-1", [two])
    await store.results.add("op-1", [one])

    assert await store.results.of("op-1") == [one, two]
    assert await store.results.of("op-2") == []


async def test_a_line_is_kept_once(store: Store):
    first = Prediction(line=1, label="a", predicted="a")

    await store.results.add("op-1", [first])
    await store.results.add("op-1", [Prediction(line=1, label="a", predicted="b")])

    assert await store.results.of("op-1") == [first]


async def test_predictions_can_be_forgotten(store: Store):
    await store.results.add("op-1", [Prediction(line=1, label="a", predicted="a")])

    await store.results.forget("op-1")

    assert await store.results.of("op-1") == []


async def test_a_study_is_accepted_once_and_open_until_it_is_told(store: Store):
    assert await accept(store)
    assert not await accept(store)
    await store.comparisons.save_progress_ts("cmp-1", "200.000100")
    assert await store.comparisons.unfinished() == [(ASKED, "200.000100")]

    outcome = ComparisonOutcome(rows=10, left_out=0, models=(), pairs=())
    await store.comparisons.finish("cmp-1", StudyState.DONE, outcome)

    assert await store.comparisons.unfinished() == []
    assert await store.comparisons.get("T1", "cmp-1") == (ASKED, outcome)


async def test_another_team_does_not_see_it(store: Store):
    await accept(store)

    assert await store.comparisons.get("T2", "cmp-1") is None
