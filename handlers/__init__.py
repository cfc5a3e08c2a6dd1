"""The Slack edge: one file per story, each a few functions of a few lines, registered here and nowhere else."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from handlers import (
    approvals,
    ask,
    audit,
    batches,
    compare,
    curve,
    datasets,
    errors,
    feedback,
    finetune,
    fixes,
    home,
    jobs,
    labels,
    language,
    mentions,
    models,
    results,
    rounds,
    settings,
    start,
    workflow,
)
from handlers.services import Services


def register(app: AsyncApp, services: Services) -> None:
    """Register every handler; tests/test_manifest.py compares them with manifest.yml."""
    language.register(app, services)
    finetune.register(app, services)
    datasets.register(app, services)
    fixes.register(app, services)
    labels.register(app, services)
    start.register(app, services)
    jobs.register(app, services)
    models.register(app, services)
    results.register(app, services)
    compare.register(app, services)
    curve.register(app, services)
    ask.register(app, services)
    feedback.register(app, services)
    batches.register(app, services)
    rounds.register(app, services)
    mentions.register(app, services)
    workflow.register(app, services)
    approvals.register(app, services)
    settings.register(app, services)
    audit.register(app, services)
    home.register(app, services)
    errors.register(app)


__all__ = ["Services", "register"]
