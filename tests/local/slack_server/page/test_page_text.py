"""What the page's drawing functions make of text and blocks, and that nothing in them becomes markup."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

NAMES = "{ userName: (id) => `name of ${id}`, channelName: (id) => `channel ${id}` }"
MRKDWN = [
    ("*bold* and _slanted_ and ~gone~", "<strong>bold</strong> and <em>slanted</em> and <s>gone</s>"),
    ("*bold _both_*", "<strong>bold <em>both</em></strong>"),
    ("2 * 3 * 4 and snake_case_name", "2 * 3 * 4 and snake_case_name"),
    ("*`code in bold`*", "<strong><code>code in bold</code></strong>"),
    ("`*not bold* &lt;b&gt;`", "<code>*not bold* &lt;b&gt;</code>"),
    ("a &amp; b &lt;i&gt; &amp;lt;", "a &amp; b &lt;i&gt; &amp;lt;"),
    ("one\ntwo", "one<br>two"),
    ("&gt; quoted\nplain", "<blockquote>quoted</blockquote>plain"),
    ("before ```pre *x*``` after", "before <pre><code>pre *x*</code></pre> after"),
    ("hi <@U1>", 'hi <span class="mention">@name of U1</span>'),
    ("<#C1|general> <!here>", '<span class="mention">#general</span> <span class="mention">@here</span>'),
    (":tada: :no_such_emoji:", "🎉 :no_such_emoji:"),
    (
        "<https://example.com/a?b=1&amp;c=2|see>",
        '<a href="https://example.com/a?b=1&amp;c=2" target="_blank" rel="noopener noreferrer">see</a>',
    ),
    ("<javascript:alert(1)|click>", "&lt;javascript:alert(1)|click&gt;"),
    ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
    ("<!date^0^{date_num} {unknown}|long ago>", "<time>01/01/1970 {unknown}</time>"),
    ("<!date^never^{date}|fallback &amp; all>", "<time>fallback &amp; all</time>"),
]
MARKDOWN = [
    ("# Title\ntext", '<h4 class="markdown-h1">Title</h4><p>text</p>'),
    ("- a\n  - b\n- c", "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>"),
    ("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"),
    ("```py\n<b>\n```", "<pre><code>&lt;b&gt;</code></pre>"),
    ("**b** *i* ~~s~~ `c`", "<p><strong>b</strong> <em>i</em> <s>s</s> <code>c</code></p>"),
    ("[x](javascript:alert) [y](/control/views)", "<p><span>x</span> <span>y</span></p>"),
    ("<img src=x onerror=alert(1)>", "<p>&lt;img src=x onerror=alert(1)&gt;</p>"),
    ("> quoted\n\n---", "<blockquote><p>quoted</p></blockquote><hr>"),
    (r"\*kept\*", "<p>*kept*</p>"),
]


async def drawn(tab, module: str, function: str, text: str) -> str:
    return await tab.evaluate(
        f"""async (text) => {{
            const {{ {function} }} = await import("/static/{module}");
            const root = document.createElement("div");
            root.append({function}(text, {NAMES}));
            return root.innerHTML;
        }}""",
        text,
    )


async def test_mrkdwn_becomes_elements_and_never_markup(drawing_tab):
    found = {text: await drawn(drawing_tab, "mrkdwn.js", "mrkdwn", text) for text, _ in MRKDWN}

    assert found == dict(MRKDWN)


async def test_markdown_becomes_elements_and_never_markup(drawing_tab):
    found = {text: await drawn(drawing_tab, "markdown.js", "markdown", text) for text, _ in MARKDOWN}

    assert found == {text: f'<div class="markdown">{html}</div>' for text, html in MARKDOWN}


async def test_blocks_that_are_unknown_or_broken_show_as_a_box(drawing_tab):
    words = await drawing_tab.evaluate(
        """async () => {
            const { drawBlocks } = await import("/static/blocks.js");
            const broken = { type: "actions", elements: 7 };
            const picture = { type: "image", image_url: "javascript:1", alt_text: "a curve" };
            const nodes = drawBlocks([{ type: "hologram" }, broken, {}, null, picture], { names: {} });
            return nodes.map((node) => node.firstChild.textContent);
        }"""
    )

    assert words == [
        "Block “hologram” is not shown in the local workspace.",
        "Block “actions” could not be shown.",
        "Block “without a type” is not shown in the local workspace.",
        "Block “without a type” is not shown in the local workspace.",
        "Picture: a curve",
    ]
