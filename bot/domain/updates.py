"""What a thread is told about a job: updates, and the outbox rows that carry them until Slack has them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.jobs import Metrics
from bot.domain.places import Thread


class UpdateKind(StrEnum):
    """The card is edited in place, a refusal is shown to one person only; everything else is a reply in the thread.

    LOST goes to the starter's direct messages: the thread can't be told any more.
    """

    CARD = "card"
    APPROVAL = "approval"
    EPOCHS = "epochs"
    NOTICE = "notice"
    COST = "cost"
    PICTURE = "picture"
    REFUSED = "refused"
    LOST = "lost"
    END = "end"


@dataclass(frozen=True, kw_only=True)
class Update:
    """One thing to tell. `key` makes it unique within its job, so that telling it twice is impossible to enqueue.

    EPOCHS: epochs `first` to `last` of `n_epochs` are done, `metrics` are those of the last one.
    NOTICE: `text` is the server's own warning.
    REFUSED: the server would not do what `user` asked; `text` says why.
    """

    kind: UpdateKind
    key: str
    first: int = 0
    last: int = 0
    n_epochs: int | None = None
    metrics: Metrics | None = None
    text: str = ""
    user: str = ""


@dataclass(frozen=True, kw_only=True)
class OutboxRow:
    """An update on its way. `in_doubt` when an earlier try may have reached Slack; then it is looked up first."""

    id: str
    op_id: str
    update: Update
    thread: Thread
    in_doubt: bool
    first_try_at: datetime | None
    attempts: int
