"""The wire services of the world: the name in `agency`, other names that they sign with, their sites."""

from __future__ import annotations

import re
from typing import NamedTuple


class Wire(NamedTuple):
    """A wire service."""

    agency: str
    """Its name in the dataset."""
    names: tuple[str, ...] = ()
    """Other names that it signs with, in the languages of its customers."""
    domains: tuple[str, ...] = ()
    """Registrable domains of its own sites."""


WIRES = (
    # North America
    Wire("AP", ("The Associated Press", "Associated Press"), ("apnews.com", "ap.org")),
    Wire(
        "Reuters",
        ("Thomson Reuters", "Рейтер", "ロイター", "路透社", "路透", "로이터", "رويترز"),
        ("reuters.com",),
    ),
    Wire("UPI", ("United Press International",), ("upi.com",)),
    Wire("Bloomberg", ("Bloomberg News", "Bloomberg L.P."), ("bloomberg.com",)),
    Wire("Dow Jones", ("Dow Jones Newswires",), ()),
    Wire("CP", ("The Canadian Press", "Canadian Press", "La Presse canadienne", "La Presse Canadienne"), ()),
    # Western Europe
    Wire("AFP", ("Agence France-Presse", "Agence France Presse", "法新社", "AFP通信", "أ ف ب"), ("afp.com",)),
    Wire("PA", ("PA Media", "Press Association", "PA News Agency", "PA news agency"), ("pa.media",)),
    Wire(
        "dpa",
        ("Deutsche Presse-Agentur", "dpa-AFX", "dpa-infocom", "DPA"),
        ("dpa.com", "dpa-international.com"),
    ),
    Wire("epd", ("Evangelischer Pressedienst",), ("epd.de",)),
    Wire("KNA", ("Katholische Nachrichten-Agentur",), ("kna.de",)),
    Wire("SID", ("Sport-Informations-Dienst",), ("sid.de",)),
    Wire("APA", ("Austria Presse Agentur",), ("apa.at",)),
    Wire("Keystone-SDA", ("SDA", "sda", "Keystone-ATS", "ATS", "ats"), ("keystone-sda.ch",)),
    Wire("AWP", ("awp",), ("awp.ch",)),
    Wire("EFE", ("Agencia EFE", "Agência EFE", "Agencia Efe", "Efe"), ("efe.com",)),
    Wire("Europa Press", ("EUROPA PRESS",), ("europapress.es",)),
    Wire("ANSA", ("Ansa", "Agenzia ANSA"), ("ansa.it",)),
    Wire("Adnkronos", ("AdnKronos", "ADNKRONOS"), ("adnkronos.com",)),
    Wire("AGI", ("Agenzia Italia",), ("agi.it",)),
    Wire("Lusa", ("Agência Lusa", "LUSA"), ("lusa.pt",)),
    Wire("Belga", ("BELGA",), ("belga.be",)),
    Wire("ANP", ("Algemeen Nederlands Persbureau",), ("anp.nl",)),
    # Northern and Eastern Europe
    Wire("TT", ("TT Nyhetsbyrån", "Tidningarnas Telegrambyrå"), ("tt.se",)),
    Wire("NTB", ("Norsk Telegrambyrå",), ("ntb.no",)),
    Wire("Ritzau", ("Ritzaus Bureau", "ritzau", "RITZAU"), ("ritzau.dk",)),
    Wire("STT", ("Suomen Tietotoimisto", "STT–Lehtikuva"), ("stt.fi",)),
    Wire("BNS", ("Baltic News Service",), ("bns.lt", "bns.ee")),
    Wire("LETA", (), ("leta.lv",)),
    Wire("ELTA", (), ("elta.lt",)),
    Wire("PAP", ("Polska Agencja Prasowa",), ("pap.pl",)),
    Wire("ČTK", ("CTK", "Česká tisková kancelář"), ("ctk.cz", "ceskenoviny.cz")),
    Wire("TASR", (), ("tasr.sk",)),
    Wire("MTI", ("Magyar Távirati Iroda",), ("mti.hu",)),
    Wire("Agerpres", ("AGERPRES",), ("agerpres.ro",)),
    Wire("BTA", ("БТА",), ("bta.bg",)),
    Wire("Tanjug", ("Танјуг", "TANJUG"), ("tanjug.rs",)),
    Wire("HINA", ("Hina",), ("hina.hr",)),
    Wire("ANA-MPA", ("ΑΠΕ-ΜΠΕ",), ("amna.gr",)),
    Wire("Ukrinform", ("Укрінформ", "Укринформ"), ("ukrinform.ua", "ukrinform.net")),
    Wire("TASS", ("ТАСС", "ITAR-TASS", "ИТАР-ТАСС", "塔斯社"), ("tass.com", "tass.ru")),
    Wire("Interfax", ("Интерфакс", "INTERFAX", "INTERFAX.RU"), ("interfax.ru", "interfax.com")),
    Wire("RIA Novosti", ("РИА Новости", "RIA"), ("ria.ru",)),
    # Asia and the Pacific
    Wire(
        "Xinhua", ("XINHUA", "新华社", "新華社", "新华网", "Xinhua News Agency"), ("xinhuanet.com", "news.cn")
    ),
    Wire("CNS", ("China News Service", "中新社", "中新网"), ("chinanews.com", "chinanews.com.cn")),
    Wire("CNA", ("Central News Agency", "中央社"), ("cna.com.tw", "focustaiwan.tw")),
    Wire(
        "Kyodo",
        ("Kyodo News", "KYODO", "共同通信", "共同通信社", "共同社", "共同"),
        ("kyodonews.net", "kyodonews.jp"),
    ),
    Wire("Jiji", ("Jiji Press", "時事通信", "時事通信社", "時事"), ("jiji.com",)),
    Wire(
        "Yonhap", ("Yonhap News", "Yonhap News Agency", "연합뉴스", "聯合ニュース", "韩联社"), ("yna.co.kr",)
    ),
    Wire("KCNA", ("조선중앙통신", "朝中社"), ("kcna.kp",)),
    Wire("AAP", ("Australian Associated Press",), ("aap.com.au", "aapnews.com.au")),
    Wire("PTI", ("Press Trust of India", "पीटीआई"), ("ptinews.com",)),
    Wire("ANI", ("Asian News International",), ("aninews.in",)),
    Wire("IANS", ("Indo-Asian News Service",), ("ians.in",)),
    Wire("UNI", ("United News of India",), ("uniindia.com",)),
    Wire("APP", ("Associated Press of Pakistan",), ("app.com.pk",)),
    Wire("BSS", ("Bangladesh Sangbad Sangstha",), ("bssnews.net",)),
    Wire("UNB", ("United News of Bangladesh",), ("unb.com.bd",)),
    Wire("ANTARA", ("Antara",), ("antaranews.com",)),
    Wire("Bernama", ("BERNAMA",), ("bernama.com",)),
    Wire("VNA", ("TTXVN",), ("vnanet.vn",)),
    # The Middle East, Africa, Latin America
    Wire("Anadolu", ("Anadolu Agency", "Anadolu Ajansı", "AA"), ("aa.com.tr",)),
    Wire("İHA", ("İhlas Haber Ajansı",), ("iha.com.tr",)),
    Wire("DHA", ("Demirören Haber Ajansı",), ("dha.com.tr",)),
    Wire("IRNA", ("ایرنا",), ("irna.ir",)),
    Wire("WAM", (), ("wam.ae",)),
    Wire("SPA", ("Saudi Press Agency",), ("spa.gov.sa",)),
    Wire("KUNA", ("Kuwait News Agency",), ("kuna.net.kw",)),
    Wire("MENA", ("Middle East News Agency",), ("mena.org.eg",)),
    Wire("APS", ("Algérie Presse Service", "Agence de presse sénégalaise"), ("aps.dz", "aps.sn")),
    Wire("MAP", ("Maghreb Arabe Presse",), ("mapnews.ma",)),
    Wire("NAN", ("News Agency of Nigeria",), ("nannews.ng",)),
    Wire("GNA", ("Ghana News Agency",), ("gna.org.gh",)),
    Wire("PANA", ("Panapress",), ("panapress.com",)),
    Wire("Agência Brasil", ("Agencia Brasil",), ()),
    Wire("Estadão Conteúdo", (), ()),
    Wire("Folhapress", ("FolhaPress", "FOLHAPRESS"), ()),
    Wire("Télam", ("Telam",), ("telam.com.ar",)),
    Wire("Notimex", ("NOTIMEX",), ()),
    Wire("Prensa Latina", (), ("prensa-latina.cu",)),
)

AGENCY_OF = {name: wire.agency for wire in WIRES for name in (wire.agency, *wire.names)}
"""Agencies by their names as printed: `PA` is a wire, `Pa` is not."""
AGENCY_OF_DOMAIN = {domain: wire.agency for wire in WIRES for domain in wire.domains}
NAMES = "|".join(sorted(map(re.escape, AGENCY_OF), key=len, reverse=True))
"""All names as part of a regular expression, the longest first."""
