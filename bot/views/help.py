"""The help texts and the words for errors."""

from __future__ import annotations

from difflib import get_close_matches

from bot.errors import InputError, ServiceError, UserError
from bot.ports import Message
from bot.texts import t
from bot.views.blocks import bold, context, escape, literal, message, section
from bot.views.start import FIELDS

EXAMPLES = (
    "/finetune start",
    "/finetune start tickets.csv n_epochs=4 suffix=tickets-v2",
    "/finetune status",
    "/classify My card still has not arrived",
)


def commands() -> tuple[tuple[str, str, str], ...]:
    """(subcommand, what may follow it, what it does)."""
    return (
        ("start", "[DATASET] [key=value …]", t("Train: a form, or at once when you name the dataset")),
        ("status", "[JOB]", t("How a job is doing (the newest here without a name)")),
        ("list", "", t("The jobs of this channel")),
        ("cancel", "[JOB]", t("Stop a job for good")),
        ("pause", "[JOB]", t("Stop a job and keep what it has learned")),
        ("resume", "[JOB]", t("Let a paused job go on")),
        ("events", "[JOB]", t("What the server told of a job, and its checkpoints")),
        ("results", "[JOB or MODEL]", t("How good a model is: losses, test part, mistakes, files")),
        (
            "compare",
            "[MODEL MODEL … on DATASET]",
            t("Models on the same test rows: accuracy, cost, speed, break-even"),
        ),
        (
            "learning-curve",
            "[DATASET] [model=BASE]",
            t("Whether more data would help: trainings on 12 to 100% of it"),
        ),
        ("datasets", "", t("The datasets of this channel")),
        ("labels", "[DATASET]", t("Look at labels that seem wrong, one by one")),
        ("models", "", t("The team's fine-tuned models")),
        ("use", "MODEL", t("Which model /classify uses in this channel")),
        ("rename", "MODEL [NAME]", t("What people call a model")),
        ("lineage", "[MODEL or DATASET]", t("Where a model comes from, and what came of it")),
        ("delete", "MODEL or DATASET", t("Remove a model, at the server too, or a dataset's rows")),
        ("feedback", "[MODEL]", t("What people said of a model's answers, and training on it")),
        ("settings", "", t("Who may start, budget, approval, quiet: this channel's settings")),
        ("audit", "[all]", t("Who did what here")),
        ("help", "", t("This text")),
    )


def command_help() -> Message:
    """What /finetune can do, shown for the bare command."""
    lines = [
        f"`/finetune {name}{' ' + arguments if arguments else ''}`  {what}"
        for name, arguments, what in commands()
    ]
    lines += [
        f"`/classify TEXT [model=NAME] [--private] [--top N]`  {t('Ask the model of this channel')}",
        f"`/ask TEXT [model=NAME]`  {t('Ask a model that writes')}",
        f"`@Tunesmith classify TEXT`  {t('The same in a thread, where commands do not work')}",
    ]
    intro = t(
        "Drop a dataset (CSV, TSV, XLSX, JSON, JSONL, TXT) in a channel I'm in; I report in its thread"
        " what is wrong with it and what training costs. Then:"
    )
    keys = " ".join(f"`{key}`" for key in FIELDS[1:])
    start_keys = t("Keys for start: {keys}; names with spaces in quotes", keys=keys)
    examples = t("Examples: {examples}", examples="  ".join(f"`{example}`" for example in EXAMPLES))
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
    names = [name for name, _, _ in commands()]
    near = get_close_matches(word.lower(), names, n=1, cutoff=0.5)
    hint = t(" Did you mean `/finetune {word}`?", word=near[0]) if near else ""
    unknown = t("I don't know {word}.", word=literal(word, 40))
    return message(f"{unknown}{hint} {t('`/finetune help` lists what I can do.')}")


def mention_help(user: str) -> Message:
    """The answer to a mention."""
    return message(
        t(
            "Hi <@{user}>! Drop a dataset in this channel and I'll report in its thread, or type `/finetune help`.",
            user=user,
        )
    )


def unknown_mention(word: str) -> Message:
    """The nearest word for a typo in a mention."""
    names = ["classify", "ask", *(name for name, _, _ in commands())]
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
        more = t("I keep trying.") if error.retrying else t("Please try again in a minute.")
        return message(f"⚠️ {escape(error.message)} {more}")
    where = f" ({escape(error.where)})" if error.where and not isinstance(error, InputError) else ""
    return message(
        " ".join(part for part in (f"⚠️ {escape(error.message)}{where}", escape(error.next_step)) if part)
    )
