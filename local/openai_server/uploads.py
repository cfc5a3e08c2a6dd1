"""The routes of uploads: a large file in parts of up to 64 MB, put together at the end."""

import hashlib
import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from local.openai_server import jsonl
from local.openai_server.calls import Call, json_response
from local.openai_server.errors import conflict, invalid, missing, not_found, shown
from local.openai_server.files import check_name, checked_lifetime, file_object, upload_purpose
from local.openai_server.ids import new_id
from local.openai_server.multipart import Form, receive_form
from local.openai_server.services import Services
from local.openai_server.settings import MEGABYTE
from local.openai_server.store import uploads
from local.openai_server.store.files import StoredFile
from local.openai_server.store.uploads import Upload, UploadStatus

LIFETIME_S = 3600
MAX_PART_BYTES = 64 * MEGABYTE
MIME_TYPES = (
    "text/jsonl",
    "application/jsonl",
    "application/x-ndjson",
    "application/octet-stream",
    "application/json",
)


class ExpiresAfter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When the file that results shall expire."""

    anchor: Literal["created_at"]
    seconds: int


class CreateUpload(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /uploads."""

    bytes: Annotated[int, Meta(ge=1)]
    filename: Annotated[str, Meta(min_length=1, max_length=255)]
    mime_type: str
    purpose: str
    expires_after: ExpiresAfter | None = None


