from bot.texts import language, language_for, n, t, using


def test_english_is_said_as_it_stands_in_the_code():
    assert t("Stop {name}?", name="<job>") == "Stop <job>?"
    assert (n("{number} row", "{number} rows", 1), n("{number} row", "{number} rows", 2)) == (
        "1 row",
        "2 rows",
    )


def test_a_catalogue_is_used_inside_its_block_only():
    with using("zh_CN"):
        inside = (t("Not now"), n("{number} row", "{number} rows", 3))

    assert inside == ("暂不", "3 行")
    assert (t("Not now"), language()) == ("Not now", "en")


def test_a_sentence_the_catalogue_lacks_is_said_in_english():
    with using("zh_CN"):
        assert t("No such sentence, {name}", name="x") == "No such sentence, x"


def test_braces_in_a_value_stay_as_they_are():
    assert t("{text}", text="{name}") == "{name}"


def test_slack_locales_find_their_language():
    assert [language_for(locale) for locale in ("zh-CN", "zh-TW", "en-GB", "de-DE", "")] == [
        "zh_CN",
        "zh_CN",
        "en",
        "en",
        "en",
    ]
