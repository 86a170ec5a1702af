"""Invented company names: no two alike, and each says what trade the company is in."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray


def _words(text: str) -> list[str]:
    return text.split()


_HEADS = _words(
    "Al Bel Bran Cald Cor Dal Del Dor El Elm Fal Fen Gar Gil Hal Har Hol Ing Jor Kel Kes Lam Lin Lor Mal Mar Mer Mur "
    "Nar Nel Nor Ol Or Pel Per Quil Quen Rav Rol Ros Sal Sel Sol Sten Tal Tam Tor Ul Val Ven Ver Wal Wen Wex Win Wor "
    "Yar Yel Zan Zel"
)
_TAILS = _words(
    "aby arrow beck bourne brell cairn cott dorn dray drum eska fint fell fenn grim gast grave holt holm hythe kell "
    "kirk larch leigh lune lyn mark marsh moss nard nock quay ridge rill rook sby shaw stead stow strand tarn thorn "
    "thwaite tide vane vard wend wyn yarn"
)
_FORMS = _words("AG BV Corp GmbH Group Holdings Inc International LLC LP Ltd NV PLC Pty SA SAS")
_TRADES = {
    "finance": _words("Assurance Capital Credit Lending Payments Trust"),
    "health": _words("Care Clinics Diagnostics Health Medical Therapeutics"),
    "software": _words("Analytics Cloud Labs Platforms Software Systems"),
    "manufacturing": _words("Components Dynamics Engineering Industries Materials Works"),
    "elsewhere": _words("Commerce Energy Logistics Partners Retail Supply"),
}
TRADES = tuple(_TRADES)
_TRADE_WORDS = [word for words in _TRADES.values() for word in words]
_WORDS_A_TRADE = len(_TRADE_WORDS) // len(_TRADES)
_COMBINATIONS = len(_HEADS) * len(_TAILS) * len(_FORMS) * _WORDS_A_TRADE
# A step near the golden section scatters neighbours; as it shares no divisor with the count, no two ever meet.
_STEP = 174_437
_TRADE_OFFSET = 23_456


def company_names(trades: NDArray[np.integer]) -> pa.Array:
    """One name for each company, given the position of its trade in ``TRADES``; numbered when the words run out.

    >>> company_names(np.array([0, 0, 1])).to_pylist()
    ['Alaby Assurance AG', 'Inggrave Lending NV', 'Yarwyn Care International']
    """
    cycle, place = np.divmod(_position_within(trades), _COMBINATIONS)
    place = (place * _STEP + trades * _TRADE_OFFSET) % _COMBINATIONS
    place, head = np.divmod(place, len(_HEADS))
    place, tail = np.divmod(place, len(_TAILS))
    word, form = np.divmod(place, len(_FORMS))
    stems = pc.binary_join_element_wise(_pick(_HEADS, head), _pick(_TAILS, tail), "")
    trade = _pick(_TRADE_WORDS, trades * _WORDS_A_TRADE + word)
    names = pc.binary_join_element_wise(stems, trade, _pick(_FORMS, form), " ")
    numbered = pc.binary_join_element_wise(names, pc.cast(pa.array(cycle + 1), pa.string()), " ")
    return pc.if_else(pa.array(cycle > 0), numbered, names)


def _position_within(groups: NDArray[np.integer]) -> NDArray[np.int64]:
    """How many earlier elements belong to the same group."""
    position = np.empty(len(groups), dtype=np.int64)
    for group in np.unique(groups):
        members = groups == group
        position[members] = np.arange(members.sum())
    return position


def _pick(words: list[str], codes: NDArray[np.integer]) -> pa.Array:
    return pa.array(words).take(pa.array(codes))
