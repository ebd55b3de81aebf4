"""Hostile text made visible: what a model or a log wrote must not steer the terminal that shows it."""

from __future__ import annotations

import unicodedata

_HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})
"""Unicode categories that show nothing or steer the terminal: C0 and C1, bidi and other formats, lone surrogates."""

_NAMED = {"\n": "⏎", "\t": "⇥"}


def inert(text: str, limit: int | None = None) -> str:
    r"""`text` on one line, every character that is not plainly visible as `\xNN`, `\uNNNN` or `\UNNNNNNNN`.

    Line feed and tab become `⏎` and `⇥`. A text longer than `limit` characters is cut and says how many are left out.
    """
    if limit is not None and len(text) > limit:
        return f"{inert(text[:limit])}… (+{len(text) - limit} characters)"
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character in _NAMED:
        return _NAMED[character]
    if unicodedata.category(character) not in _HIDDEN:
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
