"""How the codes of the vocabularies are said in a sentence. Words only, each list in code order."""

ACTIVITY_PHRASES = (
    "doing focused work",
    "in a meeting or class",
    "in a conversation",
    "commuting",
    "driving",
    "exercising",
    "doing chores",
    "relaxing",
    "eating",
    "getting ready",
    "in bed",
)
REACTION_PHRASES = (
    "no reaction",
    "the user wished you had spoken",
    "the user accepted",
    "the user gave a thumbs-up",
    "the user dismissed it",
    "the user said not now",
    "the user ignored it",
    "the user undid it",
    "the user complained",
    "the user muted you",
)
DEVICE_PHRASES = (
    "uses a phone only",
    "uses a phone and earbuds",
    "uses a phone and a smartwatch",
    "uses a phone and a work laptop",
    "uses a phone, a watch and a connected car",
    "uses a phone, smart speakers and lights at home",
)
CHRONOTYPE_PHRASES = ("an early bird", "neither early bird nor night owl", "a night owl")
LEVELS = ("none", "very low", "low", "medium", "high", "very high")
"""Words for 0 to 5."""

SURVEY_STATEMENTS = (
    "it may speak up unasked several times a day",
    "it may interrupt focused work or study",
    "it may interrupt a meeting, class or conversation",
    "it may speak up while I drive or commute",
    "it may speak up while I relax",
    "it may speak up before 8 in the morning",
    "it may speak up after 10 at night",
    "it may speak up while I exercise, cook or do chores",
    "if something is urgent it should interrupt whatever I'm doing",
    "it should wait for a natural break",
    "it may do small things without asking",
    "it may move my appointments without asking",
    "it may send messages in my name without asking",
    "it may spend a little money without asking",
    "it may control devices at home without asking",
    "it may act on health matters without asking",
    "I want to confirm every step",
    "I want messages as short as possible",
    "I want to know why",
    "I want a casual, friendly tone",
    "I like warmth or humour",
    "I want one clear recommendation, not options",
    "I quickly forgive mistakes",
    "I'd switch it off after a few bad interruptions",
    "I'd let it do more as it proves itself",
    "I usually give feedback when asked",
)
"""The survey in `SURVEY_ITEMS` order, shortened."""
