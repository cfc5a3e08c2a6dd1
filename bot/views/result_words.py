"""The finer figures of a test part in sentences: two classes, scales, how sure the model is, what it mixes up."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain import BinaryScores, Calibration, CalibrationBin, ConfusedPair, OrdinalScores
from bot.texts import n, t
from bot.views.amounts import percent
from bot.views.blocks import bold, literal

NAMED_PAIRS = 8
WELL_CALIBRATED, FAIRLY_CALIBRATED = 0.05, 0.10
"""Our own words for an expected calibration error: within five points one can take a probability at its word."""
TELLING_ROWS = 10
"""Fewer rows in a bin than that tell nothing."""


def binary_words(binary: BinaryScores) -> str:
    """The positive class: precision, recall, F-beta, the areas."""
    why = (
        t("named in the start form")
        if binary.chosen_by == "plan"
        else t("the rarer one; name another when you start")
    )
    f_scores = ", ".join(f"F{beta:g} {score:.3f}" for beta, score in binary.f_betas)
    lines = [
        t(
            "Positive class {label} ({why}): precision {precision}, recall {recall}, {f_scores}",
            label=literal(binary.positive, 40),
            why=why,
            precision=percent(binary.precision),
            recall=percent(binary.recall),
            f_scores=f_scores,
        )
    ]
    if binary.auroc is not None and binary.auprc is not None:
        lines.append(
            t(
                "Area under the ROC curve (AUROC) {auroc}, under the precision-recall curve (AUPRC) {auprc}",
                auroc=bold(f"{binary.auroc:.3f}"),
                auprc=bold(f"{binary.auprc:.3f}"),
            )
        )
    return "\n".join(lines)


def ordinal_words(ordinal: OrdinalScores) -> str:
    """How far off on the scale."""
    return t(
        "On the scale {low} to {high}: {near} are at most one step off, {sides} on the right side"
        " (good or bad, {rows:,} rows that have a side); {steps:.2f} steps off on average",
        low=literal(ordinal.order[0], 20),
        high=literal(ordinal.order[-1], 20),
        near=bold(percent(ordinal.off_by_one)),
        sides=bold(percent(ordinal.good_bad)),
        rows=ordinal.sided_rows,
        steps=ordinal.mean_error,
    )


def calibration_words(calibration: Calibration, *, approximate: bool) -> str:
    """ "When it says about 90% it is right 88% of the time", and what that is worth."""
    telling = [one for one in calibration.bins if one.rows >= TELLING_ROWS] or list(calibration.bins)
    said = [_bin_words(one) for one in _ends(telling)]
    if calibration.error <= WELL_CALIBRATED:
        verdict = t("its probabilities can be taken at their word")
    elif calibration.error <= FAIRLY_CALIBRATED:
        verdict = t("its probabilities are roughly right")
    elif sum(one.rows * (one.confidence - one.accuracy) for one in calibration.bins) > 0:
        verdict = t("it is surer than it should be")
    else:
        verdict = t("it is less sure than it could be")
    words = t(
        "{bins} Expected calibration error {error}: {verdict}.",
        bins=" ".join(said),
        error=percent(calibration.error),
        verdict=verdict,
    )
    if approximate:
        words += " " + t("(The server shows only its likeliest tokens, so probabilities are approximate.)")
    return words


def _ends(bins: Sequence[CalibrationBin]) -> list[CalibrationBin]:
    """The fullest bin, and the one below it that says most about unsure answers."""
    fullest = max(bins, key=lambda one: one.rows)
    others = [one for one in bins if one is not fullest]
    return [fullest, max(others, key=lambda one: one.rows)] if others else [fullest]


def _bin_words(one: CalibrationBin) -> str:
    return n(
        "When it says about {confidence} it is right {accuracy} of the time ({number:,} row).",
        "When it says about {confidence} it is right {accuracy} of the time ({number:,} rows).",
        one.rows,
        confidence=percent(one.confidence, 0),
        accuracy=percent(one.accuracy, 0),
    )


def pairs_words(pairs: Sequence[ConfusedPair]) -> str:
    """What is taken for what, most rows first."""
    lines = [
        n(
            "• {label} taken for {predicted}: {number:,} row",
            "• {label} taken for {predicted}: {number:,} rows",
            pair.rows,
            label=literal(pair.label, 40),
            predicted=literal(pair.predicted, 40),
        )
        for pair in pairs[:NAMED_PAIRS]
    ]
    return "\n".join([bold(t("Mixed up most often")), *lines])
