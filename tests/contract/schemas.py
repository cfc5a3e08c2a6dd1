"""What OpenAI's OpenAPI document says of the answers that we serve, as a table of our own in a few words of JSON Schema.

Read on 2026-11-21 in version 2.3.0 of https://github.com/openai/openai-openapi, as it was on 2026-09-23 (the copy, split
by tag, in https://github.com/api-evangelist/openai at 400b6cd) and, for chat completions, in the spring of 2026 (the copy
in https://github.com/64bit/async-openai at 2c8776b). Where the API reference
(https://developers.openai.com/api/reference) or the document's own examples go beyond its schemas, a comment says so.
None of these schemas forbids additional properties.
"""

from typing import Any

Schema = dict[str, Any]

STRING: Schema = {"type": "string"}
INTEGER: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
BOOLEAN: Schema = {"type": "boolean"}
ANYTHING: Schema = {}


def words(*values: str) -> Schema:
    """One of these strings."""
    return {"enum": list(values)}


def array(items: Schema) -> Schema:
    """A list of them."""
    return {"type": "array", "items": items}


def nullable(schema: Schema) -> Schema:
    """That, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def record(required: dict[str, Schema], optional: dict[str, Schema] | None = None) -> Schema:
    """An object; what is optional may be absent, but where it is there, it is of its type."""
    return {"type": "object", "required": list(required), "properties": {**required, **(optional or {})}}


def mapping(values: Schema) -> Schema:
    """An object with any names."""
    return {"type": "object", "additionalProperties": values}


METADATA = nullable({**mapping(STRING), "maxProperties": 16})
ERROR = record(
    {
        "error": record(
            {"message": STRING, "type": STRING, "param": nullable(STRING), "code": nullable(STRING)}
        )
    }
)

FILE = record(
    {
        "id": STRING,
        "object": words("file"),
        "bytes": INTEGER,
        "created_at": INTEGER,
        "filename": STRING,
        "purpose": words(
            "assistants", "assistants_output", "batch", "batch_output", "fine-tune", "fine-tune-results", "vision",
            "user_data",
        ),
        "status": words("uploaded", "processed", "error"),
    },
    {"expires_at": INTEGER, "status_details": STRING},
)  # fmt: skip
FILE_DELETED = record({"id": STRING, "object": words("file"), "deleted": BOOLEAN})
FILES = record(
    {"object": STRING, "data": array(FILE), "first_id": STRING, "last_id": STRING, "has_more": BOOLEAN}
)
UPLOAD = record(
    {
        "id": STRING,
        "bytes": INTEGER,
        "created_at": INTEGER,
        "expires_at": INTEGER,
        "filename": STRING,
        "purpose": STRING,
        "status": words("pending", "completed", "cancelled", "expired"),
    },
    {"object": words("upload"), "file": FILE},
)
UPLOAD_PART = record(
    {"id": STRING, "object": words("upload.part"), "created_at": INTEGER, "upload_id": STRING}
)

AUTO = words("auto")
HYPERPARAMETERS = record(
    {},
    {
        "n_epochs": {"anyOf": [{**INTEGER, "minimum": 1, "maximum": 50}, AUTO]},
        "batch_size": {"anyOf": [{**INTEGER, "minimum": 1, "maximum": 256}, AUTO]},
        "learning_rate_multiplier": {"anyOf": [{**NUMBER, "exclusiveMinimum": 0}, AUTO]},
    },
)
METHOD = record(
    {"type": words("supervised", "dpo", "reinforcement")},
    {"supervised": record({}, {"hyperparameters": HYPERPARAMETERS})},
)
INTEGRATION = record(
    {
        "type": words("wandb"),
        "wandb": record(
            {"project": STRING},
            {"name": nullable(STRING), "entity": nullable(STRING), "tags": array(STRING)},
        ),
    }
)
JOB = record(
    {
        "id": STRING,
        "object": words("fine_tuning.job"),
        "created_at": INTEGER,
        "error": nullable(record({"code": STRING, "message": STRING, "param": nullable(STRING)})),
        "finished_at": nullable(INTEGER),
        "fine_tuned_model": nullable(STRING),
        "hyperparameters": HYPERPARAMETERS,
        "model": STRING,
        "organization_id": STRING,
        "result_files": array(STRING),
        # `paused` is what the document's example of POST …/pause answers, and the reference of November 2026 lists it;
        # the enum in the document does not.
        "status": words(
            "validating_files", "queued", "running", "paused", "succeeded", "failed", "cancelled"
        ),
        "trained_tokens": nullable(INTEGER),
        "training_file": STRING,
        "validation_file": nullable(STRING),
        "seed": INTEGER,
    },
    {
        "integrations": nullable({**array(INTEGRATION), "maxItems": 5}),
        "estimated_finish": nullable(INTEGER),
        "method": METHOD,
        "metadata": METADATA,
    },
)
JOBS = record({"object": words("list"), "data": array(JOB), "has_more": BOOLEAN})
EVENT = record(
    {
        "id": STRING,
        "object": words("fine_tuning.job.event"),
        "created_at": INTEGER,
        "level": words("info", "warn", "error"),
        "message": STRING,
    },
    {"type": words("message", "metrics"), "data": mapping(ANYTHING)},
)
EVENTS = record({"object": words("list"), "data": array(EVENT), "has_more": BOOLEAN})
CHECKPOINT = record(
    {
        "id": STRING,
        "object": words("fine_tuning.job.checkpoint"),
        "created_at": INTEGER,
        "fine_tuned_model_checkpoint": STRING,
        "fine_tuning_job_id": STRING,
        "step_number": INTEGER,
        "metrics": record(
            {},
            dict.fromkeys(
                (
                    "step", "train_loss", "train_mean_token_accuracy", "valid_loss", "valid_mean_token_accuracy",
                    "full_valid_loss", "full_valid_mean_token_accuracy",
                ),
                NUMBER,
            ),
        ),
    }
)  # fmt: skip
CHECKPOINTS = record(
    {"object": words("list"), "data": array(CHECKPOINT), "has_more": BOOLEAN},
    {"first_id": nullable(STRING), "last_id": nullable(STRING)},
)

MODEL = record(
    {"id": STRING, "object": words("model"), "created": INTEGER, "owned_by": STRING},
    {"shutdown_date": nullable(STRING)},
)
MODELS = record({"object": words("list"), "data": array(MODEL)})
MODEL_DELETED = record({"id": STRING, "object": STRING, "deleted": BOOLEAN})

USAGE = record({"prompt_tokens": INTEGER, "completion_tokens": INTEGER, "total_tokens": INTEGER})
TOKEN = {"token": STRING, "logprob": NUMBER, "bytes": nullable(array(INTEGER))}
TOKENS = nullable(array(record({**TOKEN, "top_logprobs": array(record(TOKEN))})))
CHAT_LOGPROBS = nullable(record({"content": TOKENS, "refusal": TOKENS}))
CHAT_FINISH = words("stop", "length", "tool_calls", "content_filter", "function_call")
CHAT_COMMON = {
    "service_tier": nullable(words("auto", "default", "flex", "scale", "priority", "fast")),
    "system_fingerprint": STRING,
}
CHAT = record(
    {
        "id": STRING,
        "object": words("chat.completion"),
        "created": INTEGER,
        "model": STRING,
        "choices": array(
            record(
                {
                    "index": INTEGER,
                    "finish_reason": CHAT_FINISH,
                    "logprobs": CHAT_LOGPROBS,
                    "message": record(
                        {
                            "role": words("assistant"),
                            "content": nullable(STRING),
                            "refusal": nullable(STRING),
                        },
                        {"annotations": array(mapping(ANYTHING))},
                    ),
                }
            )
        ),
    },
    {**CHAT_COMMON, "usage": USAGE},
)
CHAT_CHUNK = record(
    {
        "id": STRING,
        "object": words("chat.completion.chunk"),
        "created": INTEGER,
        "model": STRING,
        "choices": array(
            record(
                {
                    "index": INTEGER,
                    "finish_reason": nullable(CHAT_FINISH),
                    "delta": record(
                        {},
                        {
                            "role": words("developer", "system", "user", "assistant", "tool"),
                            "content": nullable(STRING),
                            "refusal": nullable(STRING),
                        },
                    ),
                },
                {"logprobs": CHAT_LOGPROBS},
            )
        ),
    },
    {**CHAT_COMMON, "usage": nullable(USAGE)},
)
FINISH = words("stop", "length", "content_filter")


def text_completion(finish_reason: Schema) -> Schema:
    """The older kind of completion, which is the same object whole and streamed."""
    logprobs = record(
        {},
        {
            "tokens": array(STRING),
            "token_logprobs": array(NUMBER),
            "text_offset": array(INTEGER),
            "top_logprobs": array(mapping(NUMBER)),
        },
    )
    choice = record(
        {"index": INTEGER, "text": STRING, "logprobs": nullable(logprobs), "finish_reason": finish_reason}
    )
    return record(
        {
            "id": STRING,
            "object": words("text_completion"),
            "created": INTEGER,
            "model": STRING,
            "choices": array(choice),
        },
        {"system_fingerprint": STRING, "usage": USAGE},
    )


COMPLETION = text_completion(FINISH)
# Null before the end of a stream, as in the document's example; its schema has the three words only.
COMPLETION_CHUNK = text_completion(nullable(FINISH))

BATCH = record(
    {
        "id": STRING,
        "object": words("batch"),
        "endpoint": STRING,
        "input_file_id": STRING,
        "completion_window": STRING,
        "status": words(
            "validating", "failed", "in_progress", "finalizing", "completed", "expired", "cancelling", "cancelled"
        ),
        "created_at": INTEGER,
    },
    {
        "model": STRING,
        "errors": record(
            {},
            {
                "object": STRING,
                "data": array(
                    record(
                        {},
                        {"code": STRING, "message": STRING, "param": nullable(STRING), "line": nullable(INTEGER)},
                    )
                ),
            },
        ),
        "output_file_id": STRING,
        "error_file_id": STRING,
        **dict.fromkeys(
            (
                "in_progress_at", "expires_at", "finalizing_at", "completed_at", "failed_at", "expired_at",
                "cancelling_at", "cancelled_at",
            ),
            INTEGER,
        ),
        "request_counts": record({"total": INTEGER, "completed": INTEGER, "failed": INTEGER}),
        "usage": record(
            {
                "input_tokens": INTEGER,
                "input_tokens_details": record({"cached_tokens": INTEGER}),
                "output_tokens": INTEGER,
                "output_tokens_details": record({"reasoning_tokens": INTEGER}),
                "total_tokens": INTEGER,
            }
        ),
        "metadata": METADATA,
    },
)  # fmt: skip
BATCHES = record(
    {"object": words("list"), "data": array(BATCH), "has_more": BOOLEAN},
    {"first_id": STRING, "last_id": STRING},
)

WEBHOOK = {
    "id": STRING,
    "object": words("webhook_endpoint"),
    "created_at": INTEGER,
    "name": STRING,
    "url": STRING,
    "event_types": array(STRING),
    "signing_secret_hint": nullable(STRING),
}
WEBHOOK_ENDPOINT = record(WEBHOOK, {"updated_at": INTEGER})
WEBHOOK_WITH_SECRET = record({**WEBHOOK, "signing_secret": STRING}, {"updated_at": INTEGER})
WEBHOOK_ENDPOINTS = record(
    {
        "object": words("list"),
        "data": array(WEBHOOK_ENDPOINT),
        "first_id": nullable(STRING),
        "last_id": nullable(STRING),
        "has_more": BOOLEAN,
    }
)
WEBHOOK_DELETED = record({"id": STRING, "object": words("webhook_endpoint.deleted"), "deleted": BOOLEAN})
WEBHOOK_TESTED = record(
    {
        "object": words("webhook_endpoint.test"),
        "webhook_endpoint_id": STRING,
        "event_type": STRING,
        "status_code": INTEGER,
        "success": {"enum": [True]},
    }
)
WEBHOOK_EVENT_TYPES = record({"object": words("list"), "data": array(STRING)})
