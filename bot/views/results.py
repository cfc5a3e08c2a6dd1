"""How a job came out, as one message: losses, the test part, each class, what goes wrong, and the files."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.domain import Calibration, ClassScore, FineTuningJob, HeldOutScores, JobResults, Mistake
from bot.ports import Block, Message
from bot.texts import n, t
from bot.views.amounts import loss, percent
from bot.views.blocks import (
    actions,
    bold,
    button,
    clean,
    context,
    cut,
    header,
    literal,
    message,
    preformatted,
    section,
)
from bot.views.result_words import (
    binary_words,
    calibration_words,
    ordinal_words,
    pairs_words,
)

CLASSES_SHOWN = 20
LABEL_CHARACTERS = 28
MISTAKE_CHARACTERS = 280


def results(found: JobResults) -> Message:
    """Everything in words, figures beside what they are to be measured against."""
    job = found.job
    title = t("Results: {dataset} → {base}", dataset=job.dataset_name, base=job.base_model)
    lines = [*_training(found), *_test_part(found)]
    blocks: list[Block] = [header(title), section("\n".join(_training(found)))]
    blocks.append(section("\n".join(_test_part(found))))
    if found.scores:
        blocks += _classes(found.scores)
        lines.append(_classes_in_words(found.scores))
        words = _more_words(found, found.scores)
        if words:
            blocks.append(section("\n\n".join(words)))
            lines += words
    if found.mistakes:
        blocks += _mistakes(found.mistakes, surest=found.has_probabilities)
        lines.append(_mistakes_title(found.has_probabilities))
        lines += [_mistake(number, one, literal) for number, one in enumerate(found.mistakes, 1)]
    blocks.append(actions(*_buttons(found)))
    blocks.append(context(t("What each figure means and how it is worked out: docs/results.md")))
    return message("\n".join([f"{bold(literal(title, 150))}", *lines]), blocks)


def _training(found: JobResults) -> list[str]:
    """The last losses: the result file's, else what the job's events told."""
    job, file = found.job, found.file
    lines = [
        t(
            "Model {model} of job {job}",
            model=literal(job.progress.fine_tuned_model, 200),
            job=literal(job.remote_id),
        )
    ]
    if file is not None:
        figures = (file.train_loss, file.train_accuracy, file.valid_loss, file.valid_accuracy)
        source = n(
            "from the server's result file, {number:,} step",
            "from the server's result file, {number:,} steps",
            file.steps,
        )
    else:
        last = job.progress.epoch_metrics[-1] if job.progress.epoch_metrics else job.progress.last
        figures = (
            (last.train_loss, last.train_accuracy, last.valid_loss, last.valid_accuracy)
            if last
            else (None, None, None, None)
        )
        source = t("from the job's events: {problem}", problem=found.file_problem)
    said = _losses(figures)
    lines.append(f"{said} ({source})" if said else t("The server told no losses ({source}).", source=source))
    return lines


def _losses(figures: tuple[float | None, float | None, float | None, float | None]) -> str:
    train, train_accuracy, valid, valid_accuracy = figures
    parts = []
    if train is not None:
        parts.append(t("Final training loss {loss}", loss=bold(loss(train))))
    if train_accuracy is not None:
        parts.append(t("training token accuracy {share}", share=percent(train_accuracy)))
    if valid is not None:
        parts.append(t("validation loss {loss}", loss=bold(loss(valid))))
    if valid_accuracy is not None:
        parts.append(t("validation token accuracy {share}", share=percent(valid_accuracy)))
    return ", ".join(parts)


def _test_part(found: JobResults) -> list[str]:
    if not found.tested:
        return [t("There is no test part, so nothing is known of rows the model has never seen.")]
    if found.scores is None:
        share = percent(found.right / found.tested)
        return [
            n(
                "On {number:,} held-out row it answered exactly what the dataset says in {share}.",
                "On {number:,} held-out rows it answered exactly what the dataset says in {share}.",
                found.tested,
                share=bold(share),
            ),
            t("Texts that say the same in other words count as wrong here: read some yourself."),
        ]
    return _accuracy(found.scores)


def _accuracy(scores: HeldOutScores) -> list[str]:
    low, high = scores.interval
    return [
        n(
            "{accuracy} of {number:,} held-out row is right (95% confidence: {low} to {high})",
            "{accuracy} of {number:,} held-out rows are right (95% confidence: {low} to {high})",
            scores.rows,
            accuracy=bold(percent(scores.accuracy)),
            low=percent(low),
            high=percent(high),
        ),
        t(
            "Always answering {label} would be right {share} of the time",
            label=literal(scores.majority_label, LABEL_CHARACTERS),
            share=percent(scores.majority_share),
        ),
        t(
            "F1 {weighted} weighted by rows, {macro} with every class counting the same (macro)",
            weighted=bold(f"{scores.weighted_f1:.3f}"),
            macro=bold(f"{scores.macro_f1:.3f}"),
        ),
    ]


def _classes(scores: HeldOutScores) -> list[Block]:
    """Precision, recall and F1 of each class; of many, those with the lowest F1."""
    real = [one for one in scores.classes if one.rows or len(scores.classes) <= CLASSES_SHOWN]
    shown: Sequence[ClassScore] = real
    title = t("Each class")
    if len(real) > CLASSES_SHOWN:
        shown = sorted(real, key=lambda one: (one.f1, -one.rows))[:CLASSES_SHOWN]
        title = t(
            "The {shown} weakest of {all} classes (all of them: Class scores)",
            shown=CLASSES_SHOWN,
            all=len(real),
        )
    return [section(bold(title)), preformatted(_table(shown))]


def _classes_in_words(scores: HeldOutScores) -> str:
    """The weakest classes, for those who read the text instead of the table."""
    weakest = sorted((one for one in scores.classes if one.rows), key=lambda one: (one.f1, -one.rows))[:8]
    said = ", ".join(
        t(
            "{label} precision {precision} recall {recall}",
            label=literal(one.label, LABEL_CHARACTERS),
            precision=percent(one.precision, 0),
            recall=percent(one.recall, 0),
        )
        for one in weakest
    )
    return t("Weakest classes: {classes}", classes=said)


def _table(shown: Sequence[ClassScore]) -> str:
    heads = (t("class"), t("rows"), t("precision"), t("recall"), t("F1"))
    names = [cut(" ".join(clean(one.label).split()) or "-", LABEL_CHARACTERS) for one in shown]
    width = max(len(name) for name in (*names, heads[0]))
    lines = [f"{heads[0]:<{width}}  {heads[1]:>6}  {heads[2]:>9}  {heads[3]:>7}  {heads[4]:>6}"]
    lines += [
        f"{name:<{width}}  {one.rows:>6,}  {percent(one.precision):>9}  {percent(one.recall):>7}  {one.f1:>6.3f}"
        for name, one in zip(names, shown, strict=True)
    ]
    return "\n".join(lines)


def _more_words(found: JobResults, scores: HeldOutScores) -> list[str]:
    words = []
    if scores.binary:
        words.append(binary_words(scores.binary))
    if scores.ordinal:
        words.append(ordinal_words(scores.ordinal))
    words.append(_sureness(found, scores.calibration))
    if scores.pairs:
        words.append(pairs_words(scores.pairs))
    return words


def _sureness(found: JobResults, calibration: Calibration | None) -> str:
    if calibration is None:
        return t(
            "This server shows no probabilities for its answers, so nothing can be said about how sure the model is."
        )
    return calibration_words(calibration, approximate=found.approximate)


def _mistakes(mistakes: Sequence[Mistake], *, surest: bool) -> list[Block]:
    """Each as a line with a quotation; nothing in it is interpreted."""
    elements: list[Block] = []
    for number, one in enumerate(mistakes, 1):
        elements.append(
            {
                "type": "rich_text_section",
                "elements": [{"type": "text", "text": _mistake(number, one, _plain)}],
            }
        )
        text = cut(" ".join(clean(one.text).split()), MISTAKE_CHARACTERS) or t("(the text is gone)")
        elements.append({"type": "rich_text_quote", "elements": [{"type": "text", "text": text}]})
    hint = t("Some may be right, and the dataset's label wrong: look at those first.")
    return [
        section(bold(_mistakes_title(surest))),
        {"type": "rich_text", "elements": elements},
        context(hint),
    ]


def _mistakes_title(surest: bool) -> str:
    return t("Mistakes to look at, the surest first") if surest else t("Mistakes to look at")


def _plain(text: str, limit: int) -> str:
    """A label where nothing is interpreted anyway."""
    return cut(" ".join(clean(text).split()), limit) or t("(nothing)")


def _mistake(number: int, one: Mistake, quoted: Callable[[str, int], str]) -> str:
    values = {
        "number": number,
        "said": quoted(one.predicted, 60),
        "label": quoted(one.label, 60),
        "line": one.line,
    }
    if one.confidence is None:
        return t("{number}. said {said}, the dataset says {label} (test line {line})", **values)
    return t(
        "{number}. said {said} ({share} sure), the dataset says {label} (test line {line})",
        share=percent(one.confidence),
        **values,
    )


def _buttons(found: JobResults) -> list[Block]:
    op_id = found.job.op_id
    buttons = []
    if found.file is not None:
        buttons.append(button(t("Result CSV"), "results_file", value=op_id))
    if found.tested:
        buttons.append(button(t("Test predictions"), "results_predictions", value=op_id))
    if found.scores:
        buttons.append(button(t("Class scores"), "results_classes", value=op_id))
    buttons.append(button(t("JSONL"), "results_jsonl", value=op_id))
    if found.scores:
        buttons.append(button(t("Compare with …"), "compare_open", value=found.job.progress.fine_tuned_model))
        buttons.append(button(t("Would more data help?"), "curve_open", value=found.job.dataset_id))
    return buttons


def coming(job: FineTuningJob) -> Message:
    """Said at once to who asked."""
    return message(
        t(
            "Working on the results of {dataset} → {base}; they come into its thread.",
            dataset=literal(job.dataset_name),
            base=literal(job.base_model),
        )
    )
