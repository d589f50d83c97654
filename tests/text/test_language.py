import pytest

from emtract.text import clean_post
from emtract.text.language import LANGUAGES, language_of

pytest.importorskip("py3langid")


@pytest.mark.parametrize(
    ("body", "language"),
    [
        ("$TSLA I am not selling this for less than you think", "en"),
        ("$TSLA compré más acciones hoy porque va a subir mucho mañana", "es"),
        ("Die Aktie steigt heute nach den Zahlen sehr stark, ich kaufe mehr $BMW", "de"),
        ("テスラの株を買いました。今日はとても嬉しいです", "ja"),
        ("$TSLA 🚀🚀 https://a.co @bob", None),
        ("to the moon", None),
        ("va a subir", None),
    ],
)
def test_a_text_of_six_words_tells_its_language_and_a_shorter_one_none(body, language):
    assert language_of(clean_post(body).text) == language


def test_the_identifier_knows_every_language_that_may_be_asked():
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    assert set(LANGUAGES) <= set(LanguageIdentifier.from_model_file(MODEL_FILE).labels)
