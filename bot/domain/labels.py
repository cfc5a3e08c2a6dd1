"""Labels that look wrong, as a queue of cards that people decide on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from bot.domain.datasets import Choices, Suspect


class LabelVerdict(StrEnum):
    """What a person says of a label that looks wrong."""

    KEEP = "keep"
    CHANGE = "change"
    DROP = "drop"


@dataclass(frozen=True, kw_only=True)
class LabelCard:
    """One row to look at; `verdict` is None until somebody decided. `label` is the one that it is to have."""

    place: int
    suspect: Suspect
    verdict: LabelVerdict | None = None
    label: str = ""
    decided_by: str = ""


@dataclass(frozen=True, kw_only=True)
class LabelQueue:
    """The cards of a dataset, the likeliest mistakes first; `version_id` is the version that was made of them."""

    dataset_id: str
    cards: tuple[LabelCard, ...]
    card_ts: str = ""
    opened_by: str = ""
    version_id: str = ""

    @property
    def current(self) -> LabelCard | None:
        """The first card that nobody decided on."""
        return next((card for card in self.cards if card.verdict is None), None)

    def count(self, verdict: LabelVerdict) -> int:
        """How many cards were decided that way."""
        return sum(card.verdict is verdict for card in self.cards)

    @property
    def changes(self) -> int:
        """How many decisions change the dataset."""
        return self.count(LabelVerdict.CHANGE) + self.count(LabelVerdict.DROP)

    def choices(self, before: Choices) -> Choices:
        """The dataset's choices with these decisions; a label that was kept is not doubted again."""
        relabels = dict(before.relabels)
        for card in self.cards:
            if card.verdict in (LabelVerdict.KEEP, LabelVerdict.CHANGE):
                relabels[card.suspect.row] = card.label
        drops = [card.suspect.row for card in self.cards if card.verdict is LabelVerdict.DROP]
        return replace(
            before, relabels=tuple(relabels.items()), drops=tuple(dict.fromkeys((*before.drops, *drops)))
        )
