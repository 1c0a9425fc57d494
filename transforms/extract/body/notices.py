"""Notices: lines in which a site speaks to its readers, not about the story, in the major languages.

The step for copies learns lines that one site repeats, and boxes go with the furniture. These are lines
between paragraphs: the text continues after an advertisement, a picture's credit, offers to subscribe,
invitations to comment. A line is a notice only if it is short and has several words of its kind, so a
report about newsletters has none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from transforms.extract.body.furniture import SENTENCE_ENDS

_MAX_NOTICE_CHARS = 320
_MAX_LABEL_CHARS = 80
_MAX_SOURCE_CHARS = 60
_MAX_RIGHTS_CHARS = 220
_REPEATED = 2
_MIN_LINES = 4

# Stems, by kind: each means the same in English, German, French, Spanish, Portuguese, Italian, Dutch, the
# Scandinavian languages, Polish, Turkish, Russian, and in Arabic, Chinese, Japanese, Korean and Hindi.
_AD = (
    "ad|ads|advert\\w*|anzeige|werbung|publicit[éà]|publicidad|publicidade|anúncio|advertentie|reclame|annons\\w*"
    "|annonce|reklam\\w*|реклам\\w*|إعلان|اعلان|广告|廣告|広告|광고|विज्ञापन"
)
_GOES_ON = (
    "continu\\w*|continú\\w*|fortgesetzt|weiter\\w*|geht|suite|sigue|segue|verder|fortsätt\\w*"
    "|forts[eæ]tt\\w*"
    "|dalsz\\w*|продолж\\w*|devam\\w*|يتبع|تتمة|续|継|続|계속|जारी"
)
_SUBSCRIBE = (
    "subscri\\w*|sign up|register|join|follow|download|abonn\\w*|anmeld\\w*|melden|folg\\w*|inscri\\w*"
    "|recev\\w*|suiv\\w*"
    "|suscríb\\w*|suscrib\\w*|regístr\\w*|recib\\w*|sígu\\w*|sigue\\w*|assin\\w*|receba\\w*|siga\\w*"
    "|iscriv\\w*|ricev\\w*|segui\\w*"
    "|abbonati|schrijf|meld|volg\\w*|prenumerer\\w*|følg\\w*|följ\\w*|zapisz|subskryb\\w*|obserwuj"
    "|подпи\\w*|следите"
    "|abone|kaydol\\w*|takip|اشترك\\w*|تابع\\w*|订阅|关注|訂閱|登録|購読|フォロー|구독|सब्सक्राइब|फॉलो"
)
_LETTER = (
    "newsletter\\w*|bulletins?|briefing|update|push-\\w+|notifications?|whatsapp|telegram|podcast\\w*"
    "|youtube|app|facebook"
    "|instagram|kan[aä]l\\w*|channel|canal|canale|bolet[ií]n\\w*|infolettre\\w*|nieuwsbrief"
    "|nyhetsbrev\\w*|nyhedsbrev\\w*"
    "|biuletyn\\w*|рассыл\\w*|канал\\w*|телеграм\\w*|bülten\\w*|النشرة|نشرتنا|قناتنا|电子报|電子報|公众号|メルマガ"
    "|メールマガジン|ニュースレター|뉴스레터|न्यूज़लेटर|चैनल"
)
_YOU = (
    "our|your|you|us|unser\\w*|ihr\\w*|sie|dich|dir|du|nos|notre|vos|votre|vous|nuestr\\w*|tu|te"
    "|noss\\w*|seu|sua|nostr\\w*"
    "|tua|ons|onze|jouw|je|vår\\w*|din|ditt|vores|dig|nasz\\w*|twoj\\w*|наш\\w*|нас|ваш\\w*|bizi|bize"
    "|نا|我们|您|弊|本紙"
)
_COMMENT = (
    "(?:please )?(?:enter|leave|post|write|add) (?:your|a) (?:comment|reply|name)(?: here)?"
    "|(?:log|sign) in to (?:leave|post) a comment|kommentar (?:schreiben|verfassen)|laisser un commentaire"
    "|deja (?:un|tu) comentario|deixe (?:um|seu) comentário|lascia un commento|laat een reactie achter"
    "|(?:already|are you) a (?:subscriber|member)\\W.*|(?:schon|bereits) abonn\\w+\\W.*|déjà abonné\\w*\\W.*"
    "|ya (?:eres|es) suscriptor\\W.*|já é assinante\\W.*|sei già abbonato\\W.*|al abonnee\\W.*"
    "|allerede abonnent\\W.*|redan prenumerant\\W.*"
    "|skriv en kommentar|dodaj komentarz|оставить комментарий|yorum yap\\w*|コメントを書く|发表评论"
)
# Credits of pictures without a caption in the page's structure.
_PICTURE = "photos?|photograph|image|picture|foto\\w*|bild\\w*|crédit|credit|фото|写真|사진|图"
_AGENCY = (
    "ap(?: photo)?|the associated press|associated press|afp|reuters|getty(?: images)?|dpa|epa|efe"
    "|ansa|anadolu"
    "|shutterstock|alamy|imago|the canadian press|xinhua|tass|pa"
)
# Lines below a story: rights, origin, editors, contact.
_RIGHTS = (
    "all rights reserved|alle rechte vorbehalten|tous droits réservés|derechos reservados|direitos reservados"
    "|diritti riservati|riproduzione riservata|rechten voorbehouden|prawa zastrzeżone|права защищены"
    "|hakları saklıdır|حقوق محفوظة|الحقوق محفوظة|版权所有|版權所有|無断転載|未经授权|무단\\s?전재"
)
_ORIGIN = (
    "source|sources|quelle|quellen|fuente|fuentes|fonte|bron|kilde|källa|kaynak|źródło|zdroj|источник|المصدر"
    "|स्रोत|ที่มา|来源|來源|稿源|出典|출처|责任编辑|責任編輯|责编|编辑|編輯|校对|审核"
)
# Scripts without blanks have no word boundaries: their words match anywhere.
_UNSPACED = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"


def _of(stems: str) -> re.Pattern[str]:
    spaced = [stem for stem in stems.split("|") if not re.search(f"[{_UNSPACED}]", stem)]
    unspaced = [stem for stem in stems.split("|") if re.search(f"[{_UNSPACED}]", stem)]
    return re.compile("|".join((rf"(?<!\w)(?:{'|'.join(spaced)})(?!\w)", *unspaced)), re.IGNORECASE)


_AD_WORD, _ON_WORD, _CALL, _CHANNEL, _READER = map(_of, (_AD, _GOES_ON, _SUBSCRIBE, _LETTER, _YOU))
_ONLY_AD = re.compile(rf"[\W\d_]*(?:{_AD})[\W\d_]*", re.IGNORECASE)
_PICTURE_LINE = re.compile(rf"[\W_]*(?:{_PICTURE})(?: by| credit| courtesy)?\s*[:|/©].*", re.IGNORECASE)
_PHOTOGRAPHER = re.compile(rf"[\W_]*[^!?]{{3,60}}\s?/\s?(?:{_AGENCY})[\W_]*", re.IGNORECASE)
_COMMENT_LINE = re.compile(rf"[\W_]*(?:{_COMMENT})[\W_]*", re.IGNORECASE)
_COLOPHON = re.compile(
    rf"[\W_]*(?:©|\(c\)|copyright\s*(?:©|\(c\)|by\b|\d{{4}})).*|.*(?:{_RIGHTS}).*|.*\bctrl\s*\+\s*enter\b.*",
    re.IGNORECASE,
)
_ORIGIN_LINE = re.compile(rf"[\W_]*(?:{_ORIGIN})\s?[:：].*", re.IGNORECASE)
# A name and its address; words in lower case belong to a sentence.
_ADDRESS_LINE = re.compile(r"\W*(?:[^\W\d_a-zß-ÿа-я][^\s@:]*\s+){0,4}\W?[\w.+-]+@[\w-]+\.[\w.]+\W*")


def is_colophon(line: str) -> bool:
    """Return True if a line names the owner of the story and nothing of its content; it may credit a wire."""
    if len(line) <= _MAX_SOURCE_CHARS and any(kind.fullmatch(line) for kind in (_ORIGIN_LINE, _ADDRESS_LINE)):
        return True
    return len(line) <= _MAX_RIGHTS_CHARS and _COLOPHON.fullmatch(line) is not None


def is_notice(line: str) -> bool:
    """Return True if a line alone shows that it is a notice."""
    if len(line) > _MAX_NOTICE_CHARS:
        return False
    if len(line) <= _MAX_LABEL_CHARS:
        if any(kind.fullmatch(line) for kind in (_ONLY_AD, _COMMENT_LINE, _PICTURE_LINE, _PHOTOGRAPHER)):
            return True
        if _AD_WORD.search(line) and _ON_WORD.search(line):
            return True
    return bool(_CALL.search(line) and _CHANNEL.search(line) and _READER.search(line))


def without_notices(lines: Sequence[str], above: int = 0) -> list[str]:
    """Drop notices, and repeated short lines that are not sentences.

    If the first line, after headlines `above`, ends with a photographer and an agency, it is the
    caption of the picture above the story.
    """
    if len(lines) > _MIN_LINES + above and _is_credit(lines[above + 1]):
        lines = [*lines[:above], *lines[above + 2 :]]
    times = Counter(lines)
    return [
        line for line in lines if not is_notice(line) and not (times[line] >= _REPEATED and _is_label(line))
    ]


def _is_credit(line: str) -> bool:
    return len(line) <= _MAX_LABEL_CHARS and _PHOTOGRAPHER.fullmatch(line) is not None


def _is_label(line: str) -> bool:
    return len(line) <= _MAX_LABEL_CHARS and not line.startswith("- ") and not line.endswith(SENTENCE_ENDS)
