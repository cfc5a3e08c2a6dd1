"""The files resource, parsed strictly."""

import openai
import pytest
from openai import OpenAI
from openai.types import FileDeleted, FileObject

LINES = b'{"prompt": "a", "completion": "b"}\n' * 12


def test_a_file_is_created_retrieved_listed_read_and_deleted(client: OpenAI, strict, strict_page) -> None:
    created = strict(
        FileObject, client.files.with_raw_response.create(file=("pairs.jsonl", LINES), purpose="fine-tune")
    )
    retrieved = strict(FileObject, client.files.with_raw_response.retrieve(created.id))
    listed = strict_page(FileObject, client.files.with_raw_response.list(purpose="fine-tune", limit=1))
    content = client.files.content(created.id).read()
    deleted = strict(FileDeleted, client.files.with_raw_response.delete(created.id))

    assert retrieved == created
    assert (created.bytes, created.filename, created.status) == (len(LINES), "pairs.jsonl", "processed")
    assert [file.id for file in listed] == [created.id]
    assert content == LINES
    assert deleted.deleted
    with pytest.raises(openai.NotFoundError):
        client.files.retrieve(created.id)


def test_pages_of_files_hold_each_once_in_the_asked_order(client: OpenAI) -> None:
    made = [client.files.create(file=(f"{n}.jsonl", LINES), purpose="batch").id for n in range(5)]

    newest_first = [file.id for file in client.files.list(purpose="batch", limit=2)]
    oldest_first = [file.id for file in client.files.list(purpose="batch", limit=2, order="asc")]

    assert newest_first[:5] == made[::-1]
    assert oldest_first == newest_first[::-1]


def test_a_file_can_be_given_a_time_to_live(client: OpenAI) -> None:
    expiry = {"anchor": "created_at", "seconds": 3600}

    file = client.files.create(file=("short.jsonl", LINES), purpose="fine-tune", expires_after=expiry)

    assert file.expires_at == file.created_at + 3600


def test_wait_for_processing_returns_at_once(client: OpenAI, training_file: str) -> None:
    assert client.files.wait_for_processing(training_file, max_wait_seconds=5).status == "processed"


def test_what_is_not_jsonl_is_refused_with_the_line(client: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="Line 2 is not a dictionary") as caught:
        client.files.create(file=("bad.jsonl", b'{"a": 1}\n[1, 2]\n'), purpose="fine-tune")

    assert caught.value.type == "invalid_request_error"
