"""Whatever an app sends as blocks or as a view is either taken or refused; nothing makes the check stumble."""

import copy

from hypothesis import given, settings
from hypothesis import strategies as st

from local.slack_server.blockkit.surfaces import (
    BlockKitError,
    check_message_blocks,
    check_view,
    with_block_ids,
)
from local.slack_server.elements import elements_of, initial_values

from .test_block_limits import MESSAGE_LIMITS, REFUSED, VIEW_LIMITS

SEEDS = [build(2) for _, build in MESSAGE_LIMITS.values()] + [block for block, _ in REFUSED.values()]
VIEWS = [build(2) for _, build in VIEW_LIMITS.values()]
SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False) | st.text(max_size=3)
JUNK = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.sampled_from(["type", "text"]), SCALARS)


def places(value, path=()):
    """Every path into a JSON document."""
    yield path
    entries = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, inner in entries:
        yield from places(inner, (*path, key))


def replaced(value, path, junk):
    """The document with something else at the path."""
    if not path:
        return junk
    value = copy.deepcopy(value)
    owner = value
    for key in path[:-1]:
        owner = owner[key]
    owner[path[-1]] = junk
    return value


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_message_check_never_stumbles(data):
    seed = data.draw(st.sampled_from(SEEDS))
    blocks = seed if isinstance(seed, list) else [seed]
    path = data.draw(st.sampled_from([path for path in places(blocks) if path]))
    blocks = replaced(blocks, path, data.draw(JUNK))

    try:
        check_message_blocks(blocks, is_usable_file=lambda _: True)
    except BlockKitError:
        return
    filled = with_block_ids(blocks)
    assert all(block["block_id"] for block in filled)
    assert all(element["action_id"] for _, element in elements_of(filled))
    initial_values(filled)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_view_check_never_stumbles(data):
    seed = data.draw(st.sampled_from(VIEWS))
    path = data.draw(st.sampled_from([path for path in places(seed) if path]))

    try:
        check_view(replaced(seed, path, data.draw(JUNK)), "modal", is_usable_file=lambda _: True)
    except BlockKitError:
        return
