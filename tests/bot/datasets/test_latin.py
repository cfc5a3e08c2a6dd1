"""One-byte encodings of the Latin alphabet, told apart on a line or two."""

import pytest

from bot.datasets.latin import latin_codec
from bot.datasets.reading import read_table
from bot.datasets.spool import open_spool

_WESTERN = {
    "French": "Ce film était très intéressant, à voir — l’été dernier; où êtes-vous, ça va? «bien»",
    "German": "Größe und Straße, für Füße übel „schön“ 20°C § 5 Äpfel, 30 m³ und 5 km²",
    "Spanish": "¿Qué pasó? ¡Señor, mañana será otro día! 1º piso, 2ª planta",
    "Portuguese": "Não há informações sobre a situação; põe a mão no coração",
    "Italian": "Perché la città è così più bella? Però c'è già",
    "Icelandic": "Það var einu sinni maður sem hét Þór og átti ekkert nema hest á fjöllum",
    "Danish": "Rødgrød med fløde, æble på øen, Århus",
    "Finnish": "Hyvää päivää, tämä on šakki ja mökki",
    "Estonian": "Õhtu jõudis kätte, öö tuleb, šokolaad, üks",
    "English": "It’s a “quote” – costs £5 or €6… 50 µm, 3 × 4, ½ cup",
}
_OTHERS = [
    ("Będę tu był często. Zażółć gęślą jaźń", "cp1250"),
    ("Będę tu był często. Zażółć gęślą jaźń", "iso8859-2"),
    ("Už nikdy špatné jídlo, příště zase, dobře", "cp1250"),
    ("Az őszi időben fürödni örült, hűvös, jó napot kívánok", "cp1250"),
    ("Şi acum ştim că ţara e mică, încă o dată", "cp1250"),
    ("Bu film çok ilginçti, beğendim ışık şu kötüydü İyi", "cp1254"),
    ("Ce film était très intéressant, c’est raté", "mac-roman"),
    ("Größe und Straße, für Füße übel schön Äpfel", "cp850"),
]


@pytest.mark.parametrize("language", _WESTERN)
def test_western_languages_are_windows_1252(language):
    assert latin_codec(_WESTERN[language].encode("cp1252")) == "cp1252"


@pytest.mark.parametrize(("text", "codec"), _OTHERS)
def test_other_codecs_give_the_text_back(text, codec):
    sample = text.encode(codec)

    assert sample.decode(latin_codec(sample)) == text


@pytest.mark.parametrize(
    ("text", "label", "codec"),
    [
        ("這部電影非常好看，今天天氣不錯", "正面", "big5"),
        ("这部电影非常好看，今天天气不错", "正面", "gb18030"),
        ("이 영화는 정말 재미있었습니다", "긍정", "euc-kr"),
        ("この映画はとても面白かったです", "良い", "shift_jis"),
        ("この映画はとても面白かったです", "良い", "euc-jp"),
        ("Этот фильм был очень интересным", "да", "cp1251"),
        ("Этот фильм был очень интересным", "да", "koi8-r"),
        ("Αυτή η ταινία ήταν πολύ ενδιαφέρουσα", "καλό", "cp1253"),
        ("Ten film był bardzo interesujący i świetny", "źle", "cp1250"),
        ("Tento film byl velmi zajímavý, příště zase", "dobře", "cp1250"),
        ("Bu film çok ilginçti, beğendim şu ışık", "iyi", "cp1254"),
        ("Ce film était très intéressant", "raté", "utf-16-le"),
        ("Ce film était très intéressant", "raté", "utf-16-be"),
        ("Ce film était très intéressant", "raté", "utf-32-be"),
    ],
)
def test_a_file_is_read_in_its_encoding(tmp_path, text, label, codec):
    rows = [[f"{text} {number}", label] for number in range(12)]
    lines = "\n".join(";".join(row) for row in [["text", "label"], *rows])
    source = tmp_path / "source"
    source.write_bytes(lines.encode(codec))

    read_table(source, tmp_path / "spool", name="file")

    batches = open_spool(tmp_path / "spool").batches(["text", "label"])
    assert [list(row.values()) for batch in batches for row in batch.to_pylist()] == rows
