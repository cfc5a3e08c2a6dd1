"""Folders as bases: which are taken, which are refused and why, and that nothing outside is reached."""

import json

import pytest

from local.trainer.generation.folders import find, scan


def model(folder, *, architecture="LlamaForCausalLM", **config):
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"architectures": [architecture], **config}))
    (folder / "model.safetensors").write_bytes(b"\0" * 100)
    (folder / "tokenizer.json").write_text("{}")
    return folder


def test_folders_are_listed_by_name_and_kind(tmp_path) -> None:
    model(tmp_path / "writer")
    model(tmp_path / "reader", architecture="BertModel")
    model(tmp_path / "judge", architecture="RobertaForSequenceClassification")
    (tmp_path / "papers").mkdir()

    found = {folder.id: folder.kind for folder in scan([tmp_path])}

    assert found == {
        "local:judge": "classifier",
        "local:reader": "classifier",
        "local:writer": "generator",
    }


def test_a_folder_is_found_by_name_path_and_depth(tmp_path) -> None:
    place = model(tmp_path / "maker" / "writer")

    assert find([tmp_path], "local:maker/writer").path == place
    assert find([tmp_path], f"local:{place}").id == "local:maker/writer"
    assert find([tmp_path], "local:writer") is None


@pytest.mark.parametrize(
    "name", ["local:../outside", "local:inside/../../outside", "local:link", "outside", "local:", "local:\0"]
)
def test_nothing_outside_the_given_folders_is_reached(tmp_path, name) -> None:
    model(tmp_path / "outside")
    root = tmp_path / "models"
    model(root / "inside")
    (root / "link").symlink_to(tmp_path / "outside")

    assert find([root], name) is None
    assert find([root], f"local:{tmp_path / 'outside'}") is None
    assert [folder.id for folder in scan([root])] == ["local:inside"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            lambda place: (place / "model.safetensors").rename(place / "pytorch_model.bin"),
            "pytorch_model.bin can carry code",
        ),
        (lambda place: (place / "tokenizer.json").unlink(), "no tokenizer.json"),
        (lambda place: (place / "config.json").write_text('{"architectures": ["T5Model"]}'), "names T5Model"),
        (
            lambda place: (place / "config.json").write_text('{"auto_map": {"AutoModel": "m.M"}}'),
            "code of its own",
        ),
        (lambda place: (place / "more.safetensors").symlink_to("/etc/hostname"), "points outside"),
    ],
)
def test_what_cannot_be_used_says_why(tmp_path, change, reason) -> None:
    place = model(tmp_path / "writer")
    change(place)

    assert reason in find([tmp_path], "local:writer").problem


def test_the_licence_is_that_of_the_card(tmp_path) -> None:
    place = model(tmp_path / "writer")
    (place / "README.md").write_text("---\nlicense: apache-2.0\n---\n# A model\n")

    assert find([tmp_path], "local:writer").license == "apache-2.0"
