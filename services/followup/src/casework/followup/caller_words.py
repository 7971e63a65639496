"""What is said to somebody who calls and asks where their complaint stands, and what is not, in English and Chinese.

The sentences are for being read out: no term of ours stands in them.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from casework.followup.stage_words import Stage

Both: TypeAlias = tuple[str, str]

SAID: dict[Stage, tuple[Both, Both]] = {
    "received": (
        ("We have your complaint.", "您的投诉我们已经收到。"),
        ("We will confirm it to you and say who looks after it.", "接下来我们会向您确认，并告知由谁负责。"),
    ),
    "acknowledged": (
        ("We have your complaint and have confirmed it to you.", "您的投诉已收到，我们也已向您确认。"),
        (
            "We look at how serious it is and what has to be done at once.",
            "接下来我们会判断事情的轻重，以及哪些要马上处理。",
        ),
    ),
    "assessed": (
        ("We have read your complaint and know how serious it is.", "我们已经看过您的投诉，并判断了轻重。"),
        ("We give it to the people who find out what happened.", "接下来会交给查明情况的同事。"),
    ),
    "awaiting-investigation": (
        ("Your complaint is on its way to the people who find out what happened.", "您的投诉正在交给查明情况的同事。"),
        ("They take it over; until then the same person looks after it.", "他们接手之前，仍由原负责人跟进。"),
    ),
    "in-investigation": (
        ("We are finding out what happened.", "我们正在查明事情的经过。"),
        ("When we know, somebody decides what we do for you.", "查明之后，会有人决定如何为您处理。"),
    ),
    "awaiting-resolution": (
        (
            "We know what happened; your complaint is on its way to those who decide.",
            "情况已经查明，正在交给作决定的同事。",
        ),
        ("They take it over and decide what we do for you.", "他们接手后会决定如何为您处理。"),
    ),
    "in-resolution": (
        ("We are deciding what we do for you.", "我们正在决定如何为您处理。"),
        ("You get our answer, with its reasons.", "接下来您会收到我们的答复和理由。"),
    ),
    "decided": (
        ("We have answered your complaint.", "我们已经答复了您的投诉。"),
        ("We would like to hear whether you accept our answer.", "我们想知道您是否接受这个答复。"),
    ),
    "in-follow-up": (
        ("We have answered, and check that everything was done.", "我们已经答复，正在核对是否都已办妥。"),
        ("When everything has reached you, we close the complaint.", "全部落实之后，我们会结束这件投诉。"),
    ),
    "closed": (
        ("Your complaint is closed.", "您的投诉已经办结。"),
        ("If something is not right, tell us: we open it again.", "如果还有不妥，请告诉我们，我们会重新处理。"),
    ),
    "withdrawn": (
        ("You took your complaint back.", "您已撤回投诉。"),
        ("We close it.", "接下来我们会结束它。"),
    ),
}
"""Of each stage: where the complaint stands, and what happens next."""

Rule: TypeAlias = Literal[
    "stage",
    "next-step",
    "promises",
    "decision",
    "appeal",
    "identity",
    "authority",
    "outcome",
    "promise",
    "public",
    "own-words",
]

MAY: dict[Rule, Both] = {
    "stage": ("Where the complaint stands, in the words given here.", "投诉进行到哪一步，用此处给出的话。"),
    "next-step": ("What happens next and by when, and who looks after it.", "下一步是什么、何时之前，以及由谁负责。"),
    "promises": (
        "What was promised and by when, also where it was not kept.",
        "承诺过什么、何时之前，没有做到的也要说。",
    ),
    "decision": ("The decision as it was communicated.", "已经告知的决定，照原样说。"),
    "appeal": ("How to have the decision looked at again.", "怎样要求复核这个决定。"),
}
"""What may be said."""

MAY_NOT: dict[Rule, Both] = {
    "identity": (
        "Nothing to anybody but the complainant, or somebody with authority on record.",
        "除投诉人本人或有授权记录的人之外，不得透露任何内容。",
    ),
    "authority": (
        "Nothing to a representative whose authority is not proved, or not valid today.",
        "代表人的授权未经证明或今日无效的，不得透露任何内容。",
    ),
    "outcome": (
        "No guess at the outcome, and not who is right: it is not decided.",
        "不得猜测结果，也不得说谁对谁错：尚未决定。",
    ),
    "promise": (
        "No promise of money, of a remedy or of a time that is not listed here.",
        "不得承诺此处未列出的钱款、补救或时间。",
    ),
    "public": (
        "In public only an approved statement, and nothing of the case.",
        "对外公开只能用批准的口径，不得涉及本案。",
    ),
    "own-words": (
        "Nothing of inquiries among staff, of witnesses or of other customers.",
        "不得谈及内部调查、证人或其他顾客。",
    ),
}
"""What may not be said: disclosure only to whom it is due, one voice in public, and no answer before the answer."""
