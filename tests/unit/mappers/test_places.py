"""Countries and states, as buyers write them and as Odoo's versions have them."""

from __future__ import annotations

import pytest

from domain.odoo_facts import CountryFacts
from mappers.places import country_of, fold, spellings, state_of


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("  Île-de-France ", "ile-de-france"),
        ("São  Paulo", "sao paulo"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("Cañon", "canon"),
        ("Iași", "iasi"),
        ("ŁÓDZKIE", "lodzkie"),
        ("Ağr\N{LATIN SMALL LETTER DOTLESS I}", "agri"),
        ("İstanbul", "istanbul"),
        ("", ""),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("country", "code", "name", "words"),
    [
        ("DE", "DE-BE", "Berlin", ("de-be", "be", "berlin")),
        ("US", "CA", "California", ("ca", "california")),
        ("ES", "L", "Lleida (Lérida)", ("l", "lleida (lerida)", "lleida", "lerida")),
        ("ES", "VI", "Araba/Álava", ("vi", "araba/alava", "araba", "alava")),
        ("JP", "JP-13", "東京都", ("jp-13", "13", "東京都")),
        ("", "X", "", ("x",)),
    ],
)
def test_spellings(country: str, code: str, name: str, words: tuple[str, ...]) -> None:
    assert spellings(country, code, name) == words


@pytest.mark.parametrize(
    ("text", "country", "word"),
    [
        ("CA", "US", "ca"),
        ("US-CA", "US", "ca"),
        ("d.c.", "US", "dc"),
        ("Washington, D.C.", "US", "dc"),
        ("NRW", "DE", "nw"),
        ("Bavaria", "DE", "by"),
        ("DE-BY", "de", "by"),
        ("Tokyo", "JP", "13"),
        ("tokyo-to", "JP", "13"),
        ("Osaka Prefecture", "JP", "27"),
        ("ŌSAKA", "JP", "27"),
        ("東京都", "JP", "13"),
        ("北海道", "JP", "01"),
        ("Co. Cork", "IE", "cork"),
        ("County Dublin", "IE", "dublin"),
        ("CDMX", "MX", "ciudad de mexico"),
        ("Las Palmas", "IC", "las palmas"),
        ("Tenerife", "IC", "tf"),
        ("Bavaria", "AT", None),
        ("", "US", None),
        ("  ", "US", None),
    ],
)
def test_a_state_is_found_by_code_name_or_what_people_call_it(text: str, country: str, word: str | None) -> None:
    known = ("ca", "dc", "nw", "by", "13", "27", "01", "cork", "dublin", "ciudad de mexico", "las palmas", "tf")
    states = {name: number for number, name in enumerate(known, start=1)}
    assert state_of(text, country, CountryFacts(odoo_id=1, states=states)) == (states[word] if word else None)


@pytest.mark.parametrize(
    ("code", "found"),
    [("GB", 1), ("gb", 1), (" UK ", 1), ("ES", 2), ("IC", 2), ("EA", 2), ("PR", 3), ("XX", None), ("", None)],
)
def test_reserved_codes_are_the_country_they_stand_for(code: str, found: int | None) -> None:
    countries = {name: CountryFacts(odoo_id=n, states={}) for n, name in enumerate(("GB", "ES", "PR"), start=1)}
    country = country_of(code, countries)
    assert (country.odoo_id if country else None) == found
