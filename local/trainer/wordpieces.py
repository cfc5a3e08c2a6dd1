"""The encoder's tokenizer: texts to WordPiece ids, cut at what the encoder was made for."""

from collections.abc import Sequence
from functools import lru_cache

from tokenizers import Tokenizer

from local.trainer.weights import tokenizer_file

MAX_TOKENS = 256


@lru_cache(maxsize=1)
def _tokenizer() -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(tokenizer_file()))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def token_ids(texts: Sequence[str]) -> list[list[int]]:
    """WordPiece ids of each text with its [CLS] and [SEP]; lone surrogates read as their replacement character.

    Raises WeightsError where the tokenizer is missing.
    """
    safe = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
    return [encoding.ids for encoding in _tokenizer().encode_batch_fast(safe)]
