"""Identifiers that look like OpenAI's: a prefix and random letters and digits."""

import hashlib
import re
import secrets
import string

ALPHABET = string.ascii_letters + string.digits
ORGANIZATION = "tunesmith"


def new_id(prefix: str, length: int = 24) -> str:
    """`prefix` followed by `length` random letters and digits (24 give 142 bits).

    One number is drawn for all of them: the system is asked once, not once a letter, for each answer has an id.
    """
    number, letters = secrets.randbelow(len(ALPHABET) ** length), []
    for _ in range(length):
        number, place = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[place])
    return prefix + "".join(letters)


def suffix_slug(suffix: str) -> str:
    """The suffix as it stands in a model's name: lower case, anything but letters, digits, `.`, `_` becomes `-`.

    >>> suffix_slug("My Tickets/2026")
    'my-tickets-2026'
    """
    return re.sub(r"[^a-z0-9._]+", "-", suffix.lower()).strip("-")


def model_name(base: str, suffix: str | None) -> str:
    """A new fine-tuned model's name, `ft:<base>:<org>:<suffix>:<id>`; without a suffix two colons meet."""
    slug = suffix_slug(suffix) if suffix else ""
    return f"ft:{base}:{ORGANIZATION}:{slug}:{new_id('', 8)}"


def checkpoint_name(model: str, step: int) -> str:
    """The name under which the checkpoint of one step is called."""
    return f"{model}:ckpt-step-{step}"


def fingerprint(model: str) -> str:
    """The same for the same model: a model's weights never change under its name."""
    return "fp_" + hashlib.sha256(model.encode("utf-8", "replace")).hexdigest()[:10]
