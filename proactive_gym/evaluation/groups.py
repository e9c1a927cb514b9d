"""Kinds of people, to see whom an agent fails: by age, tech comfort and what they say they want."""

import numpy as np
from numpy.typing import NDArray

from proactive_gym.personas.people import People
from proactive_gym.vocabulary import SURVEY_ITEMS

Groups = dict[str, tuple[tuple[str, ...], NDArray[np.int64]]]
_THIRDS = ("disagree", "in between", "agree")


def groups_of(people: People) -> Groups:
    """Labels and each person's position among them, by the name of the grouping."""

    def answers(item: str) -> NDArray[np.int64]:
        return np.digitize(people.survey[:, SURVEY_ITEMS.index(item)], [4, 5])

    return {
        "age": (("under 35", "35 to 54", "55 and over"), np.digitize(people.age, [35, 55])),
        "tech comfort": (("low", "middling", "high"), np.digitize(people.tech_comfort, [3, 4])),
        "may speak up often": (_THIRDS, answers("T1")),
        "wants to confirm every step": (_THIRDS, answers("A7")),
        "would switch it off soon": (_THIRDS, answers("R2")),
    }
