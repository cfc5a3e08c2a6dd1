"""Exact token counts, offline: o200k for everything OpenAI still trains; also what a chat example costs around its texts."""

from __future__ import annotations

from collections.abc import Sequence

import toktok

ENCODING = "o200k_base"

TOKENS_PER_MESSAGE = 4
"""Three around each message and one for its role (OpenAI Cookbook, "Chat_finetuning_data_prep.ipynb", Nov 2026)."""

TOKENS_PER_EXAMPLE = 3
"""Those that prime the answer (same source)."""


def count_tokens(texts: Sequence[str], encoding: str = ENCODING) -> list[int]:
    """The number of tokens in each text, in order. Characters that are no Unicode text count as "?"."""
    try:
        return list(toktok.batch_count(texts, encoding, threads=1))
    except UnicodeEncodeError:
        # One lone surrogate makes the tokenizer refuse the whole batch.
        whole = [text.encode("utf-8", "replace").decode() for text in texts]
        return list(toktok.batch_count(whole, encoding, threads=1))


def cut_to_tokens(text: str, limit: int, encoding: str = ENCODING) -> str:
    """The beginning of `text` that is at most `limit` tokens long, cut at a character."""
    cut, _ = toktok.truncate(text.encode("utf-8", "replace").decode(), max(0, limit), encoding)
    return str(cut)


def chat_overhead(*, system: str) -> int:
    """Tokens of a one-question chat example beside the question and the answer: roles, priming, system prompt."""
    return TOKENS_PER_EXAMPLE + 2 * TOKENS_PER_MESSAGE + system_overhead(system)


def system_overhead(system: str) -> int:
    """Tokens of a system message; none without a prompt."""
    return TOKENS_PER_MESSAGE + count_tokens([system])[0] if system else 0
