"""What can go wrong in training, with the code and text that the API answers with.

TrainerError
├── ExampleError     the training file, with the line
├── WeightsError     a base's weights are missing or not the pinned ones
├── DiskFull         what lies in files while it trains has no room
├── JobTooLarge      would not fit in the memory it was given
├── ModelFolderError a model folder is incomplete or of another format
└── Stopped          asked to stop; the state is saved
"""


class TrainerError(Exception):
    """A job cannot go on; `code` and `param` go into the job's `error` object."""

    code = "training_failed"

    def __init__(
        self, message: str, *, code: str | None = None, param: str | None = None, line: int | None = None
    ):
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.param = param
        self.line = line


class ExampleError(TrainerError):
    """The training or validation file cannot be used; `line` counts the file's lines from 1."""

    code = "invalid_training_file"


class WeightsError(TrainerError):
    """A base model's weights are missing, or their sha256 is not the pinned one."""

    code = "model_not_available"


class JobTooLarge(TrainerError):
    """The job would need more memory than its setting allows; the message has the figure."""

    code = "job_too_large"


class DiskFull(TrainerError):
    """The disk of the job's folder has no room for what the job keeps in files; the message names the folder."""

    code = "disk_full"


class ModelFolderError(TrainerError):
    """A model folder is incomplete, damaged, or written in another format version."""

    code = "model_not_available"


class Stopped(Exception):
    """SIGTERM came; the work so far is saved and the process leaves with exit code 75."""
