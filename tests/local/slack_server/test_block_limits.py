"""Strictness of Block Kit: every limit is met and overstepped by one, and what Slack refuses is refused."""

import pytest

from local.slack_server.blockkit import limits
from local.slack_server.blockkit.surfaces import BlockKitError, check_message_blocks, check_view

CHARS = "x"


def plain(text: str) -> dict:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> dict:
    return {"type": "mrkdwn", "text": text}


def option(value: str = "v", text: str = "t", **more) -> dict:
    return {"text": plain(text), "value": value, **more}


def options(number: int) -> list[dict]:
    return [option(str(n)) for n in range(number)]


def button(**more) -> dict:
    return {"type": "button", "text": plain("Go"), **more}


def select(**more) -> dict:
    return {"type": "static_select", "options": options(1), **more}


def confirm(**more) -> dict:
    return {"title": plain("t"), "text": plain("t"), "confirm": plain("y"), "deny": plain("n"), **more}


def actions(*elements: dict) -> dict:
    return {"type": "actions", "elements": list(elements)}


def section(**more) -> dict:
    return {"type": "section", "text": mrkdwn("hello"), **more}


def entry(**element) -> dict:
    return {"type": "input", "label": plain("Label"), "element": {"type": "plain_text_input", **element}}


def labelled(label: int = 1, hint: int = 1) -> dict:
    return {**entry(), "label": plain(CHARS * label), "hint": plain(CHARS * hint)}


def image(url: int = 30, alt: int = 1, title: int = 1) -> dict:
    address = "https://pictures.example.com/" + CHARS * (url - 29)
    return {"type": "image", "image_url": address, "alt_text": CHARS * alt, "title": plain(CHARS * title)}


def cell(text: str = "c") -> dict:
    return {"type": "raw_text", "text": text}


def table(rows: int, columns: int = 1, kind: str = "table", **more) -> dict:
    return {"type": kind, "rows": [[cell() for _ in range(columns)] for _ in range(rows)], **more}


def data_table(rows: int = 2, columns: int = 1, **more) -> dict:
    return table(rows, columns, "data_table", caption="Caption", **more)


def chart(
    title: int = 1, series: int = 1, points: int = 1, label: int = 2, name: int = 2, axis: int = 1
) -> dict:
    categories = [f"{n}".rjust(label, "0") for n in range(points)]
    data = [{"label": category, "value": 1} for category in categories]
    return {
        "type": "data_visualization",
        "title": CHARS * title,
        "chart": {
            "type": "line",
            "series": [{"name": f"{n}".rjust(name, "0"), "data": data} for n in range(series)],
            "axis_config": {"categories": categories, "x_label": CHARS * axis},
        },
    }


def pie(segments: int) -> dict:
    parts = [{"label": str(n), "value": 1} for n in range(segments)]
    return {"type": "data_visualization", "title": "t", "chart": {"type": "pie", "segments": parts}}


def card(**more) -> dict:
    return {"type": "card", "title": plain("t"), **more}


def plan(tasks: int) -> dict:
    items = [{"task_id": str(n), "title": "t", "status": "pending"} for n in range(tasks)]
    return {"type": "plan", "title": "t", "tasks": items}


def modal(*blocks: dict, **more) -> dict:
    return {"type": "modal", "title": plain("T"), "submit": plain("S"), "blocks": list(blocks), **more}


