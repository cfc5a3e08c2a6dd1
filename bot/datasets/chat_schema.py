"""What a chat example must be: roles, turns, the last word the assistant's, weights, tools; and messages in other dialects."""

from __future__ import annotations

from typing import Any

import orjson

from bot.texts import later

USER_NAMES = frozenset(
    (
        "user",
        "human",
        "customer",
        "client",
        "caller",
        "visitor",
        "guest",
        "member",
        "requester",
        "student",
        "patient",
    )
)
ASSISTANT_NAMES = frozenset(
    ("assistant", "gpt", "bot", "ai", "model", "agent", "support", "operator", "rep", "representative", "chatgpt",
     "advisor", "adviser", "staff", "admin", "helpdesk", "csr", "salesman", "teacher", "doctor", "chatbot")
)  # fmt: skip
ROLES = frozenset(("system", "developer", "user", "assistant", "tool", "function"))
ROLE_NAMES = USER_NAMES | ASSISTANT_NAMES | ROLES

MESSAGE_KEYS = frozenset(
    ("role", "content", "name", "weight", "tool_calls", "tool_call_id", "function_call", "refusal", "audio")
)

PROBLEMS = (
    "",
    later("the messages are no JSON list of objects"),
    later("a message has no role that the API knows"),
    later("a message has no content"),
    later("there is no message of the assistant"),
    later("the last message is not the assistant's"),
    later("there is no message of a user"),
    later("a weight is neither 0 nor 1, or not on a message of the assistant"),
    later("a tool call or a tool's answer is malformed"),
    later("a tool is called that the example does not list"),
    later("a message has a key that the API refuses"),
    later("a system message does not stand first"),
)
"""Why an example can't be trained; the first is none."""

(
    NO_LIST,
    NO_ROLE,
    NO_CONTENT,
    NO_ASSISTANT,
    LAST_NOT_ASSISTANT,
    NO_USER,
    BAD_WEIGHT,
    BAD_TOOLS,
    UNKNOWN_TOOL,
) = range(1, 10)
UNKNOWN_KEY, LATE_SYSTEM = 10, 11

Message = dict[str, Any]


def role_of(name: str) -> str:
    """The API's role for a speaker's name; the name itself when nobody knows it.

    >>> role_of("Human"), role_of("gpt"), role_of("system")
    ('user', 'assistant', 'system')
    """
    plain = name.strip().lower()
    if plain in ROLES:
        return plain
    if plain in USER_NAMES:
        return "user"
    return "assistant" if plain in ASSISTANT_NAMES else plain


def parse_messages(cell: str) -> list[Message] | None:
    """The messages in a cell, in the API's words (ShareGPT's from/value too); None when it holds no such list."""
    try:
        value = orjson.loads(cell)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(value, list) or not value or not all(isinstance(message, dict) for message in value):
        return None
    return [_in_our_words(message) for message in value]


def _in_our_words(message: Message) -> Message:
    made = dict(message)
    if "role" not in made and "from" in made:
        made["role"] = made.pop("from")
    if "content" not in made and "value" in made:
        made["content"] = made.pop("value")
    if isinstance(made.get("role"), str):
        made["role"] = role_of(made["role"])
    return made


def problem_of(messages: list[Message], tools: list[Any]) -> int:
    """The first reason why the messages can't be trained, as a place in PROBLEMS."""
    roles = [message.get("role") for message in messages]
    if not all(isinstance(role, str) and role in ROLES for role in roles):
        return NO_ROLE
    for place, message in enumerate(messages):
        problem = _problem_of_message(message, place)
        if problem:
            return problem
    if "assistant" not in roles:
        return NO_ASSISTANT
    if roles[-1] != "assistant":
        return LAST_NOT_ASSISTANT
    if "user" not in roles:
        return NO_USER
    return _problem_of_tools(messages, tools)


def _problem_of_message(message: Message, place: int) -> int:
    if not set(message) <= MESSAGE_KEYS:
        return UNKNOWN_KEY
    if message["role"] in ("system", "developer") and place > 0:
        return LATE_SYSTEM
    if not _has_content(message):
        return NO_CONTENT
    weight = message.get("weight")
    is_weight = type(weight) is int and weight in (0, 1) and message["role"] == "assistant"
    return 0 if weight is None or is_weight else BAD_WEIGHT


def _has_content(message: Message) -> bool:
    content = message.get("content")
    if message["role"] == "assistant" and (message.get("tool_calls") or message.get("function_call")):
        return content is None or isinstance(content, str | list)
    if isinstance(content, list):
        return bool(content) and all(isinstance(part, dict) and "type" in part for part in content)
    return isinstance(content, str) and (bool(content.strip()) or message["role"] in ("tool", "function"))


def _problem_of_tools(messages: list[Message], tools: list[Any]) -> int:
    names = {tool["function"].get("name") for tool in tools if _is_tool(tool)}
    if not all(_is_tool(tool) for tool in tools):
        return BAD_TOOLS
    open_calls: set[str] = set()
    for message in messages:
        calls = message.get("tool_calls") or []
        if not isinstance(calls, list) or not all(_is_call(call) for call in calls):
            return BAD_TOOLS
        if names and any(call["function"]["name"] not in names for call in calls):
            return UNKNOWN_TOOL
        open_calls |= {call["id"] for call in calls}
        if message["role"] == "tool" and message.get("tool_call_id") not in open_calls:
            return BAD_TOOLS
    return 0


def _is_tool(tool: Any) -> bool:
    return isinstance(tool, dict) and isinstance(tool.get("function"), dict)


def _is_call(call: Any) -> bool:
    if not isinstance(call, dict) or not isinstance(call.get("id"), str):
        return False
    function = call.get("function")
    return (
        isinstance(function, dict)
        and isinstance(function.get("name"), str)
        and isinstance(function.get("arguments"), str)
    )


def text_of(message: Message) -> str:
    """What a message says: its text, the text of its parts, or its calls as JSON."""
    content = message.get("content")
    if isinstance(content, list):
        return " ".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    if content:
        return str(content)
    calls = message.get("tool_calls") or message.get("function_call")
    return orjson.dumps(calls).decode() if calls else ""
