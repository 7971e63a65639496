"""What the parts of the case files are called to people: those that no section tells, and those that are restricted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

Titles: TypeAlias = Mapping[tuple[str, str], tuple[str, str]]

TITLES: Titles = {
    ("intake", "ground"): ("Ground of the complaint", "投诉依据"),
    ("intake", "publicity"): ("In public", "公开舆情"),
    ("investigation", "checks"): ("Checklists of investigation", "调查核对表"),
    ("resolution", "checks"): ("Checklists of the response", "答复核对表"),
    ("resolution", "voice"): ("Statements that everybody keeps to", "统一口径"),
    ("resolution", "ready-answers"): ("Ready answers", "现成答复"),
    ("resolution", "options"): ("Options, side by side", "方案比较"),
}
"""Parts that are shown as they are written."""

RESTRICTED: Titles = {
    ("intake", "alert-words"): (
        "the complainant's own times and incidents, in their words",
        "投诉人自定期限与事件的原话",
    ),
    ("intake", "card"): ("the complaint card with the handlers' opinions", "投诉卡及处理人员看法"),
    ("intake", "complainants-copy"): ("the complainant's copy of the card", "投诉卡的投诉人副本"),
    ("intake", "contact-details"): ("numbers and words of every contact", "每次联系的号码与内容"),
    ("intake", "containment"): ("what shows that the harm is contained", "损害已控制的凭证"),
    ("intake", "demands-in-full"): ("the demands in the complainant's words", "投诉人原话的诉求"),
    ("intake", "dispute-complainant"): ("what the complainant said of a quarrel", "投诉人就争议所述"),
    ("intake", "dispute-third-party"): ("what the other side said of a quarrel", "另一方就争议所述"),
    ("intake", "flag-history"): ("all flags there ever were", "全部标记历史"),
    ("intake", "flags"): ("flags that hold now", "现有标记"),
    ("intake", "form"): ("the filled form", "填写的表格"),
    ("intake", "linked-contacts-in-full"): ("what was said at each contact", "每次联系所述"),
    ("intake", "outgoing-details"): ("the texts that were sent", "发出的文本"),
    ("intake", "posts-in-full"): ("where posts were published", "发布地址"),
    ("intake", "problem-in-full"): ("the problem in words, version by version", "各版问题表述"),
    ("intake", "publicity-details"): ("who wrote in public", "公开发布人"),
    ("intake", "representative-details"): ("who represents the complainant", "投诉人代表的身份"),
    ("intake", "visit-details"): ("who was present at visits", "接待时在场人员"),
    ("intake", "words"): ("who complains, and what they said", "投诉人及其原话"),
    ("investigation", "evidence-statements"): ("what the parties said of the evidence", "各方对证据的陈述"),
    ("investigation", "level-replies"): ("what was replied to a level that was offered", "对所提级别的回复"),
    ("investigation", "staff-file"): ("matters of staff, for managers", "内部人员事项，仅限管理者"),
    ("resolution", "approval-packs"): ("what approvers decide on", "审批材料"),
    ("resolution", "calls"): ("what came of calls", "通话结果"),
    ("resolution", "level-replies"): ("what was replied to a level that was offered", "对所提级别的回复"),
    ("resolution", "limits-talks"): ("what was said of what is possible", "关于可行与否的谈话"),
    ("resolution", "messages"): ("what the complainant was written", "发给投诉人的消息"),
    ("resolution", "outside-actions"): ("actions outside the matter", "案外行动"),
    ("followup", "conduct"): ("flags on conduct that hold", "有效的行为标记"),
    ("followup", "conduct-history"): ("all flags on conduct, with their reviews", "全部行为标记及其复核"),
    ("followup", "motive-words"): ("what the complainant said to the guess at their motive", "投诉人对动机判断的回应"),
    ("followup", "opinions"): ("the opinions with scores and words", "意见的评分与原话"),
}
