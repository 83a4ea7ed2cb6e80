"""Countries and states as buyers and Odoo's versions spell them.

Odoo has no one way: 19 calls Berlin DE-BE and Tokyo JP-13 東京都, 14 calls Tokyo 13 Tokyo and has no German states;
Spanish provinces have two names in one. Amazon passes on what the buyer typed: a code, a name, or nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

from domain.odoo_facts import CountryFacts

# Unicode combining classes from 200 on are marks placed at a letter, as accents are; those below belong to scripts.
_ACCENTS = 200
# Letters with a stroke, and the Turkish i without a dot, which Unicode does not take for a letter with a mark.
_STROKES = str.maketrans("łøđħŧı", "lodhti")

# Codes that ISO 3166-1 reserves without making them countries: what Odoo has instead.
_RESERVED = {"UK": "GB", "IC": "ES", "EA": "ES"}

# Prefectures in the order of ISO 3166-2:JP, 01 first.
_PREFECTURES = (
    ("hokkaido", "北海道"), ("aomori", "青森県"), ("iwate", "岩手県"), ("miyagi", "宮城県"),
    ("akita", "秋田県"), ("yamagata", "山形県"), ("fukushima", "福島県"), ("ibaraki", "茨城県"),
    ("tochigi", "栃木県"), ("gunma", "群馬県"), ("saitama", "埼玉県"), ("chiba", "千葉県"),
    ("tokyo", "東京都"), ("kanagawa", "神奈川県"), ("niigata", "新潟県"), ("toyama", "富山県"),
    ("ishikawa", "石川県"), ("fukui", "福井県"), ("yamanashi", "山梨県"), ("nagano", "長野県"),
    ("gifu", "岐阜県"), ("shizuoka", "静岡県"), ("aichi", "愛知県"), ("mie", "三重県"),
    ("shiga", "滋賀県"), ("kyoto", "京都府"), ("osaka", "大阪府"), ("hyogo", "兵庫県"),
    ("nara", "奈良県"), ("wakayama", "和歌山県"), ("tottori", "鳥取県"), ("shimane", "島根県"),
    ("okayama", "岡山県"), ("hiroshima", "広島県"), ("yamaguchi", "山口県"), ("tokushima", "徳島県"),
    ("kagawa", "香川県"), ("ehime", "愛媛県"), ("kochi", "高知県"), ("fukuoka", "福岡県"),
    ("saga", "佐賀県"), ("nagasaki", "長崎県"), ("kumamoto", "熊本県"), ("oita", "大分県"),
    ("miyazaki", "宮崎県"), ("kagoshima", "鹿児島県"), ("okinawa", "沖縄県"),
)  # fmt: skip

# What people write for a state, by country: folded text -> code or folded name.
_ALIASES: Mapping[str, Mapping[str, str]] = {
    "DE": {
        "nrw": "nw", "north rhine-westphalia": "nw", "bavaria": "by", "hesse": "he", "lower saxony": "ni",
        "rhineland-palatinate": "rp", "saxony": "sn", "saxony-anhalt": "st", "thuringia": "th",
    },
    "ES": {"baleares": "pm", "balearic islands": "pm", "biscay": "bi", "seville": "se", "tenerife": "tf"},
    "IT": {"roma capitale": "rm", "rome": "rm", "milan": "mi", "naples": "na", "turin": "to", "florence": "fi"},
    "JP": {word: f"{number:02}" for number, words in enumerate(_PREFECTURES, start=1) for word in words},
    "MX": {"cdmx": "ciudad de mexico", "distrito federal": "ciudad de mexico", "estado de mexico": "mexico"},
    "US": {"washington dc": "dc", "washington, dc": "dc", "u.s. virgin islands": "vi", "us virgin islands": "vi"},
}  # fmt: skip
_OF_JAPAN = re.compile(r"(?:-| )?(?:to|fu|ken|prefecture)$")
_COUNTY = re.compile(r"^(?:county|co\.?) ")


def fold(text: str) -> str:
    """Return `text` without case, accents and doubled blanks, for comparing what people type.

    Marks that make another letter of a letter stay: without the voiced sound mark, Japanese "ba" would be "ha".
    """
    bare = "".join(char for char in unicodedata.normalize("NFKD", text) if unicodedata.combining(char) < _ACCENTS)
    return " ".join(bare.casefold().translate(_STROKES).split())


def country_of(code: str, countries: Mapping[str, CountryFacts]) -> CountryFacts | None:
    """Return Odoo's country for Amazon's code, whatever its case; None for one that Odoo does not know."""
    wanted = code.strip().upper()
    return countries.get(wanted) or countries.get(_RESERVED.get(wanted, ""))


def spellings(country: str, code: str, name: str) -> tuple[str, ...]:
    """Return what a state of Odoo may be called, folded, the surest first; `country`: its country's code.

    Its code comes first, then the code without the country, the name, and each name of a name like "Lleida (Lérida)".
    """
    folded = fold(name)
    apart = [part.strip() for part in re.split(r"[()/]", folded)]
    return tuple(dict.fromkeys(word for word in (fold(code), _short(country, code), folded, *apart) if word))


def state_of(text: str, code: str, country: CountryFacts) -> int | None:
    """Return the state of `country` (its code: `code`) that `text` means, None when Odoo has none of that name."""
    wanted = _RESERVED.get(code.strip().upper(), code.strip().upper())
    return next((country.states[word] for word in _readings(wanted, text) if word in country.states), None)


def _readings(country: str, text: str) -> Iterator[str]:
    """What `text` may mean, the surest first."""
    folded = fold(text)
    aliases = _ALIASES.get(country, {})
    for word in (folded, _short(country, text), folded.replace(".", ""), _COUNTY.sub("", folded)):
        yield word
        if word in aliases:
            yield aliases[word]
    if country == "JP" and (prefecture := _OF_JAPAN.sub("", folded)) in aliases:
        yield aliases[prefecture]


def _short(country: str, code: str) -> str:
    """A code of ISO 3166-2 without the country: DE-BE is BE."""
    return fold(code).removeprefix(f"{country.casefold()}-")
