"""What is found inside texts, and what the remedies make of it."""

import pyarrow as pa
import pytest

from bot.datasets.checks import faults, privacy
from bot.datasets.kernels import TextBytes
from tests.bot.datasets.making import again, codes, finding, pairs, plain_rows, prepared

KEY = "sk-proj-" + "a1B2" * 8


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("cafÃ©", "café"),
        ("itâ€™s", "it’s"),
        ("Ã¢â‚¬Å“twiceÃ¢â‚¬Â\x9d", "“twice”"),
        ("ÐŸÑ€Ð¸Ð²ÐµÑ‚", "Привет"),
        ("smile ðŸ˜€", "smile 😀"),
        ("Â£5", "£5"),
    ],
)
def test_mojibake_becomes_what_it_was(text, whole):
    assert faults.without_mojibake(text) == whole


@pytest.mark.parametrize(
    "text", ["café", "«Spaß» und »Größe«", "naïve “quote”", "São Paulo", "Übergrößenträger", "日本語"]
)
def test_right_text_is_left_alone(text):
    array = pa.array([text])

    assert faults.without_mojibake(text) == text
    assert not faults.mojibake_rows(array, TextBytes(array)).any()


def test_faults_are_found_and_mended_by_default(tmp_path):
    rows = [
        *plain_rows(),
        ["the cafÃ© is closed", "yes"],
        ["Q&amp;A and R&#38;D", "no"],
        ["two_x000D_\nlines here", "yes"],
        ["a\x00b\u200bc with it\x92s", "no"],
        ["#REF!", "no"],
    ]

    report = prepared(tmp_path, rows)

    assert {"mojibake", "html_entities", "excel_artefacts", "control_characters", "empty_text"} >= codes(
        report
    ) - {"too_few_examples"}
    assert {text for text, _ in pairs(tmp_path)} >= {
        "the café is closed",
        "Q&A and R&D",
        "two\nlines here",
        "abc with it’s",
    }
    assert report.rows_kept == 44


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('="007"', "007"),
        ('="say ""hi"""', 'say "hi"'),
        ('=HYPERLINK("https://example.com/a";"the page")', "the page"),
        ("'0049 170", "0049 170"),
        ("'=1+1", "=1+1"),
        ("'Twas the night", "'Twas the night"),
        ("'90s music", "'90s music"),
        ("=SUM(A1:A3)", "=SUM(A1:A3)"),
    ],
)
def test_formulas_that_say_a_text_become_it(tmp_path, cell, text):
    report = prepared(tmp_path, [*plain_rows(), [cell, "yes"]])

    assert (text, "yes") in pairs(tmp_path)
    assert ("excel_artefacts" in codes(report)) == (cell != text or cell.startswith("="))


def test_mended_rows_are_compared_as_they_become(tmp_path):
    rows = [*plain_rows(), ["Tom &amp; Ann", "yes"], ["Tom & Ann", "yes"]]

    mended = prepared(tmp_path, rows)
    left = again(tmp_path, fixes=("drop_duplicates",))

    assert mended.rows_kept == 41
    assert left.rows_kept == 42


def test_personal_data_is_told_and_masked_on_demand(tmp_path):
    rows = [*plain_rows(), ["write to ann@example.com or +44 20 7946 0958", "yes"]]

    told = prepared(tmp_path, rows)
    again(tmp_path, fixes=("mask_pii",))

    assert finding(told, "pii").lines == (42,)
    assert "ann@example.com" not in finding(told, "pii").examples[0]
    assert ("write to [e-mail] or [phone]", "yes") in pairs(tmp_path)


def test_secrets_are_masked_by_default_and_never_shown(tmp_path):
    report = prepared(tmp_path, [*plain_rows(), [f"my key is {KEY} ok", "yes"]])

    assert KEY not in str(report)
    assert ("my key is [API key] ok", "yes") in pairs(tmp_path)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("card 4111 1111 1111 1111.", "card [card number]."),
        ("order 4111 1111 1111 1112", "order 4111 1111 1111 1112"),
        ("DE89 3704 0044 0532 0130 00", "[IBAN]"),
        ("GB82WEST12345698765432 now", "[IBAN] now"),
        ("from 192.168.0.1", "from [IP address]"),
        ("version 1.2.3.4", "version 1.2.3.4"),
        ("host 999.1.1.1", "host 999.1.1.1"),
        ("2001:db8::8a2e:370:7334", "[IP address]"),
        ("call 08452810075 now", "call [phone] now"),
        ("(212) 555-0123", "[phone]"),
        ("on 2024-01-02 at 10:30", "on 2024-01-02 at 10:30"),
        ("it cost 1,234,567.89 in 2024", "it cost 1,234,567.89 in 2024"),
        ("a@b", "a@b"),
    ],
)
def test_personal_data_by_form_and_check_digits(text, masked):
    array = pa.array([text])

    assert privacy.mask_pii(text) == masked
    assert privacy.pii_rows(array, TextBytes(array)).tolist() == [masked != text]


@pytest.mark.parametrize(
    "secret",
    [
        KEY,
        "AKIAIOSFODNN7EXAMPLE",
        "xoxb-" + "123456789012-abcdefGHIJ",
        "ghp_" + "a1" * 18,
        "AIza" + "b" * 35,
        "hf_" + "c3" * 17,
        "glpat-" + "d" * 20,
        "password: hunter2hunter2",
        "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----",
        "eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.SflKxwRJSMeKKF2QT4",
    ],
)
def test_secrets_are_recognised(secret):
    text = f"see {secret} there"

    assert secret not in privacy.mask_secrets(text)
    assert privacy.secret_rows(pa.array([text, "nothing here"])).tolist() == [True, False]


def test_words_about_passwords_are_no_secrets():
    text = "I forgot my password: please help"

    assert privacy.mask_secrets(text) == text


def test_label_in_its_text_is_told(tmp_path):
    rows = [
        [f"{label}: message {number}", label] for number, label in enumerate(["billing", "shipping"] * 20)
    ]

    report = prepared(tmp_path, rows)

    assert finding(report, "label_in_text").rows == 40
    assert finding(report, "label_in_text").severity == "warning"


def test_sorted_file_is_told_and_shuffled(tmp_path):
    rows = [[f"text {n}", "a" if n < 50 else "b"] for n in range(100)]

    assert finding(prepared(tmp_path, rows), "order_bias").remedies[0].applied
