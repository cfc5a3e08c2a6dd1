"""The request to approve a job in its thread, and what is said once somebody decided."""

from __future__ import annotations

from bot.domain import Approval, FineTuningJob, Outcome
from bot.ports import Block, Message
from bot.texts import n, t
from bot.views.amounts import moment, usd
from bot.views.blocks import actions, button, confirm, literal, message, section


def request(job: FineTuningJob, approval: Approval) -> Message:
    """What would start, what it would cost, who may say yes; without buttons once it is decided."""
    text = f"{asked(job, approval)}\n{_state(approval)}"
    if approval.outcome is not Outcome.WAITING:
        return message(text, [section(text)])
    return message(text, [section(text), actions(*decide_buttons(approval))])


def asked(job: FineTuningJob, approval: Approval) -> str:
    """Who wants what, for how much."""
    values = {
        "user": f"<@{approval.asked_by}>",
        "dataset": literal(job.dataset_name),
        "model": literal(job.base_model, 200),
        "limit": usd(approval.limit_usd),
    }
    if approval.amount_usd is None:
        return t(
            "✋ {user} wants to train {model} on {dataset}. Nobody knows its price, and this channel asks for approval"
            " above {limit}.",
            **values,
        )
    return t(
        "✋ {user} wants to train {model} on {dataset} for about {amount}. This channel asks for approval above {limit}.",
        amount=usd(approval.amount_usd),
        **values,
    )


def _state(approval: Approval) -> str:
    who = f"<@{approval.decided_by}>"
    if approval.outcome is Outcome.APPROVED:
        return t("✅ Approved by {user}.", user=who)
    if approval.outcome is Outcome.REJECTED:
        return t("🚫 Rejected by {user}.", user=who)
    if approval.outcome is Outcome.EXPIRED:
        return t("⌛ Expired: nobody decided in time.")
    if approval.outcome is Outcome.WITHDRAWN:
        return t("🚫 Cancelled by {user} before anybody decided.", user=who)
    return t(
        "{approvers}: please approve or reject it. Nothing starts before; it is dropped {when} if nobody decides.",
        approvers=" ".join(f"<@{user}>" for user in approval.approvers),
        when=moment(approval.expires_at),
    )


def decide_buttons(approval: Approval, *, prefix: str = "approvals") -> list[Block]:
    """Approve and Reject, each with its question."""
    cost = t("an unknown amount") if approval.amount_usd is None else usd(approval.amount_usd)
    approve = confirm(
        t("Approve this training?"),
        t("It starts at once and costs about {cost}.", cost=cost),
        yes=t("Approve"),
        no=t("Not now"),
    )
    del approve["style"]
    reject = confirm(
        t("Reject this training?"),
        t("It is not started, and who asked is told."),
        yes=t("Reject"),
        no=t("Not now"),
    )
    return [
        button(t("Approve"), f"{prefix}_approve", value=approval.op_id, style="primary", confirm=approve),
        button(t("Reject"), f"{prefix}_reject", value=approval.op_id, style="danger", confirm=reject),
    ]


def decided(job: FineTuningJob, approval: Approval) -> Message:
    """The reply that tells who asked."""
    values = {
        "user": f"<@{approval.asked_by}>",
        "dataset": literal(job.dataset_name),
        "approver": f"<@{approval.decided_by}>",
    }
    if approval.outcome is Outcome.APPROVED:
        return message(t("{user} {approver} approved the training on {dataset}; it starts now.", **values))
    if approval.outcome is Outcome.REJECTED:
        return message(
            t(
                "{user} {approver} rejected the training on {dataset}. Nothing was started, nothing is charged.",
                **values,
            )
        )
    hours = round((approval.expires_at - approval.asked_at).total_seconds() / 3600)
    within = n("{number} hour", "{number} hours", hours)
    text = t(
        "{user} nobody approved the training on {dataset} within {time}, so it was dropped. Nothing is charged.",
        time=within,
        **values,
    )
    again = button(t("Start again"), "jobs_start", value=job.dataset_id)
    return message(text, [section(text), actions(again)])


def too_late(approval: Approval) -> Message:
    """Told to who pressed a button after somebody else."""
    return message(_state(approval))
