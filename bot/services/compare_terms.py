"""What a comparison costs to ask, and whether this person may spend it: hosted models are paid by the call."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from bot.call_prices import CallPrice
from bot.datasets.tokens import TOKENS_PER_EXAMPLE, TOKENS_PER_MESSAGE, count_tokens
from bot.domain import Comparison, Dataset, FineTuningJob, JobPlan
from bot.errors import NotAllowedError
from bot.ports import Permits
from bot.texts import t
from bot.views.amounts import usd as dollars


def price_of_asking(
    dataset: Dataset, prices: Sequence[tuple[CallPrice, bool]], *, examples: int, max_rows: int
) -> Decimal:
    """US dollars for asking each model about every test row; (its rates, whether it gets examples in its prompt).

    By the dataset's median length, before anything is asked; models without a known price are left out.
    """
    report = dataset.report
    part = report.part("test") if report else None
    if report is None or part is None:
        return Decimal(0)
    rows = min(part.rows, max_rows) if max_rows else part.rows
    labels = sum(count_tokens(list(report.labels)))
    text = report.lengths.median + TOKENS_PER_EXAMPLE + 2 * TOKENS_PER_MESSAGE
    total = Decimal(0)
    for price, is_prompted in prices:
        prompt = labels + examples * report.lengths.median if is_prompted else 0
        answer = labels / max(1, len(report.labels))
        total += price.of_calls(rows, input_tokens=text + prompt, output_tokens=round(answer, 2))
    return total


async def check_terms(permits: Permits | None, comparison: Comparison) -> None:
    """A comparison that costs money is for those who may start paid jobs, below the channel's approval amount and budget.

    Raises NotAllowedError, SlackError when it can't be found out who the person is.
    """
    if permits is None or not comparison.usd:
        return
    admission = await permits.admit(_as_job(comparison), comparison.usd)
    limit = admission.approval.limit_usd if admission.approval else admission.budget_usd
    if admission.approval is not None or (limit is not None and comparison.usd > limit):
        raise NotAllowedError(
            t(
                "Asking these models would cost about {cost}, more than may be spent here without approval ({limit}).",
                cost=dollars(comparison.usd),
                limit=dollars(limit or Decimal(0)),
            ),
            next_step=t("Leave out hosted models, or take fewer examples for the prompt."),
        )


def _as_job(comparison: Comparison) -> FineTuningJob:
    """The person and the channel, as permissions are asked for them."""
    return FineTuningJob(
        op_id=comparison.id,
        team=comparison.team,
        channel=comparison.channel,
        user=comparison.user,
        thread_ts=comparison.thread_ts,
        card_ts="",
        dataset_id=comparison.dataset_id,
        dataset_name=comparison.dataset_name,
        base_model="",
        plan=JobPlan(dataset_id=comparison.dataset_id, model=""),
        train_tokens=0,
        created_at=comparison.created_at,
    )