# name: (the limit, a block or list of blocks as large as the number says)
MESSAGE_LIMITS = {
    "blocks": (50, lambda n: [{"type": "divider"}] * n),
    "block_id": (255, lambda n: section(block_id=CHARS * n)),
    "section text": (3000, lambda n: section(text=mrkdwn(CHARS * n))),
    "section fields": (10, lambda n: section(fields=[mrkdwn("f")] * n)),
    "section field": (2000, lambda n: section(fields=[mrkdwn(CHARS * n)])),
    "header": (150, lambda n: {"type": "header", "text": plain(CHARS * n)}),
    "context elements": (10, lambda n: {"type": "context", "elements": [mrkdwn("c")] * n}),
    "actions elements": (25, lambda n: actions(*[button(action_id=str(i)) for i in range(n)])),
    "action_id": (255, lambda n: actions(button(action_id=CHARS * n))),
    "button text": (75, lambda n: actions(button(text=plain(CHARS * n)))),
    "button value": (2000, lambda n: actions(button(value=CHARS * n))),
    "button url": (3000, lambda n: actions(button(url="https://a.example/" + CHARS * (n - 18)))),
    "accessibility label": (75, lambda n: actions(button(accessibility_label=CHARS * n))),
    "confirm title": (100, lambda n: actions(button(confirm=confirm(title=plain(CHARS * n))))),
    "confirm text": (300, lambda n: actions(button(confirm=confirm(text=mrkdwn(CHARS * n))))),
    "confirm confirm": (30, lambda n: actions(button(confirm=confirm(confirm=plain(CHARS * n))))),
    "confirm deny": (30, lambda n: actions(button(confirm=confirm(deny=plain(CHARS * n))))),
    "select options": (100, lambda n: actions(select(options=options(n)))),
    "select placeholder": (150, lambda n: actions(select(placeholder=plain(CHARS * n)))),
    "option text": (75, lambda n: actions(select(options=[option(text=CHARS * n)]))),
    "option value": (150, lambda n: actions(select(options=[option(CHARS * n)]))),
    "option description": (75, lambda n: actions(select(options=[option(description=plain(CHARS * n))]))),
    "option groups": (
        100,
        lambda n: actions(
            {"type": "static_select", "option_groups": [{"label": plain("l"), "options": options(1)}] * n}
        ),
    ),
    "overflow options": (5, lambda n: actions({"type": "overflow", "options": options(n)})),
    "checkboxes": (10, lambda n: actions({"type": "checkboxes", "options": options(n)})),
    "radio buttons": (10, lambda n: actions({"type": "radio_buttons", "options": options(n)})),
    "image url": (3000, lambda n: image(url=n)),
    "image alt": (2000, lambda n: image(alt=n)),
    "image title": (2000, lambda n: image(title=n)),
    "input label": (2000, lambda n: labelled(label=n)),
    "input hint": (2000, lambda n: labelled(hint=n)),
    "text input max_length": (3000, lambda n: entry(max_length=n)),
    "text input placeholder": (150, lambda n: entry(placeholder=plain(CHARS * n))),
    "markdown": (12_000, lambda n: {"type": "markdown", "text": CHARS * n}),
    "table rows": (100, lambda n: table(n)),
    "table columns": (20, lambda n: table(1, n)),
    "column settings": (20, lambda n: table(1, column_settings=[{"align": "left"}] * n)),
    "data table rows": (201, lambda n: data_table(n)),
    "data table columns": (20, lambda n: data_table(2, n)),
    "data table page": (100, lambda n: data_table(page_size=n)),
    "data table characters": (
        20_000,
        lambda n: data_table() | {"rows": [[cell()], [cell(CHARS * (n - 1))]]},
    ),
    "charts": (2, lambda n: [chart() for _ in range(n)]),
    "chart title": (50, lambda n: chart(title=n)),
    "chart series": (6, lambda n: chart(series=n)),
    "chart points": (20, lambda n: chart(points=n)),
    "chart label": (20, lambda n: chart(label=n)),
    "chart series name": (20, lambda n: chart(name=n)),
    "chart axis label": (50, lambda n: chart(axis=n)),
    "pie segments": (6, lambda n: pie(n)),
    "card title": (150, lambda n: card(title=plain(CHARS * n))),
    "card body": (200, lambda n: card(body=mrkdwn(CHARS * n))),
    "card actions": (3, lambda n: card(actions=[button(action_id=str(i)) for i in range(n)])),
    "carousel": (10, lambda n: {"type": "carousel", "elements": [card() for _ in range(n)]}),
    "container": (
        10,
        lambda n: {"type": "container", "title": plain("t"), "child_blocks": [{"type": "divider"}] * n},
    ),
    "plan tasks": (50, lambda n: plan(n)),
    "context actions": (
        5,
        lambda n: {
            "type": "context_actions",
            "elements": [
                {"type": "icon_button", "icon": "trash", "text": plain("Drop"), "action_id": str(i)}
                for i in range(n)
            ],
        },
    ),
}

VIEW_LIMITS = {
    "blocks": (100, lambda n: modal(*[{"type": "divider"}] * n)),
    "title": (24, lambda n: modal(title=plain(CHARS * n))),
    "submit": (24, lambda n: modal(submit=plain(CHARS * n))),
    "close": (24, lambda n: modal(close=plain(CHARS * n))),
    "private_metadata": (3000, lambda n: modal(private_metadata=CHARS * n)),
    "callback_id": (255, lambda n: modal(callback_id=CHARS * n)),
    "external_id": (255, lambda n: modal(external_id=CHARS * n)),
    "alert": (200, lambda n: modal({"type": "alert", "text": plain(CHARS * n)})),
    "file input": (
        10,
        lambda n: modal(
            {"type": "input", "label": plain("L"), "element": {"type": "file_input", "max_files": n}}
        ),
    ),
}


def check(blocks) -> None:
    blocks = blocks if isinstance(blocks, list) else [blocks]
    check_message_blocks(blocks, is_usable_file=lambda ref: ref == {"id": "F0KNOWN"})


