"""Texts as hashed words: what near duplicates and the model behind suspicious labels work on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from bot.datasets.kernels import Hashes, hashes, mixed, normalised


@dataclass(frozen=True, kw_only=True)
class Words:
    """The words of some texts one after another, as hashes; text i has those from `starts[i]` to `starts[i + 1]`."""

    hashes: Hashes
    starts: npt.NDArray[np.int64]

    def pairs(self) -> Hashes:
        """A hash of each word with the one after it in the same text; of a text's last word with nothing."""
        after = np.zeros_like(self.hashes)
        after[:-1] = self.hashes[1:]
        ends = self.starts[1:][self.starts[1:] > self.starts[:-1]] - 1
        after[ends] = 0
        return mixed(self.hashes, after)


def words_of(texts: pa.Array) -> Words:
    """The words of trimmed texts, normalised, without punctuation at their ends."""
    lists = pc.utf8_split_whitespace(normalised(texts))
    encoded = lists.flatten().dictionary_encode()
    bare = pc.utf8_trim(encoded.dictionary, ".,;:!?\"'()[]{}<>*_`~|/\\-“”‘’«»…¡¿。、！？，")
    # A word of punctuation only stays what it is: there may be nothing else.
    bare = pc.if_else(pc.equal(bare, ""), encoded.dictionary, bare)
    own = hashes(bare)
    places = encoded.indices.to_numpy(zero_copy_only=False)
    starts = np.concatenate([[0], np.cumsum(pc.fill_null(pc.list_value_length(lists), 0).to_numpy())])
    return Words(hashes=own[places] if len(own) else np.empty(0, np.uint64), starts=starts.astype(np.int64))
