"""Notices, colophons, captions and repeated labels."""

from __future__ import annotations

import pytest

from tests.support.trees import LONG
from transforms.extract.body.context import ExtractionHints, PageContext
from transforms.extract.body.notices import (
    drop_caption,
    drop_notices,
    drop_repeated_labels,
    is_colophon,
    is_notice,
)


@pytest.mark.parametrize(
    "line",
    [
        "Story continues below advertisement",
        "The story continues under the ad",
        "Anzeige",
        "La suite après la publicité",
        "La historia continúa después de la publicidad",
        "A matéria continua após a publicidade",
        "Lees verder onder de advertentie",
        "Artikkelen fortsetter under annonsen",
        "Продолжение после рекламы",
        "記事は広告の後に続きます",
        "Sign up to our daily newsletter for the news of your coast.",
        "Abonnieren Sie unseren Newsletter!",
        "Inscrivez-vous à notre newsletter quotidienne.",
        "Suscríbase a nuestro boletín de noticias.",
        "Receba nossa newsletter e siga nosso canal no WhatsApp.",
        "Iscriviti alla nostra newsletter.",
        "Подпишитесь на наш канал в Telegram.",
        "Photo: A. Keeper",
        "A. Keeper/The Associated Press",
        "A. Keeper/UPI",
        "B. Lund/ANP",
        "Imagen: la torre del puerto",
        "Immagine: il porto",
        "Zdjęcie: J. Nowak",
        "Please enter your comment!",
    ],
)
def test_lines_to_the_reader_are_notices(line: str) -> None:
    assert is_notice(line)


@pytest.mark.parametrize(
    "line",
    [
        "The company said that its newsletter had reached two million subscribers.",
        "Advertisement revenue fell by a tenth in the last quarter, the newspaper said.",
        "He posted a photo of the pier on Instagram and told followers to stay away.",
        "Das Gericht untersagte dem Konzern, für das Mittel weiter Werbung zu machen, weil es nicht wirkt.",
        "The channel is dredged every spring.",
        "- Photographer/Camera operator: $40-90 for each picture",
    ],
)
def test_reports_about_newsletters_and_advertising_are_not_notices(line: str) -> None:
    assert not is_notice(line)


@pytest.mark.parametrize(
    "line",
    [
        "© 2026 The Gazette",
        "Copyright 2026 The Associated Press. All rights reserved.",
        "RIPRODUZIONE RISERVATA",
        "저작권자 © 항구신문 무단전재 및 재배포 금지",
        "（责任编辑：王芳）",
        "Kaynak: Liman Postası",
        "김하나 기자 hana@gazette.example",
        "Нашли ошибку? Выделите текст и нажмите Ctrl+Enter",
    ],
)
def test_lines_about_the_owner_or_source_of_a_story_are_a_colophon(line: str) -> None:
    assert is_colophon(line)


@pytest.mark.parametrize(
    "line",
    [
        "Copyright law will be changed in the spring, the minister said.",
        "The source: a spring in the hills above the harbour, eleven kilometres from the nearest road.",
        "Anmeldung unter pier@gazette.example",
        "Write to the harbour master. His address is pier@gazette.example",
    ],
)
def test_reports_about_rights_and_sources_are_not_a_colophon(line: str) -> None:
    assert not is_colophon(line)


def test_a_repeated_label_goes() -> None:
    assert drop_repeated_labels(["Read more", LONG[0], "Read more", LONG[1], LONG[1]], PageContext()) == [
        LONG[0],
        LONG[1],
        LONG[1],
    ]


def test_a_caption_above_the_story_goes_with_its_credit() -> None:
    caption = ["Fishermen mend a plank of the old pier in March.", "A. Keeper/The Associated Press"]
    assert drop_caption([*caption, *LONG], PageContext()) == list(LONG)
    titled = PageContext(hints=ExtractionHints(headlines=["Old pier"]))
    assert drop_caption(["Old pier", *caption, *LONG], titled) == ["Old pier", *LONG]
    short = [LONG[0], caption[1], LONG[1]]
    assert drop_caption(short, PageContext()) == short
    assert drop_notices(short, PageContext()) == [LONG[0], LONG[1]]
