"""Text as TOML writes it: keys, values, comments that stay on their line."""

import json
import re
from collections.abc import Mapping

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
SOURCE = 'source = { title = "?", publisher = "?", licence = "?", attribution = "?" }'


def slug(text: str) -> str:
    """A key: lower case, digits, underscore."""
    plain = re.sub(r"[^a-z0-9]+", "_", text.lower().translate(_UMLAUTS)).strip("_")
    return plain or "stadt"


def quoted(text: object) -> str:
    """A text or list of texts as TOML writes it."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def pairs(of: Mapping[str, str]) -> str:
    """An inline table of texts."""
    return "{ " + ", ".join(f"{quoted(k)} = {quoted(v)}" for k, v in of.items()) + " }"


def one_line(text: str) -> str:
    """A comment without what would end its line or is not allowed in it."""
    return _CONTROL.sub(" ", text).rstrip()


def listed(words: list[str] | tuple[str, ...], most: int = 12) -> str:
    """Some of many words."""
    more = f" und {len(words) - most} weitere" if len(words) > most else ""
    return ", ".join(words[:most]) + more


def plural_of(title: str) -> str:
    """The plural of a level's name, where its ending is known."""
    endings = (("raum", "räume"), ("region", "regionen"), ("block", "blöcke"), ("il", "ile"),
               ("gebiet", "gebiete"), ("viertel", "viertel"), ("kt", "kte"), ("k", "ke"),
               ("kiez", "kieze"), ("ier", "iere"))  # fmt: skip
    hit = next(((a, b) for a, b in endings if title.lower().endswith(a)), None)
    return title[: -len(hit[0])] + hit[1] if hit else title
