"""Answer with a trained encoder folder, as the other classifiers answer."""

from collections.abc import Sequence
from threading import Lock

from local.trainer.arrays import Floats
from local.trainer.encoder import Encoded
from local.trainer.errors import WeightsError
from local.trainer.folderencoder.bases import FOLDER
from local.trainer.folderencoder.head import network_of
from local.trainer.generation.extras import INSTALL_GPU, TORCH_PACKAGES, absence
from local.trainer.modelfolder import ModelContent
from local.trainer.parent import part_tensors
from local.trainer.predict import DEFAULT_THREADS, Classifier


class FolderClassifier(Classifier):
    """A classifier one part of which is an encoder folder; needs torch. Several threads may share it."""

    known_parts = Classifier.known_parts | {FOLDER}

    def __init__(self, content: ModelContent, *, threads: int = DEFAULT_THREADS) -> None:
        """Raises WeightsError where the extra is not installed."""
        absent = absence(TORCH_PACKAGES, INSTALL_GPU)
        if absent is not None:
            raise WeightsError(f"what it needs is {absent}")
        super().__init__(content, threads=threads)
        self._network_of_folder, self._tokens = network_of(
            part_tensors(content.tensors, FOLDER), len(self.labels)
        )
        self._turn = Lock()

    def _part_logits(self, part: str, texts: Sequence[str], encoded: Encoded | None) -> Floats:
        if part != FOLDER:
            return super()._part_logits(part, texts, encoded)
        with self._turn:
            return self._network_of_folder.logits(self._tokens.ids(texts))
