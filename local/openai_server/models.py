"""The routes of models: the bases that can be trained and the fine-tuned ones of the caller."""

import shutil

from starlette.concurrency import run_in_threadpool

from local.openai_server.calls import Call
from local.openai_server.catalog import GENERATOR, Base
from local.openai_server.errors import ApiError, invalid, model_not_found
from local.openai_server.generators import Generator
from local.openai_server.ids import ORGANIZATION
from local.openai_server.services import Services
from local.openai_server.store import models
from local.openai_server.store.models import FineTunedModel

BASES_SINCE = 1795219200
"""Epoch seconds of 2026-11-21, the day the bases were put together."""


def base_object(base: Base) -> dict[str, object]:
    """A base in OpenAI's model object; what it is and can do stands under `fine_tuning`.

    A base whose weights are missing or not the pinned ones is not available, and `problem` says why.
    """
    return {
        "id": base.id,
        "object": "model",
        "created": BASES_SINCE,
        "owned_by": "system",
        "shutdown_date": None,
        "fine_tuning": {
            "available": base.problem is None,
            "problem": base.problem,
            "kind": base.kind,
            "default": base.is_default,
            "license": base.license,
            "size_bytes": base.size_bytes,
            "languages": base.languages,
            "good_at": base.good_at,
            "description": base.description,
        },
    }


def model_object(model: FineTunedModel) -> dict[str, object]:
    """A fine-tuned model in OpenAI's model object."""
    facts = {
        "available": True,
        "kind": model.kind,
        "base": model.base,
        "job_id": model.job_id,
        "labels": model.labels,
    }
    return {
        "id": model.id,
        "object": "model",
        "created": model.created_at,
        "owned_by": ORGANIZATION,
        "shutdown_date": None,
        "fine_tuning": facts,
    }


def list_models(services: Services, call: Call) -> object:
    """GET /models: all bases, then the caller's models without the checkpoints, which their jobs list."""
    with services.database.reading() as connection:
        owned = models.owned(connection, call.owner)
    data = [base_object(base) for base in services.catalog.all()]
    data += [model_object(model) for model in owned if ":ckpt-step-" not in model.id]
    return {"object": "list", "data": data}


def retrieve_model(services: Services, call: Call) -> object:
    """GET /models/{id}; the id may hold `/` and `:`, percent-encoded or not."""
    base = services.catalog.find(call.path["model"])
    if base is not None:
        return base_object(base)
    return model_object(find_model(services, call.owner, call.path["model"]))


async def delete_model(services: Services, call: Call) -> object:
    """DELETE /models/{id}: the caller's own only. Its folder goes too; models continued from it keep their own."""
    model_id = call.path["model"]
    await run_in_threadpool(_delete, services, call.owner, model_id)
    services.classifiers.forget(model_id)
    await services.generators.forget(model_id)
    return {"id": model_id, "object": "model", "deleted": True}


def _delete(services: Services, owner: str, model_id: str) -> None:
    if services.catalog.find(model_id) is not None:
        raise ApiError(403, "Base models cannot be deleted.", param="model", code="insufficient_permissions")
    model = find_model(services, owner, model_id)
    with services.database.transaction() as tx:
        models.delete(tx, owner, model.id)
    shutil.rmtree(services.home / model.directory, ignore_errors=True)


def find_model(services: Services, owner: str, model_id: str) -> FineTunedModel:
    """The owner's fine-tuned model; raises ApiError 404."""
    with services.database.reading() as connection:
        model = models.find(connection, owner, model_id)
    if model is None:
        raise model_not_found(model_id)
    return model


def callable_model(services: Services, owner: str, model_id: str) -> FineTunedModel:
    """The model to ask; raises ApiError 404, or 400 for a base, which has learnt nothing yet."""
    with services.database.reading() as connection:
        model = models.find(connection, owner, model_id)
    if model is not None:
        return model
    if services.catalog.find(model_id) is not None:
        message = f"The base model `{model_id}` has learnt nothing yet. Fine-tune it, then ask the model that results."
        raise invalid(message, param="model", code="model_not_fine_tuned")
    raise model_not_found(model_id)


def is_written(services: Services, owner: str, model_id: str) -> bool:
    """Whether the model writes its answers; raises ApiError as `callable_model` does."""
    return callable_model(services, owner, model_id).kind == GENERATOR


async def generator_for(services: Services, owner: str, model_id: str) -> Generator:
    """The process of a model that writes; raises ApiError."""
    model = callable_model(services, owner, model_id)
    return await services.generators.get(model.id, model.directory)
