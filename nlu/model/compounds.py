"""How the spots of a neighbourhood are called: what stands before and the head that says what it is, 消防+登高+场地.

Nobody lists all of them, but what comes before is of few kinds (whose it is, what for, where it lies), and so are the
heads. Also spots that no list of words knows at all: nouns that end like a spot, where somebody is at them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from nlu.model.tries import build_trie_pattern

# People have rooms and gardens of their own, but 老人站在那 is no stop.
_WHOSE = """
    小区 社区 园区 院区 单元 楼栋 楼宇 住户 业主 居民 物业 居委 居委会 业委会 管委会 党群 党员 网格 街道 村委 老年 老人 长者 银龄 儿童 少儿 亲子 母婴
    青年 青少年 妇女 残疾人 残障 无障碍 轮椅 婴儿车 学校 小学 中学 幼儿园 幼稚园 社工 志愿者 义工 公众 行人 人行 访客 员工 保安 保洁 门卫 警卫
    树 茶 菜 果 书 沙 竹 梅 石 木 山 湖 河 江 水 岗 总 小孩 宠物 狗 车 货 客 校 厂 村
""".split()
# What it is for or what is there.
_FOR_WHAT = """
    宿舍 教学 实验 菜场 菜市场 农贸 超市 商场 商铺 商业 会所 食堂 公园 教堂 祠堂 健康 健身 运动 体育 体能 休闲 休息 休憩 娱乐 康乐 游乐 游戏 玩具 文化
    文体 文娱 科普 阅览 阅读 图书 读书 书画 棋牌 麻将 乒乓球 乒乓 羽毛球 篮球 网球 足球 排球 台球 桌球 门球 轮滑 滑板 瑜伽 瑜珈 舞蹈 跳舞 太极 音乐 排练
    戏水 嬉水 钓鱼 垂钓 游泳 烧烤 遛狗 遛犬 种植 绿化 景观 园林 园艺 花卉 荷花 睡莲 樱花 桂花 桃花 海棠 玉兰 银杏 香樟 紫藤 葡萄 便民 惠民 爱心
    志愿 红色 党建 普法 法治 廉政 调解 信访 接待 会客 会议 议事 协商 办事 政务 服务 值班 值守 监控 安防 安保 保卫 治安 警务 巡逻 护学 消防 登高 防汛
    防火 人防 避难 疏散 逃生 应急 安全 救援 隔离 快递 包裹 邮件 信件 信报 信箱 外卖 送餐 取餐 取件 收件 收发 寄存 自提 团购 卸货 装卸 货运 搬家 垃圾
    厨余 餐厨 湿垃圾 干垃圾 可回收 可回收物 有害垃圾 废品 废旧 旧衣 旧物 资源 回收 分类 大件 建渣 环卫 清洁 清洗 冲洗 洗衣 洗车 洗手 晾衣 晾晒 晒衣
    晒被 充电 换电 加油 停车 泊车 停泊 临停 车行 步行 骑行 自行车 单车 脚踏车 机车 摩托车 摩托 电动车 电单车 电瓶车 电动自行车 非机动车 非机 机动车 汽车
    货车 校车 班车 公交 巴士 公车 地铁 轻轨 的士 出租车 网约车 落客 上落客 接送 等候 候车 候梯 机械 立体 变电 配电 发电 发电机 高压 低压 强电 弱电
    电表 水表 气表 电气 电信 通信 通讯 网络 机电 水电 水泵 增压 加压 供水 水箱 排污 污水 雨水 雨污 中水 净水 直饮水 开水 打水 热力 换热 供暖 锅炉 燃气
    煤气 液化气 天然气 新风 通风 排风 排烟 管道 电梯 货梯 客梯 消防梯 扶梯 楼梯 步梯 楼道 设备 设施 器材 器械 工具 杂物 储物 储藏 贮藏 仓储 物资
    保管 更衣 淋浴 收费 缴费 结算 出口 入口 出入口 进出 车辆 车库 车棚 地库 停车场 停车库 大堂 大厅 门厅 过道 走廊 走道 通道 广场 花园 中庭 天井 天台 屋顶
    屋面 楼顶 房顶 平台 裙楼 裙房 架空层 架空 空中 露天 室外 室内 户外 地下 地上 地面 半地下 下沉 水景 喷泉 喷水 人工湖 湖心 湖滨 环湖 滨河 滨江
    滨水 沿河 沿江 沿湖 沿街 临街 临湖 临河 亲水 河滨 江边 河边 湖边 水边 环形 中心 中央 公共 公用 共享 共用 集中 临时 塑胶 鹅卵石 水泥 石板 林荫 慢行 慢跑
    样板 展示 展览 宣传 公告 公示 文明 科技 智慧 无人 自助 售楼 销售 接种 采样 献血 义诊 体检 康复 理疗 日间照料 照料 养老 助老 托老 护理 托管 早教 培训 学习
    自习 电脑 手工 陶艺 木工 维修 早餐 助餐 用餐 就餐 停放 堆放 存放 投放 收集 转运 中转 清运 交谊 联谊 接驳 换乘 上客 下客 祭祀 化宝 风雨 观景 活动 活动中心
    实验楼 教学楼 宿舍楼 综合楼 办公楼 写字楼 图书馆 体育馆
