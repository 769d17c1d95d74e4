"""Whether a sentence is about somewhere else: work, home town, school, a film, a dream, another time."""

from __future__ import annotations

import re

# Somebody else's car park is not ours: in a tale about work, home town or the past nobody is sent there.
ELSEWHERE = re.compile(
    r"(?<![面壁篱上下个])单位|公司|我们?厂|厂里|老家|她们?那儿?|他们?那儿?|人家小区|表[妹姐哥弟]"
    r"|同[事学](?=们?[家那的说])|以前|从前|那年|"
    r"小时候|当年|细个|公屋|"
    r"梦见|梦到|新闻|刷到|视频里|电影|电视剧|小说|作文|隔壁小区|别的小区|外地|出差|旅游|景区|酒店|医院"
)
# What was long ago or never was goes on to the end of the message.
LONG_AGO = re.compile(r"小时候|细个|当年|那年|梦见|梦到|做梦|电影|电视剧|小说|作文|新闻|刷到|视频里|旅游|老家")
# In chit-chat a door may stand in a book, a shop or a school as well.
_IN_A_TALE = re.compile(
    rf"{ELSEWHERE.pattern}|作业|课本|卷子|考题|数学题|[戏剧]院|学校|大学|宿舍|国贸|商场|饭店|餐厅|面馆|咖啡|奶茶店"
    rf"|酒吧|剧情|编剧|这[集剧]|办公室|地铁|民宿|公园"
)


def is_a_tale(text: str) -> bool:
    """Tell whether a piece of chit-chat names doors that are none of ours."""
    return _IN_A_TALE.search(text) is not None
