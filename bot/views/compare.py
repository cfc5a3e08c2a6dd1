"""Models beside each other: the table, whether they differ by more than chance, and when fine-tuning has paid."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain import BreakEven, ComparedModel, Comparison, ComparisonOutcome, PairTest
from bot.errors import ServiceError, UserError
from bot.ports import Block, Message
from bot.texts import n, t
from bot.views.amounts import percent, usd
from bot.views.blocks import (
    actions,
    bar,
    bold,
    button,
    context,
    escape,
    header,
    literal,
    message,
    preformatted,
    section,
)

LETTERS = "ABCDEF"
SURE = 0.05
"""The usual bound for p."""


def accepted(comparison: Comparison) -> Message:
    """Said at once to who asked."""
    said = t(
        "Working on it: {number} models on the test part of {dataset}. Follow it in the thread of that file.",
        number=len(comparison.models),
        dataset=literal(comparison.dataset_name),
    )
    if not comparison.usd:
        return message(said)
    return message(f"{said} {t('Asking them costs about {cost}.', cost=usd(comparison.usd))}")


def already_taken() -> Message:
    """The same command came twice."""
    return message(t("I have that already; it is told in the dataset's thread."))


def progress(comparison: Comparison, *, place: int, done: int, rows: int) -> Message:
    """How far it is; edited in place."""
    head = _asked_for(comparison)
    if not rows:
        return message(f"{head}\n{t('Getting ready …')}")
    share = (place + done / rows) / len(comparison.models)
    line = t(
        "Model {place} of {all}, {done:,} of {rows:,} rows",
        place=place + 1,
        all=len(comparison.models),
        done=done,
        rows=rows,
    )
    return message(f"{head}\n`{bar(share)}` {percent(share, 0)} · {line}")


def _asked_for(comparison: Comparison) -> str:
    return t(
        "<@{user}> compares {number} models on the test part of {dataset}",
        user=comparison.user,
        number=len(comparison.models),
        dataset=literal(comparison.dataset_name),
    )


def finished(comparison: Comparison) -> Message:
    """What the progress message says in the end."""
    return message(f"{_asked_for(comparison)}\n{t('✅ Done; the figures stand below.')}")


def failed(comparison: Comparison, error: UserError | ServiceError) -> Message:
    """Why nothing came of it."""
    next_step = getattr(error, "next_step", "")
    said = " ".join(part for part in (escape(error.message), escape(next_step)) if part)
    return message(
        t(
            "<@{user}> the models could not be compared on {dataset}: {reason}",
            user=comparison.user,
            dataset=literal(comparison.dataset_name),
            reason=said,
        )
    )


def outcome(comparison: Comparison, found: ComparisonOutcome) -> Message:
    """The figures."""
    title = t("Comparison on {dataset}", dataset=comparison.dataset_name)
    letters = dict(zip((model.name for model in found.models), LETTERS, strict=False))
    who = t("<@{user}> {rows:,} test rows, the same for every model", user=comparison.user, rows=found.rows)
    names = "\n".join(_name(letters[model.name], model) for model in found.models)
    sentences = [*_verdicts(found, letters), *_warnings(found, letters)]
    table = _table(found.models, letters)
    blocks: list[Block] = [header(title), section(f"{who}\n{names}"), preformatted(table)]
    if sentences:
        blocks.append(section("\n".join(sentences)))
    if found.break_even:
        blocks.append(section(break_even_words(found.break_even)))
    blocks.append(context(_small_print(found.prices)))
    if found.break_even:
        blocks.append(actions(button(t("Other assumptions"), "compare_assume", value=comparison.id)))
    lines = [f"{bold(literal(title, 150))} {who}", names, table, *sentences]
    if found.break_even:
        lines.append(break_even_words(found.break_even))
    return message("\n".join(lines), blocks)


def _name(letter: str, model: ComparedModel) -> str:
    how = f" ({t('few-shot prompt')})" if model.prompted else ""
    return f"{bold(letter)} {literal(model.name, 200)}{how}"


def _table(models: Sequence[ComparedModel], letters: dict[str, str]) -> str:
    heads = ("", t("accuracy"), t("95% interval"), t("$/1,000"), t("p50"), t("p95"), t("training"))
    rows = [
        (
            letters[model.name],
            percent(model.accuracy),
            f"{percent(model.interval[0])}-{percent(model.interval[1])}",
            "?" if model.usd_per_1000_calls is None else _money(model),
            _ms(model.p50_ms),
            _ms(model.p95_ms),
            "-" if model.prompted else "?" if model.training_usd is None else usd(model.training_usd),
        )
        for model in models
        if model.rows
    ]
    widths = [max(len(row[column]) for row in (heads, *rows)) for column in range(len(heads))]
    return "\n".join(
        "  ".join(f"{cell:>{width}}" for cell, width in zip(row, widths, strict=True))
        for row in (heads, *rows)
    )


def _money(model: ComparedModel) -> str:
    amount = model.usd_per_1000_calls
    return "" if amount is None else f"${amount:.2f}" if not amount or amount >= 1 else f"${amount:.4f}"


def _ms(value: float | None) -> str:
    if value is None:
        return "?"
    return f"{value:,.0f} ms" if value >= 10 else f"{value:.1f} ms"


def _verdicts(found: ComparisonOutcome, letters: dict[str, str]) -> list[str]:
    return [_verdict(pair, letters) for pair in found.pairs]


def _verdict(pair: PairTest, letters: dict[str, str]) -> str:
    values = {
        "one": bold(letters[pair.one]),
        "other": bold(letters[pair.other]),
        "only_one": pair.only_one,
        "only_other": pair.only_other,
        "p": f"{pair.p:.3f}" if pair.p >= 0.001 else "<0.001",
    }
    if pair.only_one + pair.only_other == 0:
        return t("{one} and {other} are right and wrong on the very same rows.", **values)
    if pair.p < SURE:
        return t(
            "{one} is better than {other}: right on {only_one} rows that {other} gets wrong, wrong on {only_other}"
            " that it gets right (McNemar's exact p = {p}).",
            **values,
        )
    return t(
        "{one} and {other} can't be told apart: {only_one} rows only {one} has right, {only_other} only {other}"
        " (McNemar's exact p = {p}).",
        **values,
    )


def _warnings(found: ComparisonOutcome, letters: dict[str, str]) -> list[str]:
    lines = []
    for model in found.models:
        name = bold(letters[model.name])
        if model.problem:
            lines.append(
                t("⚠️ {model} could not be asked: {reason}", model=name, reason=escape(model.problem))
            )
        if model.leaked and not found.left_out:
            lines.append(
                n(
                    "⚠️ {model} was trained on {number:,} of these rows: its accuracy is too high.",
                    "⚠️ {model} was trained on {number:,} of these rows: its accuracy is too high.",
                    model.leaked,
                    model=name,
                )
            )
        elif model.leaked:
            lines.append(
                n(
                    "⚠️ {model} was trained on {number:,} row of this test part.",
                    "⚠️ {model} was trained on {number:,} rows of this test part.",
                    model.leaked,
                    model=name,
                )
            )
    if found.left_out:
        lines.append(
            n(
                "{number:,} row that a model had been trained on is not counted.",
                "{number:,} rows that a model had been trained on are not counted.",
                found.left_out,
            )
        )
    return lines


def break_even_words(found: BreakEven) -> str:
    """When fine-tuning has paid for itself, with everything that was assumed."""
    lines = [bold(t("Break-even against a prompt with examples"))]
    lines.append(
        t(
            "{hosted} with {examples} examples in the prompt ({tokens:,} tokens a call): ${hosted_usd:.4f} for 1,000 calls;"
            " {model}: ${own_usd:.4f}, training {training}.",
            hosted=literal(found.hosted, 100),
            examples=found.examples,
            tokens=found.prompt_tokens,
            hosted_usd=found.hosted_usd_per_1000,
            model=literal(found.model, 100),
            own_usd=found.own_usd_per_1000,
            training=usd(found.training_usd),
        )
    )
    lines.append(_when(found))
    return "\n".join(lines)


def _when(found: BreakEven) -> str:
    if found.calls is None:
        return t("The fine-tuned model never pays for itself: a call to it costs as much or more.")
    if found.calls == 0:
        month = 30 * found.calls_a_day * (found.hosted_usd_per_1000 - found.own_usd_per_1000) / 1000
        return t(
            "The fine-tuned model is cheaper from the first call: with {calls:,} calls a day it saves {saved} a month.",
            calls=found.calls_a_day,
            saved=usd(month),
        )
    return t(
        "Training is paid back after {calls:,} calls: {days} with {a_day:,} calls a day.",
        calls=found.calls,
        days=_days(found.days or 0.0),
        a_day=found.calls_a_day,
    )


def _days(days: float) -> str:
    if days < 1:
        return t("within the first day")
    return n("{number:,} day", "{number:,} days", round(days))


def break_even_message(comparison: Comparison, found: BreakEven) -> Message:
    """The break-even under other assumptions."""
    words = break_even_words(found)
    return message(
        words,
        [
            section(words),
            context(_small_print(found.prices)),
            actions(button(t("Other assumptions"), "compare_assume", value=comparison.id)),
        ],
    )


def _small_print(prices: str) -> str:
    return t(
        "Prices: {prices}; without discounts for cached prompts or batches. Latency as measured here, four"
        " questions at a time. How it is worked out: docs/results.md",
        prices=escape(prices),
    )


def picture_title(name: str, comparison: Comparison) -> str:
    """The title of an uploaded picture."""
    if name == "break_even":
        return t("Break-even on {dataset}", dataset=comparison.dataset_name)
    return t("Comparison on {dataset}", dataset=comparison.dataset_name)
