"""Which encoding a text file is written in, by its bytes."""

import codecs

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Undefined in cp1252; a file that has them is written in ISO-8859-1 or in something else.
_NOT_CP1252 = frozenset(b"\x81\x8d\x8f\x90\x9d")


def is_utf8_beyond_ascii(content: bytes) -> bool:
    """Whether bytes are UTF-8 with at least one letter that ASCII lacks: hardly ever by chance."""
    return not content.isascii() and _fits(content, "utf-8")


def guess_encoding(content: bytes) -> tuple[str, str, str]:
    """Encoding, German evidence, and doubt (empty where there is none).

    >>> guess_encoding("Größe".encode("cp1252"))[0]
    'cp1252'
    """
    for mark, name in _MARKS:
        if content.startswith(mark):
            return name, f"Bytefolge {mark.hex(' ').upper()} am Anfang", ""
    zeros = _zero_side(content)
    if zeros:
        return zeros, "jedes zweite Byte ist null", ""
    if content.isascii():
        return "utf-8-sig", "nur Zeichen aus ASCII", ""
    if _fits(content, "utf-8"):
        return "utf-8-sig", "alle Umlaute sind gültiges UTF-8", ""
    if _NOT_CP1252 & set(content):
        doubt = "Es gibt Zeichen, die cp1252 nicht kennt; vielleicht cp850 oder cp437."
        return "iso-8859-1", "kein gültiges UTF-8", doubt
    return "cp1252", "kein gültiges UTF-8, alle Zeichen sind in cp1252 erlaubt", ""


def _fits(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _zero_side(content: bytes) -> str:
    """UTF-16 without a mark: nearly every other byte of western text is zero."""
    sample = content[:4096]
    if len(sample) < 4 or sample.count(0) < len(sample) // 4:
        return ""
    return "utf-16-le" if sample[1::2].count(0) > sample[::2].count(0) else "utf-16-be"
