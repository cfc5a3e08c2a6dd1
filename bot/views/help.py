"""The help texts and the words for errors."""

from __future__ import annotations

from difflib import get_close_matches

from bot.errors import InputError, ServiceError, UserError
from bot.ports import Message
from bot.texts import t
from bot.views.blocks import bold, context, escape, literal, message, section

COMMANDS: tuple[tuple[str, str, str], ...] = (
    ("start", "[DATASET] [key=value …]", "Train: a form, or at once when you name the dataset"),
    ("status", "[JOB]", "How a job is doing (the newest here without a name)"),
    ("list", "", "The jobs of this channel"),
    ("cancel", "[JOB]", "Stop a job for good"),
    ("pause", "[JOB]", "Stop a job and keep what it has learned"),
    ("resume", "[JOB]", "Let a paused job go on"),
    ("events", "[JOB]", "What the server told of a job, and its checkpoints"),
    ("results", "[JOB or MODEL]", "How good a model is: losses, test part, mistakes, files"),
    (
        "compare",
        "[MODEL MODEL … on DATASET]",
        "Models on the same test rows: accuracy, cost, speed, break-even",
    ),
    (
        "learning-curve",
        "[DATASET] [model=BASE]",
        "Whether more data would help: trainings on 12 to 100% of it",
    ),
    ("datasets", "", "The datasets of this channel"),
    ("labels", "[DATASET]", "Look at labels that seem wrong, one by one"),
    ("models", "", "The team's fine-tuned models"),
    ("use", "MODEL", "Which model /classify uses in this channel"),
    ("rename", "MODEL [NAME]", "What people call a model"),
    ("lineage", "[MODEL or DATASET]", "Where a model comes from, and what came of it"),
    ("delete", "MODEL or DATASET", "Remove a model, at the server too, or a dataset's rows"),
    ("feedback", "[MODEL]", "What people said of a model's answers, and training on it"),
    ("settings", "", "Who may start, budget, approval, quiet: this channel's settings"),
    ("audit", "[all]", "Who did what here"),
    ("help", "", "This text"),
)
EXAMPLES = (
    "/finetune start",
    "/finetune start tickets.csv n_epochs=4 suffix=tickets-v2",
    "/finetune status",
    "/classify My card still has not arrived",
)


def command_help() -> Message:
    """What /finetune can do, shown for the bare command."""
    lines = [
        f"`/finetune {name}{' ' + arguments if arguments else ''}`  {what}"
        for name, arguments, what in COMMANDS
    ]
    lines += [
        "`/classify TEXT [model=NAME] [--private] [--top N]`  Ask this channel's model",
        "`/ask TEXT [model=NAME]`  Ask a model that writes",
        "`@Tunesmith classify TEXT`  The same in a thread, where commands don't work",
    ]
    intro = (
        "Drop a dataset (CSV, TSV, XLSX, JSON, JSONL, TXT) in a channel I'm in; I report in its thread"
        " what is wrong with it and what training costs. Then:"
    )
    start_keys = (
        "Keys for start: `model` `n_epochs` `batch_size` `learning_rate_multiplier` `suffix` `seed`"
        " `validation_share` `test_share` `n_classes` `positive_class` `betas` `wandb_project`; names with spaces in quotes"
    )
    examples = "Examples: " + "  ".join(f"`{example}`" for example in EXAMPLES)
    text = "\n".join([intro, *lines, start_keys, examples])
    return message(
        text,
        [
            section(f"{bold('Tunesmith')} {intro}"),
            section("\n".join(lines)),
            context(start_keys),
            context(examples),
        ],
    )


def unknown_command(word: str) -> Message:
    """The nearest subcommand for a typo, and where to find all of them."""
    names = [name for name, _, _ in COMMANDS]
    near = get_close_matches(word.lower(), names, n=1, cutoff=0.5)
    hint = f" Did you mean `/finetune {near[0]}`?" if near else ""
    return message(f"I don't know {literal(word, 40)}.{hint} `/finetune help` lists what I can do.")


def mention_help(user: str) -> Message:
    """The answer to a mention."""
    return message(
        f"Hi <@{user}>! Drop a dataset in this channel and I'll report in its thread, or type `/finetune help`."
    )


def unknown_mention(word: str) -> Message:
    """The nearest word for a typo in a mention."""
    names = ["classify", "ask", *(name for name, _, _ in COMMANDS)]
    near = get_close_matches(word.lower(), names, n=1, cutoff=0.5)
    hint = t(" Did you mean `@Tunesmith {word}`?", word=near[0]) if near else ""
    unknown = t("I don't know {word}.", word=literal(word, 40))
    return message(f"{unknown}{hint} {t('`@Tunesmith help` lists what I can do.')}")


def needs_a_form(word: str) -> Message:
    """A subcommand that opens a form, asked for in a mention: only commands and buttons can open one."""
    return message(t("That opens a form: type `/finetune {word}` in the channel.", word=word))


def problem(error: UserError | ServiceError) -> Message:
    """What went wrong, why, and what to do next."""
    if isinstance(error, ServiceError):
        more = " I keep trying." if error.retrying else " Please try again in a minute."
        return message(f"⚠️ {escape(error.message)}{more}")
    where = f" ({escape(error.where)})" if error.where and not isinstance(error, InputError) else ""
    return message(
        " ".join(part for part in (f"⚠️ {escape(error.message)}{where}", escape(error.next_step)) if part)
    )
