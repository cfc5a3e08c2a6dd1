"""Conversations to ids: an answer in use follows the very ids that it followed in training."""

import json

import pytest

from local.trainer.errors import WeightsError
from local.trainer.generation.tokens import ChatTokenizer
from local.trainer.jsonlines import Turn
from tests.local.trainer.generation.tiny import write_tokenizer

pytest.importorskip("jinja2", reason="chat templates need the extra `generate` or `gpu`")
TURNS = (
    Turn(role="system", content="Describe."),
    Turn(role="user", content="lamp red ß €"),
    Turn(role="assistant", content="a red lamp"),
    Turn(role="user", content="chair"),
    Turn(role="assistant", content=" a chair\n"),
)


@pytest.fixture(params=[True, False], ids=["template", "plain"])
def tokenizer(tmp_path, request):
    write_tokenizer(tmp_path, template=request.param)
    (tmp_path / "config.json").write_text(json.dumps({"eos_token_id": 1}))
    return ChatTokenizer(tmp_path)


def test_only_answers_are_learnt_to_their_end_token(tokenizer) -> None:
    encoded = tokenizer.example(TURNS, (False, False, True, False, True))

    learnt = [token for token, wanted in zip(encoded.ids, encoded.learnt, strict=True) if wanted]
    assert tokenizer.text(learnt) == "a red lamp</s> a chair\n</s>"
    assert encoded.ids[-1] == 1


def test_a_prompt_has_the_ids_that_came_before_the_answer(tokenizer) -> None:
    encoded = tokenizer.example(TURNS, (False, False, False, False, True))

    assert tuple(tokenizer.prompt(TURNS[:4])) == encoded.ids[: encoded.first_learnt]


def test_bytes_of_ids_join_to_the_text(tokenizer) -> None:
    ids = tokenizer.prompt(TURNS[:2])

    assert "lamp red ß €" in b"".join(tokenizer.token_bytes(one) for one in ids).decode()


def test_a_template_that_refuses_says_why(tmp_path) -> None:
    write_tokenizer(tmp_path, template=False)
    (tmp_path / "chat_template.jinja").write_text("{{ raise_exception('no system messages') }}")

    with pytest.raises(WeightsError, match="no system messages"):
        ChatTokenizer(tmp_path).prompt(TURNS[:2])


def test_a_template_cannot_reach_beyond_its_messages(tmp_path) -> None:
    write_tokenizer(tmp_path, template=False)
    (tmp_path / "chat_template.jinja").write_text("{{ messages.__class__.__mro__[1].__subclasses__() }}")

    with pytest.raises(WeightsError, match="chat template"):
        ChatTokenizer(tmp_path).prompt(TURNS[:2])


def test_a_folder_without_a_tokenizer_is_refused(tmp_path) -> None:
    with pytest.raises(WeightsError, match=r"tokenizer\.json cannot be read"):
        ChatTokenizer(tmp_path)
