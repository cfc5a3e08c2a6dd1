"""When a fine-tuned model has paid for its training, against a prompt with examples sent to a larger hosted model."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

from bot.domain import Assumptions, BreakEven, CallTokens

HORIZONS = (7, 30, 90, 365, 1825)
"""How many days a picture may show."""


def few_shot_tokens(tokens: CallTokens, examples: int) -> float:
    """Input tokens of one few-shot call: instructions, so many examples, the text."""
    return tokens.instructions + examples * tokens.example + tokens.text


def break_even(
    *,
    model: str,
    assumptions: Assumptions,
    hosted: str,
    tokens: CallTokens,
    training_usd: Decimal,
    own_usd_per_1000: Decimal,
    hosted_usd_per_1000: Decimal,
    prices: str = "",
) -> BreakEven:
    """After how many calls training plus own calls cost less than the hosted model's; never when a call does not."""
    saved = (hosted_usd_per_1000 - own_usd_per_1000) / 1000
    calls = None
    if saved > 0:
        calls = int((training_usd / saved).to_integral_value(ROUND_CEILING))
    return BreakEven(
        model=model,
        hosted=hosted,
        calls_a_day=assumptions.calls_a_day,
        examples=assumptions.examples,
        prompt_tokens=round(few_shot_tokens(tokens, assumptions.examples)),
        training_usd=training_usd,
        own_usd_per_1000=own_usd_per_1000,
        hosted_usd_per_1000=hosted_usd_per_1000,
        calls=calls,
        prices=prices,
    )


def horizon_days(found: BreakEven) -> int:
    """How many days to look at: twice the break-even at least, a month where there is none.

    A fine-tune that is free is cheaper from the first call: a month shows by how much.
    """
    wanted = 30 if not found.days else 2 * found.days
    return next((days for days in HORIZONS if days >= wanted), HORIZONS[-1])


def cost_after(found: BreakEven, days: float) -> tuple[Decimal, Decimal]:
    """(own, hosted) US dollars in all after so many days."""
    thousands = Decimal(str(days)) * found.calls_a_day / 1000
    return found.training_usd + thousands * found.own_usd_per_1000, thousands * found.hosted_usd_per_1000
