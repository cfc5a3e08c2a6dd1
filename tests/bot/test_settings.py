from pathlib import Path

import pytest

from bot.errors import InputError
from bot.settings import FIELDS, read_settings, settings_table

GOOD = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}


def test_two_tokens_are_enough():
    settings = read_settings(GOOD)

    assert settings.uses_embedded_server
    assert settings.files_origin == "https://files.slack.com"
    assert settings.max_file_bytes == 50_000_000


def test_all_faults_are_told_at_once():
    with pytest.raises(InputError) as caught:
        read_settings(
            {"SLACK_BOT_TOKEN": "xoxp-1", "TUNESMITH_MAX_FILE_MB": "big", "OPENAI_BASE_URL": "http://x/v1"}
        )

    text = str(caught.value)
    for word in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "TUNESMITH_MAX_FILE_MB", "OPENAI_API_KEY"):
        assert word in text
    assert len(text.splitlines()) == 4


def test_http_needs_the_signing_secret_and_no_app_token():
    with pytest.raises(InputError, match="SLACK_SIGNING_SECRET"):
        read_settings({"SLACK_BOT_TOKEN": "xoxb-1"}, http_port=3000)

    read_settings({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s"}, http_port=3000)


def test_another_slack_serves_its_files_itself():
    settings = read_settings({**GOOD, "SLACK_API_URL": "http://127.0.0.1:8765/api"})

    assert settings.slack_api_url == "http://127.0.0.1:8765/api/"
    assert settings.files_origin == "http://127.0.0.1:8765"


def test_files_may_be_served_elsewhere():
    settings = read_settings({**GOOD, "SLACK_FILES_URL": "https://files.slack-gov.com/"})

    assert settings.files_origin == "https://files.slack-gov.com"


def test_a_secret_never_stands_in_an_error():
    with pytest.raises(InputError) as caught:
        read_settings({"SLACK_BOT_TOKEN": "xoxp-very-secret", "SLACK_APP_TOKEN": "xoxb-also-secret"})

    assert "secret" not in str(caught.value)


def test_every_setting_is_documented():
    page = (Path(__file__).parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")

    for name, _, what in FIELDS:
        assert f"| `{name}` |" in page
        assert what in page
    assert settings_table() in page
