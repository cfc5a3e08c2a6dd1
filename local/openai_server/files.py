"""The routes of files: create, list, retrieve, content, delete."""

import re
from collections.abc import Mapping

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from local.openai_server import jsonl
from local.openai_server.calls import Call, json_response
from local.openai_server.errors import ApiError, invalid, missing, shown
from local.openai_server.lists import listed
from local.openai_server.multipart import Form, receive_form
from local.openai_server.services import Services
from local.openai_server.settings import MEGABYTE
from local.openai_server.store import files
from local.openai_server.store.files import Purpose, StoredFile

UPLOADABLE = (Purpose.FINE_TUNE, Purpose.BATCH)
BATCH_LIFETIME_S = 30 * 24 * 3600


def file_object(file: StoredFile) -> dict[str, object]:
    """OpenAI's file object; what OpenAI's description types without null is left out where there is nothing."""
    expiry = {} if file.expires_at is None else {"expires_at": file.expires_at}
    return {
        "id": file.id,
        "object": "file",
        "bytes": file.size_bytes,
        "created_at": file.created_at,
        **expiry,
        "filename": file.filename,
        "purpose": file.purpose,
        "status": "processed",
    }


async def create_file(services: Services, call: Call, request: Request) -> Response:
    """POST /files: multipart, streamed to disk, refused with line and reason where it isn't JSONL."""
    limit = services.settings.max_file_mb * MEGABYTE
    form = await receive_form(request, services.files.incoming, file_field="file", max_file_bytes=limit)
    try:
        return json_response(file_object(await run_in_threadpool(_accept, services, call.owner, form)))
    finally:
        form.discard()


def _accept(services: Services, owner: str, form: Form) -> StoredFile:
    if form.file is None:
        if "file" in form.fields:
            raise invalid("Expected 'file' to be a file with a name, but got a text field.", param="file")
        raise missing("file")
    purpose = upload_purpose(form.fields.get("purpose"))
    lifetime_s = _lifetime(form.fields, purpose)
    check_name(form.file.filename, purpose)
    lines = jsonl.count_objects(form.file.path)
    return services.files.take(
        form.file.path, owner=owner, filename=form.file.filename, purpose=purpose, lines=lines,
        sha256=form.file.sha256, lifetime_s=lifetime_s,
    )  # fmt: skip


def upload_purpose(text: str | None) -> Purpose:
    """The purpose of an upload; raises ApiError 400 for one that isn't served."""
    if not text:
        raise missing("purpose")
    if text not in UPLOADABLE:
        served = ", ".join(f"'{purpose}'" for purpose in UPLOADABLE)
        raise invalid(f"'{shown(text)}' is not one of {served}.", param="purpose", code="invalid_value")
    return Purpose(text)


def check_name(filename: str, purpose: Purpose) -> None:
    """Refuse a file whose name says that it isn't JSONL (ApiError 400)."""
    if not filename.lower().endswith(".jsonl"):
        message = f"Invalid file format for {purpose}: '{shown(filename)}'. Must be .jsonl."
        raise invalid(message, param="file", code="invalid_file_format")


def _lifetime(fields: Mapping[str, str], purpose: Purpose) -> int | None:
    anchor, seconds = fields.get("expires_after[anchor]"), fields.get("expires_after[seconds]")
    if anchor is None and seconds is None:
        return BATCH_LIFETIME_S if purpose is Purpose.BATCH else None
    if not re.fullmatch(r"\d{1,9}", seconds or "", re.ASCII):
        raise _bad_lifetime()
    return checked_lifetime(anchor, int(seconds or 0))


def checked_lifetime(anchor: str | None, seconds: int) -> int:
    """Seconds until a file expires; raises ApiError 400 outside one hour to thirty days."""
    if anchor != "created_at" or not 3600 <= seconds <= 2592000:
        raise _bad_lifetime()
    return seconds


def _bad_lifetime() -> ApiError:
    message = (
        "Invalid 'expires_after': anchor must be 'created_at' and seconds an integer from 3600 to 2592000."
    )
    return invalid(message, param="expires_after", code="invalid_value")


def list_files(services: Services, call: Call) -> object:
    """GET /files, newest first unless asked otherwise, optionally of one purpose."""
    request = call.page(default_limit=10000, max_limit=10000)
    purpose = call.query.get("purpose") or None
    with services.database.reading() as connection:
        page = files.page(connection, call.owner, purpose, services.clock(), request)
    return listed([file_object(files.from_row(row)) for row in page.rows], page.has_more)


def retrieve_file(services: Services, call: Call) -> object:
    """GET /files/{id}."""
    return file_object(services.files.find(call.owner, call.path["file_id"]))


def file_content(services: Services, call: Call) -> Response:
    """GET /files/{id}/content: the bytes as they came, streamed."""
    file = services.files.find(call.owner, call.path["file_id"])
    path = services.files.path(file.id)
    return FileResponse(path, media_type="application/octet-stream", filename=file.filename)


def delete_file(services: Services, call: Call) -> object:
    """DELETE /files/{id}."""
    services.files.delete(call.owner, call.path["file_id"])
    return {"id": call.path["file_id"], "object": "file", "deleted": True}
