"""The closed vocabularies of the data files, in the order in which arrays index them.

Every integer code in the package is a position in one of these tuples. It holds no behaviour.
"""

DOMAINS = (
    "calendar",
    "messages",
    "travel",
    "health",
    "home",
    "shopping",
    "finance",
    "cooking",
    "work",
    "learning",
    "social",
    "safety",
    "entertainment",
)
ACTIVITIES = (
    "focused_work",
    "meeting",
    "conversation",
    "commuting",
    "driving",
    "exercising",
    "chores",
    "relaxing",
    "eating",
    "getting_ready",
    "in_bed",
)
PLACES = (
    "at home",
    "at their place of work or study",
    "in a restaurant",
    "in a park",
    "at a shop",
    "in the car",
    "on a bus",
    "walking outdoors",
    "in a café",
    "on a train",
    "in the street",
    "at a gym",
    "outdoors",
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

TIMINGS = ("silent", "now", "hold")
AUTONOMY = ("notify", "suggest", "ask", "act")
VERBOSITY = ("brief", "detailed")
TONES = ("casual", "formal")

REACTIONS = (
    "none",
    "wish",
    "accept",
    "thumbs_up",
    "dismiss",
    "not_now",
    "ignore",
    "undo",
    "complain",
    "mute",
)
STAGES = ("new", "good", "bad_timing", "bad_autonomy", "trusted")
DIARY_EVENTS = (
    "good_now",
    "good_hold",
    "trivial",
    "meeting",
    "urgent_meeting",
    "act_right",
    "act_wrong",
    "missed",
    "ask",
    "night",
    "late",
    "style",
)

SURVEY_ITEMS = (
    *(f"T{i}" for i in range(1, 11)),
    *(f"A{i}" for i in range(1, 8)),
    *(f"C{i}" for i in range(1, 6)),
    *(f"R{i}" for i in range(1, 5)),
)
BIG5 = ("O", "C", "E", "A", "N")
FACTS = (
    "partner",
    "small_children",
    "school_children",
    "grown_children",
    "grandchildren",
    "living_parent",
    "siblings_or_relatives",
    "drives",
    "cycles",
    "works",
    "desk_work",
    "shift_work",
    "leads_people",
    "studies",
    "medication",
    "smart_home",
    "owns_home",
    "travels",
    "garden",
    "pet",
)

GENDERS = ("woman", "man", "non-binary")
SETTLEMENTS = ("big city", "suburb", "small town", "rural")
HOUSEHOLDS = (
    "lives alone",
    "lives with a partner",
    "lives with a spouse",
    "shares a flat with roommates",
    "lives with parents",
    "single parent",
    "lives with a partner and small children",
    "lives with a partner and teenagers",
    "lives with adult children",
    "lives in a three-generation household",
    "lives in assisted housing",
)
CONDITIONS = (
    "none",
    "ADHD",
    "high blood pressure",
    "type 2 diabetes",
    "wheelchair user",
    "mild memory problems",
    "pregnant",
    "type 1 diabetes",
    "dyslexia",
    "low vision, uses a screen reader",
    "autistic",
    "generalised anxiety",
    "hard of hearing",
    "chronic migraine",
    "early Parkinson's",
    "depression in recovery",
)
DEVICES = (
    "phone only",
    "phone and earbuds",
    "phone and smartwatch",
    "phone and work laptop",
    "phone, watch and a connected car",
    "phone, smart speakers and lights at home",
)
CHRONOTYPES = ("early bird", "in between", "night owl")
SPLITS = ("population", "validation", "test")
