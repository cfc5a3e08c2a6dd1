"""Uploads in parts."""

import hashlib

import openai
import pytest

LINES = b"".join(b'{"prompt": "text %d", "completion": "b"}\n' % number for number in range(2000))


def begin(client, size: int = len(LINES)):
    return client.uploads.create(
        bytes=size, filename="big.jsonl", mime_type="text/jsonl", purpose="fine-tune"
    )


def test_parts_become_a_file_in_the_given_order(client) -> None:
    upload = begin(client)
    pieces = [LINES[:30_000], LINES[30_000:]]
    second = client.uploads.parts.create(upload.id, data=pieces[1])
    first = client.uploads.parts.create(upload.id, data=pieces[0])

    done = client.uploads.complete(
        upload.id, part_ids=[first.id, second.id], md5=hashlib.md5(LINES).hexdigest()
    )

    assert done.status == "completed"
    assert (done.file.filename, done.file.bytes) == ("big.jsonl", len(LINES))
    assert client.files.content(done.file.id).read() == LINES


def test_the_sdks_chunked_upload_works(client) -> None:
    done = client.uploads.upload_file_chunked(
        file=LINES,
        filename="big.jsonl",
        bytes=len(LINES),
        mime_type="text/jsonl",
        purpose="fine-tune",
        part_size=20_000,
    )

    assert client.files.content(done.file.id).read() == LINES


def test_what_does_not_add_up_is_refused(client) -> None:
    upload = begin(client)
    part = client.uploads.parts.create(upload.id, data=LINES[:-10])

    for wrong in ([part.id], [], ["part_unknown"], [part.id, part.id]):
        with pytest.raises(openai.BadRequestError):
            client.uploads.complete(upload.id, part_ids=wrong)
    with pytest.raises(openai.BadRequestError, match="larger"):
        client.uploads.parts.create(upload.id, data=LINES)
    last = client.uploads.parts.create(upload.id, data=LINES[-10:])
    with pytest.raises(openai.BadRequestError, match="md5"):
        client.uploads.complete(upload.id, part_ids=[part.id, last.id], md5="0" * 32)
    assert client.uploads.complete(upload.id, part_ids=[part.id, last.id]).status == "completed"


def test_a_cancelled_upload_takes_nothing_more(client, server) -> None:
    upload = begin(client)
    client.uploads.parts.create(upload.id, data=LINES[:100])

    assert client.uploads.cancel(upload.id).status == "cancelled"

    with pytest.raises(openai.ConflictError):
        client.uploads.parts.create(upload.id, data=LINES[:100])
    assert not (server.home / "uploads" / upload.id).exists()


def test_a_whole_that_is_no_jsonl_is_refused(client) -> None:
    upload = begin(client, size=9)
    part = client.uploads.parts.create(upload.id, data=b"not jsonl")

    with pytest.raises(openai.BadRequestError, match="Line 1 is not"):
        client.uploads.complete(upload.id, part_ids=[part.id])