""".split()
_WHERE = (
    r"(?:[东南西北](?:[东南西北]?[侧边面头]?|[东南西北])|[前后左右中内外侧旁大小新老旧主副偏次]|[内外]环|"
    r"[一二三四五六]期|(?:\d{1,2}|[一二三四五六七八九十])号|[东南西北中a-h]区|[a-h])"
)
# Heads that make a spot of anything before them.
_HEADS = """
    车库 车棚 车场 车房 停车场 停车区 停车棚 停车楼 停泊处 停泊区 停放点 停放区 停放处 停靠点 广场 花园 公园 乐园 游乐场 游乐园 操场 球场 球馆 场馆 场地 网球场
    篮球场 活动区 游乐区 玩耍区 中心 点位 岗亭 亭子 棚子 仓库 库房 机房 泵房 用房 板房 门房 通道 隧道 车道 步道 跑道 过道 走道 栈道 栈桥 路口 道口 岔口 小路 小道 小径
    巷子 巷道 弄堂 胡同 天桥 连廊 长廊 走廊 廊道 廊架 平台 露台 天台 看台 舞台 戏台 站台 池塘 水池 泳池 鱼池 水塘 鱼塘 喷泉 水渠 河道 管井 树林 小树林 竹林 林带 草坪
    草地 绿地 绿化带 绿岛 花坛 花圃 花池 花境 菜地 菜园 果园 苗圃 坡道 斜坡 坡坡 台阶 步梯 梯步 梯坎 楼梯 楼梯间 楼梯口 出口 入口 出入口 进口 门口 大门 小门 侧门 后门 前门
    正门 边门 偏门 便门 围墙 院墙 山墙 墙角 墙根 拐角 转角 转弯处 拐弯处 弯道 大堂 大厅 门厅 前厅 前室 食堂 餐厅 饭堂 图书馆 图书室 阅览室 活动室 会议室 教室
    自习室 书屋 书吧 驿站 公厕 投放点 投放站 投放亭 堆放点 堆放处 堆放区 存放点 集中点 收集点 收集站 中转站 中转间 转运站 回收站 回收点 回收亭 回收屋 回收室
    登高面 场坝 坝子 院坝 院子 庭院 大院 后院 菜市场 集市 市集 车站 公交站 小桥 拱桥 木桥 石桥 廊桥 桥洞 桥底 涵洞 河堤 河岸 堤坝 码头 假山 凉亭 地下室 储物间 杂物间 设备间
    配电间 配电房 工具间 工具房 水泵房 洗衣台 观景台 避难所 避难层 设备层 架空层 夹层 服务站 服务台 前台 岗哨 办公室 值班室 休息室 休息区 休息处 等候区
    工作站 警务室 卫生室 医务室 之家
