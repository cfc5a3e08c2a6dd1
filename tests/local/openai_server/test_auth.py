"""Bearer keys: made, listed, revoked, and each seeing only its own things."""

import stat

import openai
import pytest

from local.openai_server.auth import KeyNameTaken, create_key, ensure_key_file, list_keys, revoke_key

LINES = b'{"prompt": "a", "completion": "b"}\n' * 12


def test_the_key_file_is_made_once_and_for_its_user_only(tmp_path) -> None:
    key, path = ensure_key_file(tmp_path)

    assert ensure_key_file(tmp_path) == (key, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_keys_are_made_listed_and_revoked(tmp_path) -> None:
    made, secret = create_key(tmp_path, "support")

    assert secret.startswith("sk-ts-")
    assert [key.name for key in list_keys(tmp_path)] == ["support"]
    assert secret not in repr(list_keys(tmp_path))
    with pytest.raises(KeyNameTaken):
        create_key(tmp_path, "support")
    assert revoke_key(tmp_path, made.id)
    assert not revoke_key(tmp_path, made.id)
    assert list_keys(tmp_path)[0].revoked_at is not None


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer wrong", "Basic c2s6", "Bearer sk-test-and-more", "Bearer \xe9"]
)
def test_without_a_valid_key_nothing_is_answered(server, header: str) -> None:
    answer = server.request("GET", "/v1/models", headers={"authorization": header}, key=None)

    assert answer.status == 401
    assert answer.json["error"]["type"] == "invalid_request_error"


def test_each_key_sees_only_its_own(server, client, model: str, training_file: str) -> None:
    _, secret = create_key(server.home, "stranger")
    with server.client(secret) as stranger:
        own = stranger.files.create(file=("own.jsonl", LINES), purpose="fine-tune")
        job = client.fine_tuning.jobs.list(limit=1).data[0]

        assert [file.id for file in stranger.files.list()] == [own.id]
        assert own.id not in [file.id for file in client.files.list()]
        assert stranger.fine_tuning.jobs.list().data == []
        assert model not in [listed.id for listed in stranger.models.list()]
        for refused in (
            lambda: stranger.files.retrieve(training_file),
            lambda: stranger.files.content(training_file),
            lambda: stranger.files.delete(training_file),
            lambda: stranger.fine_tuning.jobs.retrieve(job.id),
            lambda: stranger.fine_tuning.jobs.cancel(job.id),
            lambda: stranger.fine_tuning.jobs.list_events(job.id),
            lambda: stranger.fine_tuning.jobs.checkpoints.list(job.id),
            lambda: stranger.models.retrieve(model),
            lambda: stranger.models.delete(model),
            lambda: stranger.chat.completions.create(
                model=model, messages=[{"role": "user", "content": "ice"}]
            ),
        ):
            with pytest.raises(openai.NotFoundError):
                refused()
        with pytest.raises(openai.BadRequestError):
            stranger.fine_tuning.jobs.create(model="ngram-hash-1", training_file=training_file)
        with pytest.raises(openai.BadRequestError):
            stranger.fine_tuning.jobs.create(model=model, training_file=own.id)


def test_a_revoked_key_stops_at_once_and_its_successor_has_its_things(server) -> None:
    first, secret = create_key(server.home, "rotating")
    with server.client(secret) as client:
        file = client.files.create(file=("kept.jsonl", LINES), purpose="fine-tune")
        revoke_key(server.home, first.id)
        with pytest.raises(openai.AuthenticationError):
            client.files.list()
    _, second = create_key(server.home, "rotating")

    with server.client(second) as client:
        assert client.files.retrieve(file.id).filename == "kept.jsonl"
