"""What a report may offer beside training: to have the file's rows labelled by the channel's model."""

from __future__ import annotations

from bot.domain import Dataset, Task
from storage import Store


async def can_classify(store: Store, dataset: Dataset) -> bool:
    """Whether the channel's model could label this file: it has no label column, or not the one the model was taught."""
    report = dataset.report
    model = await store.models.of_channel(dataset.team, dataset.channel)
    if report is None or model is None or model.task is not Task.CLASSIFICATION:
        return False
    if not report.label:
        return True
    taught = await store.datasets.get(model.dataset_id)
    known = taught.report.label if taught and taught.report else ""
    return known not in report.reading.columns