""".split()
# One character is head enough after the words that say what for; most can begin another word.
_SHORT_HEADS = (
    r"(?:室|厅(?!长)|间(?![隔接距断或])|房(?![价租贷款东子产间屋卡型])|屋(?![里顶子面])|亭|站(?![着在起了立岗长不那满得出])|"
    r"点(?![击评名钟半头数子儿歌餐赞])|处(?![理置罚于长在])|台(?![风阶子])|棚|库|岗(?![位前])|场(?![景合面所次])|区(?![别分域间])|"
    r"园|池|坑|井(?!盖)|林|坪|坡(?!度)|廊|桥|巷|街(?![道坊舞])|道(?![理歉具德路谢闸])|路(?![灯面障费由过人况]))"
)
# They look like spots and are something else: a thing, a room at home, what has no place of its own.
_NOT_SPOTS = frozenset(
    """
        换电池 充电池 洗手间 洗手台 文明点 文明处 文明区 科技点 智慧点 洗手池 洗菜池 洗碗池 健身房 办公室 儿童房 老人房 老年房 青年房 客厅 茶台 茶几 书架 书房 书台 水管 水电站 服务区 公共区域 公共场所 公共场地 商业街 商业区 商铺房 安全区 安全点 健康点 便民点 楼道口 人行道口
    玻璃房 展示台 电脑房 电脑室 教学点 活动处 服务处 消防处 通信台 通信站 电视台 体育馆 体育场 音乐台 音乐室 音乐房 空调房 空调间 热力点 设备处 设施处 运动区 小学校 大学校 新公园 大公园
    车小路 人行点 大楼梯 共享单车 公共厨房 停车处 停车点 停车台 中心点 中心处 中心台 中心区 中心站 出口处 入口处 货车间 车间 车道路 学校教室 小学教室 老会议室
    管理处 后台阶 小台阶 公用卫生间 小卫生间 大卫生间 新卫生间 老卫生间 次卫生间 主卫生间 客卫生间 小厕所 大厕所 小办公室 大办公室 外卫生间 内卫生间 车入口 车出口 人中心
    主大门 人入口 人出口 公寓房 自习点 小餐厅 水中心 售楼中心
    """.split()
)
_NOT_AFTER = r"(?![费卡证票价员长款]|管理费|广告|香糖)"


_WORDS_BEFORE = frozenset(_WHOSE) | frozenset(_FOR_WHAT)
_WORDS_SAYING_WHAT = frozenset(_FOR_WHAT)
_LENGTHS = tuple(sorted({len(word) for word in _WORDS_BEFORE}, reverse=True))
_MOST_WORDS = 4
_HEAD = re.compile(rf"(?:(?P<long>{build_trie_pattern(_HEADS)})|{_SHORT_HEADS}){_NOT_AFTER}")
_WHERE_BEFORE = re.compile(rf"{_WHERE}$")
_SHARED = frozenset({"公共", "公用", "共用"})  # says whose it is, not where: 公共走廊 is the 走廊
# Function words, verbs and people: no part of a name.
_NO_NAME = (
    r"\W\d_a-z在从到去的了是和跟往过我你他她它俺咱阿将扶验上把被给就个啊吧呢哦呀嘛哩来家们喺嗰那这停放堵坐站蹲躺倒守围晾晒摆丢扔掉落跌摔滚撞追找看"
    r"见说讲开关坏破漏裂满全很太又都还也才再只每各某哪啥谁什么怎样今昨明想要会能可得让叫拿用对向朝沿靠挨有没无冇唔不别勿莫条只张块几一二两三四五六七八九十"
    r"人娃狗猫师着住完好多少最更已经正刚没请麻烦帮修换装拆堆占睡哭喊吵闹搁爬跑走跳飞闪亮灭"
)
_SPOT_ENDS = r"站亭棚库场园廊桥池塘河湖沟渠坡坝林井坑台室厅堂房路街巷道院区角墙坛圃滩岸屋厂店馆楼铺所处口间塔庙寺碑树柱杆栏桩牌箱柜架摊凳椅石桶像坊吧梯"
_NOUN = re.compile(rf"(?<![{_SPOT_ENDS}])(?:[\d一二三四五六七八九十]{{1,2}}号)?[^{_NO_NAME}]{{1,4}}(?<=[{_SPOT_ENDS}])$")
_ROOMY = frozenset("亭棚库场园廊桥池塘湖渠坡坝林台厅堂房路街巷院区坛圃岸馆") 
_NOUN_FIRST = re.compile(
    rf"[^{_NO_NAME}]{{1,4}}?(?:[亭棚库场园廊桥池塘沟渠坡坝林井坑室厅堂房路街巷道院区角墙坛圃滩岸间]|台(?![阶子])|(?<=[车驿巴士油气粮岗])站)"
    rf"(?![亭棚库场园廊桥池坡道室厅间口角]|[费卡证票长])"
)
_POINTING = re.compile("(?<=[那这嗰一])[口面排片堵道座根盏扇棵条]|建议|希望|能否|现在|旁边|底下|里头")
_BESIDE = re.compile(
    r"(?P<tail>的?(?:门口|门前|后[头面边]|背后|对面|对过|拐角|转角|旁边?|侧边|跟前|底下|楼下|[东南西北][边侧面头]))|边上|那[边块儿片头](?!儿?[的都])|嗰[边度]|附近|(?P<those>那[棵排盏台根口扇张截段片堆些])"
)
_AT = re.compile(r"(?:停|放|堆|堵|倒|躺|蹲|坐|站|丢|扔|掉|摔|跌|晕|困|卡|蹲|藏|睡|摆|晾|挂|贴)(?:在|到|进|落|喺|咗喺|咗落|倒在)|[在喺搁](?!家|线|意|乎|于|下)|(?<=[蹲堵])|(?<=停)(?!车)")
# Where what fell lies, be it ever so small.
_SUNK_IN = re.compile(
    r"[掉跌落滚踢扔倒栽冲摔](?:下|进|到|入|落|咗落|了|下去|在)?(?P<hole>湖|河|江|井|水?沟|渠|池子|池塘|水?塘|河浜|窨井|阴沟|坑|下水(?:道|篦子|井|口)|排水沟|雨水(?:井|沟|篦子)|地漏)"
    r"(?=[里中底]|$|[,。!！?？\s])"
)
_AT_HOME = re.compile(
    r"^号|号楼$|^楼$|^[东南西北]头$|^(?:小区|社区|园区)$|半道|贵平台|后台$|驾驶|科室|产房|病房|办公室$|殡仪|接口|窗口|下水道|排水沟|水沟|管道$|水管|桶桶|厨|卧|客|书房|浴|卫生间|厕|床|沙发|柜|橱|桌|椅子|冰箱|洗衣机|空调|电视|灶|马桶|水槽|窗|阳台|茶几|门框|医院|法院|单位|公司|老家|教室|派出所|手机|耳机|家|楼上|楼下|隔壁|对门|物业|居委|中间|之间|时间|期间|房间|夜间|外墙|烟道|雨棚|马路|路中|半路|公路|杆杆|杆子$|[边侧面]$|电梯$|门$|房东|孩子|老人"
)
_BETWEEN = frozenset(" 的")


def find_compounds(text: str) -> Iterator[tuple[int, int]]:
    """Find what is called like a spot: 资源+回收+室, 非机动车+库, 后+弄堂."""
    for head in _HEAD.finditer(text):
        is_long = head["long"] is not None
        start = _start_of_words(text, head.start(), is_long=is_long)
        if is_long or start < head.start():
            where = _WHERE_BEFORE.search(text, max(0, start - 3), start)
            start = start if where is None else where.start()
        if start < head.start() and text[start : head.end()] not in _NOT_SPOTS:
            yield start, head.end()


def _start_of_words(text: str, end: int, *, is_long: bool) -> int:
    """Go back over the words that may stand before a head; the nearest must say what for, if the head is short."""
    start, known = end, _WORDS_BEFORE if is_long else _WORDS_SAYING_WHAT
    for _ in range(_MOST_WORDS):
        word = next((n for n in _LENGTHS if n <= start and text[start - n : start] in known), 0)
        if not word or text[start - word : start] in _SHARED:
            break
        start, known = start - word, _WORDS_BEFORE
    return start


def find_spots_somebody_is_at(text: str, ends: Collection[int]) -> Iterator[tuple[int, int]]:
    """Find nouns that end like a spot where somebody or something is: 躺在观景亭, 茶楼门口, 油坊那边, 9栋中控间.

    ``ends``: where doors end; what follows a door is where it is.
    """
    for sign in _BESIDE.finditer(text):
        noun = _NOUN.search(text, max(0, sign.start() - 7), sign.start())
        if noun is None or (sign["those"] and noun.group()[-1] not in _ROOMY):
            continue
        if _AT_HOME.search(noun.group()) is None:
            pointing = _POINTING.match(text, noun.start(), noun.end() - 1)
            start = noun.start() if pointing is None else pointing.end()
            yield start, sign.end() if sign["tail"] else noun.end()
    for sign in _AT.finditer(text):
        noun = _NOUN_FIRST.match(text, sign.end())
        if noun is not None and _AT_HOME.search(noun.group()) is None:
            yield noun.span()
    for sunk in _SUNK_IN.finditer(text):
        yield sunk.span("hole")
    for end in ends:
        noun = _NOUN_FIRST.match(text, end + (text[end : end + 1] in _BETWEEN))
        if noun is not None and _AT_HOME.search(noun.group()) is None:
            yield noun.span()
