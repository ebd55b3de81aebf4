"""A block of a wording as its texts: one for each level of its factor, or a single one."""

from collections.abc import Mapping

from gyges.scenarios.content import Choice

Block = str | Choice
Texts = Mapping[str, str]
SINGLE = "text"
"""What the text of a block that depends on no factor goes by."""


def texts_of(block: Block) -> Texts:
    """Level to text."""
    return {SINGLE: block} if isinstance(block, str) else block.levels


def block_of(texts: Texts, source: Block) -> Block:
    """The block with these texts, chosen by the same factor as `source`; texts that are missing are the source's."""
    if isinstance(source, str):
        return texts[SINGLE]
    return Choice(by=source.by, levels={level: texts.get(level, own) for level, own in source.levels.items()})


def tidy(text: str) -> str:
    """Without white space that means nothing and that YAML could not fold: at the ends, and doubled in a line."""
    lines = [line.rstrip() for line in text.strip().splitlines()]
    return "\n".join(lines) if len(lines) > 1 else " ".join(text.split())
