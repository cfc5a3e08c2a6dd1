"""The figures of a comparison: each model's, and when the best fine-tuned one has paid for its training."""

from __future__ import annotations

from collections.abc import Sequence

from bot.call_prices import call_prices
from bot.datasets.examples import Example
from bot.domain import Assumptions, BreakEven, ComparedModel, ComparisonOutcome, Prediction
from bot.metrics.break_even import break_even, few_shot_tokens
from bot.metrics.comparison import percentile
from bot.metrics.significance import wilson_interval
from bot.services.contestants import Contestant, usd_per_1000_calls


def figures_of(
    entrant: Contestant,
    rows: Sequence[Prediction],
    examples: Sequence[Example],
    *,
    problem: str,
    leaked: int,
) -> ComparedModel:
    """One model's figures on the rows that count; none where `problem` says why it could not be asked."""
    correct = sum(row.is_right for row in rows)
    latencies = [row.latency_ms for row in rows]
    return ComparedModel(
        name=entrant.model.name,
        prompted=entrant.prompted,
        rows=len(rows),
        correct=correct,
        interval=wilson_interval(correct, len(rows)),
        p50_ms=percentile(latencies, 50),
        p95_ms=percentile(latencies, 95),
        usd_per_1000_calls=usd_per_1000_calls(entrant, examples, rows) if rows else None,
        training_usd=entrant.training_usd,
        leaked=leaked,
        problem=problem,
    )


def break_even_of(outcome: ComparisonOutcome, assumptions: Assumptions) -> BreakEven | None:
    """The most accurate fine-tuned model against the hosted one; None where a price or a training cost is unknown."""
    own = [model for model in outcome.models if model.rows and not model.prompted]
    best = max(own, key=lambda model: model.accuracy, default=None)
    hosted = assumptions.hosted or call_prices().default_hosted
    price = call_prices().hosted.get(hosted)
    tokens = outcome.tokens
    if best is None or price is None or tokens is None:
        return None
    if best.usd_per_1000_calls is None or best.training_usd is None:
        return None
    asked = round(few_shot_tokens(tokens, assumptions.examples), 2)
    return break_even(
        model=best.name,
        assumptions=assumptions,
        hosted=hosted,
        tokens=tokens,
        prices=prices_note(),
        training_usd=best.training_usd,
        own_usd_per_1000=best.usd_per_1000_calls,
        hosted_usd_per_1000=price.of_calls(1000, input_tokens=asked, output_tokens=round(tokens.answer, 2)),
    )


def prices_note() -> str:
    """Where the prices of calls are from, and of which day."""
    return f"{call_prices().source}, {call_prices().as_of}"
