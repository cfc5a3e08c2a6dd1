"""Answers, what is said of them and what has gathered, held word for word; see test_snapshots.py."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain import Answer, ExampleFormat, Feedback, Gathered, Question, Task, Verdict
from bot.domain.channels import ChannelSettings
from bot.views import ask, feedback, try_model
from tests.bot.views.test_snapshots import NASTY
from tests.snapshots_kept import assert_as_kept, assert_no_markup
from tests.values import MODEL, NOW

QUESTION = Question(id="ask-1", team="T1", channel="C1", user="U1", text=NASTY, asked_at=NOW)
ANSWER = Answer(
    model=MODEL.name, text="delivery", probabilities=(("delivery", 0.93), ("billing", 0.07)), latency_ms=12.4
)
UNSURE = replace(ANSWER, probabilities=(("delivery", 0.45), ("billing", 0.4), ("other", 0.15)))
WRITER = replace(MODEL, task=Task.GENERATION, labels=(), name="ft:writer", format=ExampleFormat.CHAT)
MANY = replace(MODEL, labels=tuple(f"intent {number}" for number in range(150)))
PLACE = feedback.CorrectedAnswer(ask_id="ask-1", channel="C1", thread_ts="", response_url="https://hooks/1")


def vote(user: str, verdict: Verdict, correct: str = "") -> Feedback:
    return Feedback(
        ask_id="ask-1",
        team="T1",
        channel="C1",
        user=user,
        model=MODEL.name,
        text=NASTY,
        answer="delivery",
        verdict=verdict,
        at=NOW,
        correct=correct,
    )


VOTES = (
    vote("U1", Verdict.RIGHT),
    vote("U2", Verdict.WRONG),
    vote("U3", Verdict.WRONG, "billing"),
    vote("U4", Verdict.WRONG, NASTY),
    *(vote(f"U1{number}", Verdict.RIGHT) for number in range(7)),
)
GATHERED = Gathered(
    model=MODEL.name,
    right=41,
    wrong=9,
    people=5,
    pairs=(("delivery", "billing", 4), ("billing", NASTY, 1)),
    waiting=VOTES[2:4],
    newest=VOTES[:4],
)


def answered(question=QUESTION, found=ANSWER, model=MODEL, settings=None, votes=()):
    return ask.answer(question, found, model, policy=settings or ChannelSettings(), votes=votes)


CASES = {
    "answer": answered,
    "answer_top_1": lambda: answered(replace(QUESTION, top=1)),
    "answer_of_a_named_model": lambda: answered(model=replace(MODEL, title=NASTY)),
    "answer_unknown_label": lambda: answered(
        found=replace(ANSWER, text=NASTY, probabilities=(), known_label=False)
    ),
    "answer_approximate": lambda: answered(found=replace(ANSWER, approximate=True)),
    "answer_unsure": lambda: answered(found=UNSURE),
    "answer_unsure_with_labellers": lambda: answered(
        found=UNSURE, settings=ChannelSettings(threshold=0.6, labellers=("U7", "U8"))
    ),
    "answer_with_votes": lambda: answered(votes=VOTES),
    "answer_of_150_labels": lambda: answered(model=MANY),
    "answer_written": lambda: answered(
        found=replace(ANSWER, text=f"Dear customer,\n{NASTY}", probabilities=()), model=WRITER
    ),
    "correction_form": lambda: feedback.correction_form(PLACE, MODEL, asked=NASTY, said="delivery"),
    "correction_form_of_150_labels": lambda: feedback.correction_form(
        PLACE, MANY, asked=NASTY, said="intent 3"
    ),
    "correction_form_of_a_writer": lambda: feedback.correction_form(PLACE, WRITER, asked=NASTY, said=NASTY),
    "feedback_overview": lambda: feedback.overview(MODEL, GATHERED),
    "feedback_none": lambda: feedback.overview(
        MODEL, replace(GATHERED, right=0, wrong=0, people=0, pairs=(), waiting=(), newest=())
    ),
    "no_model": ask.no_model,
    "how_to_ask": ask.how_to_ask,
    "try_form": lambda: try_model.try_form(MODEL.name, channel="C1", thread_ts="1.2"),
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_what_people_read(name: str):
    assert_as_kept(name, CASES[name]())


@pytest.mark.parametrize("name", sorted(CASES))
def test_nothing_a_stranger_wrote_becomes_markup(name: str):
    assert_no_markup(CASES[name]())


def test_the_search_finds_labels_that_begin_with_it_first():
    found = feedback.found_options(("top up by card", "card lost", "CARD fee", "refund"), "card")

    assert [entry["text"]["text"] for entry in found] == ["card lost", "CARD fee", "top up by card"]
    assert [entry["value"] for entry in found] == ["1", "2", "0"]


def test_an_empty_search_shows_as_many_as_a_menu_holds():
    assert len(feedback.found_options(MANY.labels, "")) == 100
