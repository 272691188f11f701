"""Sentences, and what is to be said instead: words replaced, put in, taken out."""

Pair = tuple[str, str]

ENGLISH: tuple[Pair, ...] = (
    ("The small boat drifted slowly across the lake.", "The small boat drifted quickly across the lake."),
    (
        "Every morning he opened the shop early and swept the wooden floor.",
        "Every morning he opened the bakery early and swept the wooden floor.",
    ),
    ("Please leave the parcel beside the green door.", "Please leave the parcel beside the yellow door."),
    ("We will meet again on Monday at the station.", "We will meet again on Thursday at the station."),
    ("The train to the coast leaves in twenty minutes.", "The train to the mountains leaves in twenty minutes."),
    ("She bought three apples and a loaf of bread.", "She bought seven oranges and a loaf of bread."),
    ("My brother works in a hospital near the river.", "My sister works in a hospital near the river."),
    (
        "The meeting was moved to the second floor this afternoon.",
        "The meeting was moved to the second floor this evening.",
    ),
    (
        "I think the old bridge should be repaired before winter.",
        "I think the old bridge should be painted before winter.",
    ),
    ("Nobody in the village knew why he did it.", "Everybody in the village knew why he did it."),
    (
        "The children played in the garden until it was dark.",
        "The children played happily in the garden until it was dark.",
    ),
    ("Our neighbours have a dog that barks at night.", "Our neighbours have a big black dog that barks at night."),
    ("He put the keys on the table and left.", "He put the keys on the kitchen table and left."),
    ("You can find the report on my desk.", "You can find the final report on my desk."),
    ("It rained for three days without stopping.", "It rained heavily for three days without stopping."),
    ("The doctor said that he should rest for a week.", "The doctor said that he should rest for a month."),
    ("They built a new library beside the school.", "They built a new museum beside the school."),
    ("The soup tastes better with a little salt.", "The soup tastes better with a little pepper."),
    ("A tall woman in a red coat asked for directions.", "A tall woman in a blue jacket asked for directions."),
    ("The report really shows a very clear improvement.", "The report shows a clear improvement."),
    ("Yesterday the two teams played their final match.", "Yesterday the two teams won their final match."),
    ("I would like a cup of coffee with milk.", "I would like a cup of tea with milk."),
    (
        "The window was open, and the curtains moved in the wind.",
        "The window was broken, and the curtains moved in the wind.",
    ),
    ("Because of the snow, all flights were cancelled.", "Because of the storm, all flights were cancelled."),
    ("He speaks Spanish well, but his French is better.", "He speaks Spanish well, but his German is better."),
    ("The price of the house went up by ten percent.", "The price of the house went down by ten percent."),
    ("Tell them that the package arrived this morning.", "Tell them that the letter arrived this morning."),
    ("She sings in a choir every Tuesday evening.", "She sings in a choir every Sunday evening."),
    ("The museum is closed on the first day of the month.", "The museum is closed on the last day of the month."),
    ("There was a long silence before anyone answered.", "There was a short silence before anyone answered."),
)
MANDARIN: tuple[Pair, ...] = (
    ("今天下午我们一起去图书馆看书。", "今天下午我们一起去博物馆看书。"),
    ("他把那封信放在桌子上，然后慢慢走出了房间。", "他把那封信放在箱子里，然后慢慢走出了房间。"),
    ("这家餐厅的菜很好吃，价格也不贵。", "这家餐厅的面条很好吃，价格也不贵。"),
    ("明天早上八点我们在火车站见面。", "明天早上八点我们在飞机场见面。"),
    ("我的哥哥在一家医院工作。", "我的妹妹在一家医院工作。"),
    ("孩子们在花园里玩到天黑。", "孩子们在花园里高兴地玩到天黑。"),
    ("会议改到星期三下午举行。", "会议改到星期五下午举行。"),
    ("她昨天买了三本书和一支笔。", "她昨天买了三本杂志和一支笔。"),
    ("外面下着大雨，路上没有行人。", "外面下着大雪，路上没有行人。"),
    ("我们的老师是一位很有耐心的人。", "我们的校长是一位很有耐心的人。"),
    ("火车晚了几分钟才离开车站。", "火车晚了半小时才离开车站。"),
    ("请把窗户关上，房间里有点冷。", "请把大门关上，房间里有点冷。"),
    ("他每天晚上都要喝一杯牛奶。", "他每天晚上都要喝一杯咖啡。"),
    ("这座城市的春天特别漂亮。", "这座城市的秋天特别漂亮。"),
    ("我想给父母打一个电话。", "我想给朋友打一个电话。"),
    ("公司决定在上海开一家新的商店。", "公司决定在北京开一家新的商店。"),
    ("这个问题很简单，大家都会回答。", "这个问题很复杂，大家都会回答。"),
    ("医生建议他多休息，少喝酒。", "医生建议他多运动，少喝酒。"),
    ("邻居家的狗每天晚上都叫。", "邻居家的大黑狗每天晚上都叫。"),
    ("他们计划暑假去海边旅行。", "他们计划寒假去海边旅行。"),
    ("我觉得这个计划大概是可行的。", "我觉得这个方案大概是可行的。"),
    ("弟弟喜欢在公园里踢足球。", "弟弟喜欢在公园里打篮球。"),
    ("超市的水果今天打八折。", "超市的蔬菜今天打八折。"),
    ("奶奶做的饺子非常好吃。", "奶奶做的饺子真的非常好吃。"),
    ("这条河从西边流向东边。", "这条河从北边流向东边。"),
    ("老人提着灯慢慢走下楼梯。", "老人提着水桶慢慢走下楼梯。"),
    ("学校旁边有一个很大的体育馆。", "学校旁边有一个很大的游泳池。"),
    ("我们已经等了很长时间，可是他还没来。", "我们已经等了很长时间，可是医生还没来。"),
    ("这件红色的衣服适合你。", "这件蓝色的衣服适合你。"),
    ("飞机将在二十分钟以后降落。", "飞机将在四十分钟以后降落。"),
)
_EN, _HAPPY = "zero_shot_en_prompt.wav", "en_happy_prompt.wav"
_POLITICS = "His political stance was conservative, and he was particularly close to Margaret Thatcher."
_PROJECT = (
    "You know, I just finished that big project and feel so relieved. Everything seems easier and more colorful,"
    " what a wonderful feeling!"
)
_PLAN = "我觉得这个计划大概是可行的，不过还需要再仔细考虑一下。"
_SHOES = "上次你说鞋子有点磨脚，我给你买了一双软软的鞋垫。"
REAL: dict[str, tuple[tuple[str, Pair], ...]] = {
    "en": (
        (_EN, (_POLITICS, _POLITICS.replace("conservative", "liberal"))),
        (_EN, (_POLITICS, _POLITICS.replace("was conservative", "was openly conservative"))),
        (_EN, (_POLITICS, _POLITICS.replace("particularly ", ""))),
        (_HAPPY, (_PROJECT, _PROJECT.replace("project", "painting"))),
        (_HAPPY, (_PROJECT, _PROJECT.replace("easier", "lighter").replace("wonderful", "beautiful"))),
    ),
    "zh": (
        ("paralinguistic_prompt.wav", (_PLAN, _PLAN.replace("计划", "方案"))),
        ("paralinguistic_prompt.wav", (_PLAN, _PLAN.replace("仔细", "认真"))),
        ("speed_prompt.wav", (_SHOES, _SHOES.replace("鞋垫", "袜子"))),
        ("speed_prompt.wav", (_SHOES, _SHOES.replace("鞋子", "靴子"))),
    ),
}
