"""Who speaks, where the name comes later, behind an aside or in a list; and which few words are a statement."""

import pytest

from stance.quotes import extract


def found(text, language):
    """Return (words of the spans joined by |, speaker) of every quoted statement."""
    result = extract(text, language=language, kinds=("direct", "mixed"))
    return [("|".join(text[a:b].strip(" .,!?…") for a, b in one.spans), one.speaker) for one in result.statements]


@pytest.mark.parametrize(
    ("language", "text", "speaker"),
    [
        ("ru", "«А вы сами туда ездили?» — спрашивает он. Капитан Денис Вербин водит баржи.", "Денис Вербин"),
        (
            "uk",
            "На її думку, Лиман «мовчить навмисно». Урсула фон дер Гайде говорила в середу.",
            "Урсула фон дер Гайде",
        ),
        ("pl", "W jego ocenie „port gra na czas”. Profesor Adam Rudnik-Lis wykłada w Lublinie.", "Adam Rudnik-Lis"),
        (
            "fr",
            "À ses yeux, « la digue ne suffit pas ». Le sénateur (UC) Cyrille d'Orbec présidait.",
            "Cyrille d'Orbec",
        ),
        ("nl", "Hij zegt: ‘We wachten gewoon af.’ De schipper Jan Tuinvliet heeft drie boten.", "Jan Tuinvliet"),
        (
            "en",
            "In her view, the port is “playing for time”. Ursula van der Weide spoke on Monday.",
            "Ursula van der Weide",
        ),
    ],
)
def test_somebody_named_only_after_the_words(language, text, speaker):
    assert [name for _, name in found(text, language)] == [speaker]


def test_in_his_words_is_said_of_the_person_before_and_not_of_who_follows():
    text = "Капитан Виктор Шубников осмотрел мост. По его словам, Вена «проверяет нас на прочность»."
    assert found(text, "ru") == [("проверяет нас на прочность", "Виктор Шубников")]


def test_a_pronoun_means_a_person_of_its_gender():
    text = "Врач Ольга Зорина приняла капитана Павла Дроздова. Капитан Павел Дроздов ушёл. «Он здоров», — сказала она."
    assert found(text, "ru") == [("Он здоров", "Ольга Зорина")]


@pytest.mark.parametrize(
    ("language", "text", "speaker"),
    [
        ("fr", "Nora Dubreuil, qui préside « Un quai pour tous », accuse : « La mairie ment. »", "Nora Dubreuil"),
        ("en", "Capt. Mark van den Hoorn, who runs the lock, called the drill “pure theatre”.", "Mark van den Hoorn"),
        ("es", "El alcalde de Cartama, Juan de la Sierva, del PX, cree que es «un disparate».", "Juan de la Sierva"),
        ("ru", "Посол Чехии в Осло Андрей Вихорев назвал мост «историческим решением».", "Андрей Вихорев"),
        ("ru", "«Мост не нужен», сообщил «Лиманцу» замминистра Илья Рубинов.", "Илья Рубинов"),
        ("ru", "Полковник Игорь Матвиенко в беседе с «Лентой» назвал учения «обычной показухой».", "Игорь Матвиенко"),
        ("it", "«Il molo resta», ha detto il ministro del porto estone, Hannes Lepik.", "Hannes Lepik"),
        ("fr", "« Le quai reste », a martelé à Pékin Wang Lihua, la porte-parole du port.", "Wang Lihua"),
        ("pl", "Rzecznik portu Jan Wrona uznał mapę za „dobrą”. Dodał, że Moskwa „milczy od lat”.", "Jan Wrona"),
    ],
)
def test_the_subject_behind_an_aside(language, text, speaker):
    assert found(text, language)[-1][1] == speaker


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        (
            "ru",
            "Токио назвал пуск «недопустимым», Сеул – «безрассудным».",
            [("недопустимым", "Токио"), ("безрассудным", "Сеул")],
        ),
        (
            "es",
            "Seúl calificó el plan de «temerario», Tokio de «inaceptable».",
            [("temerario", "Seúl"), ("inaceptable", "Tokio")],
        ),
        (
            "en",
            "Seoul called the launch “reckless”, Tokyo “unacceptable”.",
            [("reckless", "Seoul"), ("unacceptable", "Tokyo")],
        ),
    ],
)
def test_a_verb_that_is_not_said_again(language, text, expected):
    assert found(text, language) == expected


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        (
            "fr",
            "« Un quai neuf est possible » mais « pas ici », a résumé Nora Vitrac.",
            ["Un quai neuf est possible|pas ici"],
        ),
        (
            "fr",
            "« Le port dort, soupire Denis Rollin, le patron du bar. Et nous aussi ! »",
            ["Le port dort|Et nous aussi"],
        ),
        (
            "fr",
            "« Nous l'avons dit, a repris la ministre : le port restera ouvert. »",
            ["Nous l'avons dit|le port restera ouvert"],
        ),
        ("pl", "Rzecznik Jan Wrona ocenił, że opłaty są „bezprawne”.", ["bezprawne"]),
        ("fr", "Selon le général Pierre de La Grange, les travaux « piétinent ».", ["piétinent"]),
        ("ru", "В документах слова нет, вместо него пишут «работа».", []),
        ("fr", "Au village, on les appelle les « touristes ».", []),
    ],
)
def test_few_words_and_parted_words(language, text, expected):
    assert [words for words, _ in found(text, language)] == expected


def test_an_interviewers_questions_between_answers_with_a_reporting_word():
    text = "— Вам не страшно?\n— Нет, — говорит баба Анна. — Привыкла.\n— А уехать?\n— Некуда мне ехать."
    assert [words for words, _ in found(text, "ru")] == ["Нет|Привыкла", "Некуда мне ехать"]