def check_modal(view) -> None:
    check_view(view, "modal", is_usable_file=lambda _: False)


def problems_of(call, *arguments) -> list[str]:
    with pytest.raises(BlockKitError) as caught:
        call(*arguments)
    return caught.value.problems


@pytest.mark.parametrize("name", MESSAGE_LIMITS)
def test_message_limit_is_met_and_one_more_refused(name):
    limit, build = MESSAGE_LIMITS[name]

    check(build(limit))
    assert problems_of(check, build(limit + 1))


@pytest.mark.parametrize("name", VIEW_LIMITS)
def test_view_limit_is_met_and_one_more_refused(name):
    limit, build = VIEW_LIMITS[name]

    check_modal(build(limit))
    assert problems_of(check_modal, build(limit + 1))


def test_all_text_of_a_message_has_a_limit_of_its_own():
    def sections(characters):
        return [section(text=mrkdwn(CHARS * min(3000, characters - at))) for at in range(0, characters, 3000)]

    check(sections(limits.BLOCK_CHARACTERS_PER_MESSAGE))
    with pytest.raises(BlockKitError) as caught:
        check(sections(limits.BLOCK_CHARACTERS_PER_MESSAGE + 1))

    assert caught.value.code == "msg_blocks_too_long"


def test_markdown_is_counted_over_all_blocks():
    check([{"type": "markdown", "text": CHARS * 6000}] * 2)
    with pytest.raises(BlockKitError) as caught:
        check([{"type": "markdown", "text": CHARS * 6000}, {"type": "markdown", "text": CHARS * 6001}])

    assert caught.value.code == "msg_blocks_too_long"


def test_second_table_is_an_invalid_attachment():
    with pytest.raises(BlockKitError) as caught:
        check([table(1), table(1)])

    assert (caught.value.code, caught.value.problems) == ("invalid_attachments", ["only_one_table_allowed"])


def test_view_of_more_than_250_kb_is_too_large():
    with pytest.raises(BlockKitError) as caught:
        check_modal(modal(*[section(text=mrkdwn(CHARS * 3000)) for _ in range(90)]))

    assert caught.value.code == "view_too_large"


