"""What the benchmark says."""

SENTENCE = "The ferry leaves the harbour at noon, so we should be there a little earlier."
"""Fifteen words."""

ENGLISH = (
    "The train left the station a few minutes late, but nobody seemed to mind. "
    "Outside the window the fields were turning from green to gold."
)
MANDARIN = "火车晚了几分钟才离开车站，不过好像没有人在意。窗外的田野正从绿色慢慢变成金黄色。"
PARAGRAPH = " ".join(
    (
        "The old lighthouse had not been used for many years.",
        "Every evening a man climbed its stairs with a lamp in his hand, and every morning he came down again.",
        "Nobody in the village knew why he did it.",
        "When a child asked him one day, he smiled and said that the sea was a poor reader of newspapers.",
        "It did not know that the lighthouse was closed, and he saw no reason to disappoint it.",
        "From then on the child came along, carrying the matches.",
        "In the autumn storms they sat by the big window, drank tea and counted the ships that passed.",
        "Some of them blew their horns, and each time the old man raised his cup.",
    )
)
"""About fifty seconds of speech."""
MANDARIN_PARAGRAPH = (
    "村子边上有一座老灯塔，已经很多年没有人用了。每天傍晚，一个老人提着灯爬上楼梯，第二天早上再慢慢走下来。"
    "没有人知道他为什么这样做。有一天，一个孩子问他，他笑着说，大海不看报纸，不知道灯塔已经关了。"
    "从那以后，孩子每天都跟他一起上去，手里拿着火柴。秋天刮大风的时候，他们坐在窗边喝茶，数着路过的船。"
)
"""About half a minute of speech."""
