"""What slack_sdk's own models write is taken: each block and element with every property they know."""

import pytest
from slack_sdk.models import blocks as sdk
from slack_sdk.models.blocks.block_elements import FileInputElement

from local.slack_server.blockkit.surfaces import check_message_blocks, check_view

CONFIRM = sdk.ConfirmObject(title="Sure?", text="Really", confirm="Yes", deny="No", style="danger")
OPTIONS = [sdk.Option(value="a", text="A", description="first"), sdk.Option(value="b", text="B")]
LINES = sdk.RichTextBlock(
    elements=[
        sdk.RichTextSectionElement(
            elements=[
                sdk.RichTextElementParts.Text(text="bold", style={"bold": True}),
                sdk.RichTextElementParts.Link(url="https://a.example", text="link"),
                sdk.RichTextElementParts.User(user_id="U0LEAD"),
                sdk.RichTextElementParts.Channel(channel_id="C0TICKETS"),
                sdk.RichTextElementParts.Emoji(name="eyes"),
                sdk.RichTextElementParts.Date(timestamp=1_700_000_000, format="{date}"),
            ]
        ),
        sdk.RichTextListElement(
            style="bullet",
            indent=1,
            elements=[sdk.RichTextSectionElement(elements=[sdk.RichTextElementParts.Text(text="item")])],
        ),
        sdk.RichTextQuoteElement(elements=[sdk.RichTextElementParts.Text(text="quote")]),
        sdk.RichTextPreformattedElement(elements=[sdk.RichTextElementParts.Text(text="code")], border=0),
    ]
)
SOURCE = {"image_url": "https://a.example/p.png", "alt_text": "picture"}

MESSAGE_BLOCKS = [
    sdk.SectionBlock(text="*hi*", fields=["a", "b"], accessory=sdk.ImageElement(**SOURCE), expand=True),
    sdk.SectionBlock(
        text="x", accessory=sdk.OverflowMenuElement(action_id="o", options=OPTIONS, confirm=CONFIRM)
    ),
    sdk.SectionBlock(
        text="x", accessory=sdk.StaticMultiSelectElement(action_id="m", options=OPTIONS, max_selected_items=2)
    ),
    sdk.HeaderBlock(text="Title"),
    sdk.DividerBlock(),
    sdk.ContextBlock(elements=[sdk.MarkdownTextObject(text="x"), sdk.ImageElement(**SOURCE)]),
    sdk.ActionsBlock(
        elements=[
            sdk.ButtonElement(
                text="Go",
                action_id="b",
                value="1",
                style="primary",
                confirm=CONFIRM,
                accessibility_label="Go on",
            ),
            sdk.LinkButtonElement(text="Open", action_id="l", url="https://a.example"),
            sdk.StaticSelectElement(
                action_id="s", options=OPTIONS, initial_option=OPTIONS[0], placeholder="Pick"
            ),
            sdk.ExternalDataSelectElement(action_id="e", min_query_length=2),
            sdk.UserSelectElement(action_id="u", initial_user="U0LEAD"),
            sdk.ConversationSelectElement(
                action_id="c",
                filter=sdk.ConversationFilter(include=["im"]),
                default_to_current_conversation=True,
            ),
            sdk.ChannelSelectElement(action_id="h", initial_channel="C0TICKETS"),
            sdk.DatePickerElement(action_id="d", initial_date="2026-11-21"),
            sdk.TimePickerElement(action_id="t", initial_time="13:37", timezone="Etc/UTC"),
            sdk.DateTimePickerElement(action_id="dt", initial_date_time=1_700_000_000),
            sdk.CheckboxesElement(action_id="x", options=OPTIONS, initial_options=[OPTIONS[1]]),
            sdk.RadioButtonsElement(action_id="r", options=OPTIONS, initial_option=OPTIONS[0]),
        ]
    ),
    sdk.ImageBlock(**SOURCE, title="Curve"),
    sdk.MarkdownBlock(text="# hi"),
    LINES,
    sdk.TableBlock(
        rows=[[{"type": "raw_text", "text": "a"}], [{"type": "raw_number", "value": 1, "text": "1"}]],
        column_settings=[{"align": "right", "is_wrapped": True}],
    ),
    sdk.ContextActionsBlock(
        elements=[
            sdk.FeedbackButtonsElement(
                action_id="f",
                positive_button=sdk.FeedbackButtonObject(text="Good", value="1"),
                negative_button=sdk.FeedbackButtonObject(text="Bad", value="0"),
            ),
            sdk.IconButtonElement(action_id="i", icon="trash", text="Drop"),
        ]
    ),
    sdk.PlanBlock(title="Plan", tasks=[{"task_id": "1", "title": "Train", "status": "in_progress"}]),
]
INPUTS = [
    sdk.PlainTextInputElement(action_id="a", multiline=True, min_length=1, max_length=9, initial_value="x"),
    sdk.EmailInputElement(action_id="a", initial_value="a@b.example"),
    sdk.UrlInputElement(action_id="a", placeholder="https://"),
    sdk.NumberInputElement(action_id="a", is_decimal_allowed=True, min_value="0", max_value="1"),
    sdk.RichTextInputElement(action_id="a"),
    sdk.StaticMultiSelectElement(action_id="a", options=OPTIONS),
    sdk.UserMultiSelectElement(action_id="a", initial_users=["U0LEAD"]),
    sdk.ChannelMultiSelectElement(action_id="a", initial_channels=["C0TICKETS"]),
    sdk.ConversationMultiSelectElement(action_id="a", initial_conversations=["C0TICKETS"]),
    sdk.ExternalDataMultiSelectElement(action_id="a", min_query_length=1),
    FileInputElement(action_id="a", filetypes=["csv"], max_files=2),
]


@pytest.mark.parametrize("block", MESSAGE_BLOCKS, ids=lambda block: block.type)
def test_message_block_is_taken(block):
    check_message_blocks([block.to_dict()], is_usable_file=lambda _: True)


@pytest.mark.parametrize("element", INPUTS, ids=lambda element: element.type)
def test_input_is_taken_in_a_modal(element):
    block = sdk.InputBlock(label="Label", element=element, hint="Hint", optional=True, dispatch_action=True)
    title = {"type": "plain_text", "text": "T"}
    view = {"type": "modal", "title": title, "submit": title, "blocks": [block.to_dict()]}

    check_view(view, "modal", is_usable_file=lambda _: True)