REFUSED = {
    "unknown block": ({"type": "chart"}, "unsupported type: chart [json-pointer:/blocks/0/type]"),
    "no type": ({}, "unsupported type: None [json-pointer:/blocks/0/type]"),
    "alert in a message": (
        {"type": "alert", "text": plain("x")},
        "unsupported type: alert [json-pointer:/blocks/0/type]",
    ),
    "empty section": ({"type": "section"}, "must define either `text` or `fields` [json-pointer:/blocks/0]"),
    "empty text": (
        section(text=mrkdwn("")),
        "must be more than 0 characters [json-pointer:/blocks/0/text/text]",
    ),
    "emoji on mrkdwn": (
        section(text={**mrkdwn("x"), "emoji": True}),
        "invalid additional property: emoji [json-pointer:/blocks/0/text]",
    ),
    "mrkdwn header": (
        {"type": "header", "text": mrkdwn("x")},
        "must be one of: plain_text [json-pointer:/blocks/0/text/type]",
    ),
    "unknown property": (
        section(colour="red"),
        "invalid additional property: colour [json-pointer:/blocks/0]",
    ),
    "image without alt": (
        {"type": "image", "image_url": "https://a.example/p.png"},
        "missing required field: alt_text [json-pointer:/blocks/0]",
    ),
    "image without source": (
        {"type": "image", "alt_text": "x"},
        "must define either `image_url` or `slack_file` [json-pointer:/blocks/0]",
    ),
    "image of this machine": (
        {"type": "image", "image_url": "http://127.0.0.1:8765/p.png", "alt_text": "x"},
        "downloading image failed [json-pointer:/blocks/0/image_url]",
    ),
    "image of a private net": (
        {"type": "image", "image_url": "http://10.0.0.7/p.png", "alt_text": "x"},
        "downloading image failed [json-pointer:/blocks/0/image_url]",
    ),
    "unknown slack_file": (
        {"type": "image", "slack_file": {"id": "F0OTHER"}, "alt_text": "x"},
        "invalid slack file [json-pointer:/blocks/0/slack_file]",
    ),
    "empty actions": (actions(), "no fewer than 1 items allowed [json-pointer:/blocks/0/elements]"),
    "text input in actions": (
        actions({"type": "plain_text_input"}),
        "unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]",
    ),
    "multi select in actions": (
        actions({"type": "multi_static_select", "options": options(1)}),
        "unsupported type: multi_static_select [json-pointer:/blocks/0/elements/0/type]",
    ),
    "button in an input": (
        {"type": "input", "label": plain("L"), "element": button()},
        "unsupported type: button [json-pointer:/blocks/0/element/type]",
    ),
    "button style": (
        actions(button(style="warning")),
        "must be one of: primary, danger [json-pointer:/blocks/0/elements/0/style]",
    ),
    "button without text": (
        actions({"type": "button"}),
        "missing required field: text [json-pointer:/blocks/0/elements/0]",
    ),
    "select without options": (
        actions({"type": "static_select"}),
        "must define either `options` or `option_groups` [json-pointer:/blocks/0/elements/0]",
    ),
    "initial option not offered": (
        actions(select(initial_option=option("other"))),
        "initial_option must be one of the options [json-pointer:/blocks/0/elements/0/initial_option]",
    ),
    "file input in a message": (
        {"type": "input", "label": plain("L"), "element": {"type": "file_input"}},
        "unsupported type: file_input [json-pointer:/blocks/0/element/type]",
    ),
    "number input without its flag": (
        {"type": "input", "label": plain("L"), "element": {"type": "number_input"}},
        "missing required field: is_decimal_allowed [json-pointer:/blocks/0/element]",
    ),
    "empty run of rich text": (
        {
            "type": "rich_text",
            "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": ""}]}],
        },
        "must be more than 0 characters [json-pointer:/blocks/0/elements/0/elements/0/text]",
    ),
    "empty cell": (
        {"type": "table", "rows": [[cell("")]]},
        "must be more than 0 characters [json-pointer:/blocks/0/rows/0/0/text]",
    ),
    "uneven data table": (
        data_table() | {"rows": [[cell()], [cell(), cell()]]},
        "all rows must have the same number of columns [json-pointer:/blocks/0/rows]",
    ),
    "data table of one row": (data_table(1), "no fewer than 2 items allowed [json-pointer:/blocks/0/rows]"),
    "pending task card": (
        {"type": "task_card", "task_id": "1", "title": "t", "status": "pending"},
        "a task_card outside a plan can't be pending [json-pointer:/blocks/0/status]",
    ),
    "completed task": (
        {"type": "task_card", "task_id": "1", "title": "t", "status": "completed"},
        "must be one of: pending, in_progress, complete, error [json-pointer:/blocks/0/status]",
    ),
    "chart without a point": (
        chart(points=2)
        | {
            "chart": {
                "type": "line",
                "series": [{"name": "a", "data": [{"label": "1", "value": 1}]}],
                "axis_config": {"categories": ["1", "2"]},
            }
        },
        "must have one point for each category [json-pointer:/blocks/0/chart/series/0/data]",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusal_names_the_place(name):
    block, problem = REFUSED[name]

    assert problem in problems_of(check, block)


def test_block_ids_are_unique_in_a_message_and_action_ids_in_a_block():
    check([actions(button(action_id="a")), actions(button(action_id="a"))])

    twice = problems_of(check, [section(block_id="b"), section(block_id="b")])
    same = problems_of(check, [actions(button(action_id="a"), button(action_id="a"))])

    assert twice == ["block_id `b` already exists [json-pointer:/blocks/1/block_id]"]
    assert same == ["action_id `a` already exists [json-pointer:/blocks/0/elements/1/action_id]"]


def test_plan_and_task_card_exclude_each_other():
    task = {"type": "task_card", "task_id": "9", "title": "t", "status": "complete"}

    assert problems_of(check, [plan(1), task])


def test_every_problem_is_listed():
    blocks = [{"type": "header", "text": plain(CHARS * 151)}, {"type": "chart"}]

    assert len(problems_of(check, blocks)) == 2


@pytest.mark.parametrize(
    "block",
    [{"type": "markdown", "text": "x"}, {"type": "context_actions", "elements": []}, table(1), chart()],
)
def test_blocks_of_messages_are_refused_in_modals(block):
    assert any("unsupported type" in problem for problem in problems_of(check_modal, modal(block)))


def test_modal_with_inputs_needs_submit():
    view = modal(entry())
    del view["submit"]

    assert problems_of(check_modal, view) == ["missing required field: submit [json-pointer:/view]"]


def test_modal_needs_title_and_blocks():
    assert problems_of(check_modal, {"type": "modal"}) == [
        "missing required field: title [json-pointer:/view]",
        "missing required field: blocks [json-pointer:/view]",
    ]


def test_home_takes_no_title():
    with pytest.raises(BlockKitError):
        check_view(
            {"type": "home", "blocks": [], "title": plain("x")}, "home", is_usable_file=lambda _: False
        )


def test_known_picture_is_taken():
    check({"type": "image", "slack_file": {"id": "F0KNOWN"}, "alt_text": "a curve"})
