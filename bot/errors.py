"""The errors the bot raises, each with the words a person reads.

BotError
├── UserError                the person can fix it: says what, where and what to do next
│   ├── InputError           a command, a form field or a setting is wrong (`field` names it)
│   │   └── InputErrors      several at once
│   ├── AlreadyStartedError  the same start was taken a moment ago (`job` is its job)
│   ├── DatasetError         a file cannot be used as a dataset (row, column or the whole file)
│   ├── NotFoundError        a dataset, job or model of that name is not there
│   └── NotAllowedError      this person may not do this
└── ServiceError             something else failed: says what, and whether we retry
    ├── ProviderError        the fine-tuning server answered with an error (status, code)
    │   └── NotSupportedError    it has no such call
    ├── ProviderUnavailableError  the fine-tuning server cannot be reached or is overloaded
    ├── SlackError           Slack refused or did not answer
    ├── SandboxError         a worker process ran out of memory or time, or died
    └── BusyError            more work than the dispatcher may hold
"""

from __future__ import annotations


class BotError(Exception):
    """Any error of ours; `str(error)` is a plain sentence without secrets."""


class UserError(BotError):
    """Something the person can put right; `next_step` says how (a sentence, may be empty)."""

    def __init__(self, message: str, *, next_step: str = "", where: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step
        self.where = where


class InputError(UserError):
    """A value a person gave is wrong; `field` is the name of the form field or argument."""

    def __init__(self, message: str, *, field: str = "", next_step: str = "") -> None:
        super().__init__(message, next_step=next_step, where=field)
        self.field = field


class InputErrors(InputError):
    """Several wrong values; `faults` has each. Its own words are those of all of them."""

    def __init__(self, faults: tuple[InputError, ...]) -> None:
        said = " ".join(part for fault in faults for part in (fault.message, fault.next_step) if part)
        super().__init__(said, field=faults[0].field)
        self.faults = faults


class AlreadyStartedError(UserError):
    """The same person started the same training a moment ago, and it goes on."""

    def __init__(self, message: str, *, job: str) -> None:
        super().__init__(message)
        self.job = job


class DatasetError(UserError):
    """A file that cannot become a dataset."""


class NotFoundError(UserError):
    """Nothing of that name is stored here."""


class NotAllowedError(UserError):
    """This person may not do this."""


class ServiceError(BotError):
    """Something outside the person's reach failed; `retrying` says whether we try again by ourselves."""

    def __init__(self, message: str, *, retrying: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.retrying = retrying


class ProviderError(ServiceError):
    """The fine-tuning server refused: HTTP `status`, OpenAI error `code` and `param` where it gave them."""

    def __init__(self, message: str, *, status: int, code: str = "", param: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.param = param


class NotSupportedError(ProviderError):
    """The fine-tuning server has no such call: what was asked can't be done with it."""


class ProviderUnavailableError(ServiceError):
    """The fine-tuning server cannot be reached, timed out, or asks us to wait `retry_after_s` seconds."""

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message, retrying=True)
        self.retry_after_s = retry_after_s


class SlackError(ServiceError):
    """Slack refused (`code` is Slack's error string) or gave no answer (`code` is empty)."""

    def __init__(
        self, message: str, *, code: str = "", retry_after_s: float | None = None, in_doubt: bool = False
    ) -> None:
        super().__init__(message, retrying=in_doubt or retry_after_s is not None)
        self.code = code
        self.retry_after_s = retry_after_s
        self.in_doubt = in_doubt


class SandboxError(ServiceError):
    """A worker process ended without an answer: out of memory, out of time, or killed."""


class BusyError(ServiceError):
    """There is more work waiting than we accept; the person should try again shortly."""