class CompleteUpload(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /uploads/{id}/complete."""

    part_ids: list[str]
    md5: str | None = None


def upload_object(upload: Upload, file: StoredFile | None = None) -> dict[str, Any]:
    """OpenAI's upload object."""
    return {
        "id": upload.id,
        "object": "upload",
        "bytes": upload.size_bytes,
        "created_at": upload.created_at,
        "expires_at": upload.expires_at,
        "filename": upload.filename,
        "purpose": upload.purpose,
        "status": upload.status,
        **({"file": file_object(file)} if file is not None else {}),
    }


def create_upload(services: Services, call: Call) -> object:
    """POST /uploads."""
    body = call.json(CreateUpload)
    purpose = upload_purpose(body.purpose)
    check_name(body.filename, purpose)
    limit = services.settings.max_upload_mb * MEGABYTE
    if body.bytes > limit:
        raise invalid(f"Invalid 'bytes': at most {limit}.", param="bytes", code="integer_above_max_value")
    if body.mime_type.partition(";")[0].strip().lower() not in MIME_TYPES:
        message = f"Invalid 'mime_type' for {purpose}: '{shown(body.mime_type)}'. Take 'text/jsonl'."
        raise invalid(message, param="mime_type", code="invalid_value")
    expiry = body.expires_after
    now = int(services.clock())
    upload = Upload(
        id=new_id("upload_"),
        owner=call.owner,
        filename=body.filename.replace("\\", "/").rsplit("/", 1)[-1],
        purpose=purpose,
        mime_type=body.mime_type,
        size_bytes=body.bytes,
        status=UploadStatus.PENDING,
        created_at=now,
        expires_at=now + LIFETIME_S,
        file_expires_after_s=checked_lifetime(expiry.anchor, expiry.seconds) if expiry else None,
    )
    _folder(services, upload.id).mkdir(parents=True)
    with services.database.transaction() as tx:
        uploads.save(tx, upload)
    return upload_object(upload)


async def create_part(services: Services, call: Call, request: Request) -> Response:
    """POST /uploads/{id}/parts: multipart with `data`."""
    upload = await run_in_threadpool(_pending, services, call)
    folder = _folder(services, upload.id)
    form = await receive_form(request, folder, file_field="data", max_file_bytes=MAX_PART_BYTES)
    try:
        return json_response(await run_in_threadpool(_keep_part, services, call, form))
    finally:
        form.discard()


def _keep_part(services: Services, call: Call, form: Form) -> dict[str, Any]:
    if form.file is None:
        raise missing("data")
    part_id, now = uploads.new_part_id(), int(services.clock())
    form.file.path.rename(_folder(services, call.path["upload_id"]) / part_id)
    with services.database.transaction() as tx:
        upload = uploads.find(tx, call.owner, call.path["upload_id"], services.clock())
        if upload is None or upload.status is not UploadStatus.PENDING:
            raise _not_pending(upload)
        held = sum(uploads.part_sizes(tx, upload.id).values())
        if held + form.file.size_bytes > upload.size_bytes:
            message = f"The parts together are larger than the {upload.size_bytes} bytes that were announced."
            raise invalid(message, param="data", code="upload_too_large")
        uploads.add_part(tx, upload.id, part_id, form.file.size_bytes, now)
    return {"id": part_id, "object": "upload.part", "created_at": now, "upload_id": call.path["upload_id"]}


def complete_upload(services: Services, call: Call) -> object:
    """POST /uploads/{id}/complete: the parts in the given order become a file, if size and md5 are as announced."""
    body = call.json(CompleteUpload)
    upload = _pending(services, call)
    with services.database.reading() as connection:
        sizes = uploads.part_sizes(connection, upload.id)
    unknown = [part_id for part_id in body.part_ids if part_id not in sizes]
    if unknown or not body.part_ids or len(set(body.part_ids)) < len(body.part_ids):
        which = f": no such part: {shown(unknown[0])}" if unknown else ": parts are missing or named twice"
        raise invalid(f"Invalid 'part_ids'{which}.", param="part_ids", code="invalid_value")
    total = sum(sizes[part_id] for part_id in body.part_ids)
    if total != upload.size_bytes:
        message = f"The parts have {total} bytes together, but {upload.size_bytes} were announced."
        raise invalid(message, param="part_ids", code="upload_size_mismatch")
    folder = _folder(services, upload.id)
    whole = services.files.incoming / new_id("whole-")
    try:
        _join([folder / part_id for part_id in body.part_ids], whole, body.md5)
        lines = jsonl.count_objects(whole)
        file = _claim(services, call, whole, lines)
    finally:
        whole.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    return upload_object(replace(upload, status=UploadStatus.COMPLETED, file_id=file.id), file)


def _claim(services: Services, call: Call, whole: Path, lines: int) -> StoredFile:
    """End the upload and take the file in; only one of several completions gets here with it still pending."""
    with services.database.transaction() as tx:
        upload = uploads.find(tx, call.owner, call.path["upload_id"], services.clock())
        if upload is None or upload.status is not UploadStatus.PENDING:
            raise _not_pending(upload)
        uploads.save(tx, replace(upload, status=UploadStatus.COMPLETED))
        uploads.drop_parts(tx, upload.id)
    file = services.files.take(
        whole,
        owner=call.owner,
        filename=upload.filename,
        purpose=upload.purpose,
        lines=lines,
        lifetime_s=upload.file_expires_after_s,
    )
    with services.database.transaction() as tx:
        uploads.save(tx, replace(upload, status=UploadStatus.COMPLETED, file_id=file.id))
    return file


def cancel_upload(services: Services, call: Call) -> object:
    """POST /uploads/{id}/cancel."""
    upload = replace(_pending(services, call), status=UploadStatus.CANCELLED)
    with services.database.transaction() as tx:
        uploads.save(tx, upload)
        uploads.drop_parts(tx, upload.id)
    shutil.rmtree(_folder(services, upload.id), ignore_errors=True)
    return upload_object(upload)


def purge_overdue(services: Services) -> None:
    """Expire what nobody completed and free its disk."""
    with services.database.transaction() as tx:
        gone = uploads.overdue(tx, services.clock())
        for upload_id in gone:
            uploads.expire(tx, upload_id)
    for upload_id in gone:
        shutil.rmtree(_folder(services, upload_id), ignore_errors=True)


def _pending(services: Services, call: Call) -> Upload:
    with services.database.reading() as connection:
        upload = uploads.find(connection, call.owner, call.path["upload_id"], services.clock())
    if upload is None:
        raise not_found("Upload", call.path["upload_id"], param="upload_id")
    if upload.status is not UploadStatus.PENDING:
        raise _not_pending(upload)
    return upload


def _not_pending(upload: Upload | None) -> Exception:
    status = upload.status if upload is not None else "gone"
    return conflict(
        f"The upload is {status} and takes nothing more.", param="upload_id", code="upload_not_pending"
    )


def _folder(services: Services, upload_id: str) -> Path:
    return services.home / "uploads" / upload_id


def _join(parts: Sequence[Path], target: Path, md5: str | None) -> None:
    digest = hashlib.md5(usedforsecurity=False)
    with target.open("xb") as whole:
        for part in parts:
            with part.open("rb") as piece:
                while block := piece.read(MEGABYTE):
                    digest.update(block)
                    whole.write(block)
        whole.flush()
        os.fsync(whole.fileno())
    if md5 is not None and md5.lower() != digest.hexdigest():
        message = "The md5 of the parts put together is not the one that was given."
        raise invalid(message, param="md5", code="upload_checksum_mismatch")
