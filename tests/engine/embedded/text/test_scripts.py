"""Which language a stretch of text is read in."""

from __future__ import annotations

import pytest

from app.engine.embedded.text.cleaning import clean
from app.engine.embedded.text.scripts import language_spans


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("我用iPhone 15写代码", [("zh", "我用iPhone 15写代码")]),
        ("张伟 bought 3 apples.", [("zh", "张伟"), ("en", " bought 3 apples.")]),
        ("买了3台iPad", [("zh", "买了3台iPad")]),
        ("The price is 100 元 now", [("en", "The price is "), ("zh", "100元"), ("en", " now")]),
        ("我想guo4guo4", [("zh", "我想guo4guo4")]),
        ("use mp3 and guo4", [("en", "use mp3 and guo4")]),
        ("ni3 hao3", [("zh", "ni3 hao3")]),
        ("3GB", [("en", "3GB")]),
        ("3GB内存", [("zh", "3GB内存")]),
        ("on the 2nd 我们", [("en", "on the 2nd "), ("zh", "我们")]),
    ],
)
def test_digits_follow_their_neighbours(text: str, spans: list[tuple[str, str]]) -> None:
    assert [(span.language, span.text) for span in language_spans(clean(text))] == spans
