"""What people spend their time on: pursuits, as data.

A pursuit is an activity at a place in some company. Only pairs of activity and place that occur in
the judged moments are used. `proactive_gym.world.templates` puts pursuits in the order of a day.
"""

from typing import NamedTuple

COMPANIES = ("alone", "together", "home", "bed", "work", "out", "road")
"""Who is there: always nobody, always somebody, or somebody with a chance that depends on the
household (at home, in bed, at work, in public, in the own car)."""

MODES = ("car", "bus", "train", "walk")
"""How a person travels on a day."""

TRAITS = ("children", "cohabits", "sporty", "walks")
"""What a pursuit can need of the person."""

GOES_ON = "-"


class Pursuit(NamedTuple):
    """One way of spending time.

    `needs` names a trait; a person without it gets the pursuit `otherwise` in its place.
    """

    activity: str
    place: str
    company: str
    needs: str | None = None
    otherwise: str | None = None


PURSUITS: dict[str, Pursuit] = {
    "wake": Pursuit("in_bed", "at home", "bed"),
    "bed": Pursuit("in_bed", "at home", "bed"),
    "ready": Pursuit("getting_ready", "at home", "home"),
    "meal": Pursuit("eating", "at home", "home"),
    "eat_out": Pursuit("eating", "in a restaurant", "out"),
    "canteen": Pursuit("eating", "in a restaurant", "work"),
    "desk": Pursuit("focused_work", "at their place of work or study", "work"),
    "work": Pursuit("focused_work", "at their place of work or study", "work"),
    "study": Pursuit("focused_work", "at their place of work or study", "out"),
    "home_desk": Pursuit("focused_work", "at home", "home"),
    "meeting": Pursuit("meeting", "at their place of work or study", "together"),
    "class": Pursuit("meeting", "at their place of work or study", "together"),
    "coffee": Pursuit("conversation", "in a café", "together"),
    "street_talk": Pursuit("conversation", "in the street", "together"),
    "visit": Pursuit("conversation", "at home", "together"),
    "home_talk": Pursuit("conversation", "at home", "together", "cohabits", "rest"),
    "rest": Pursuit("relaxing", "at home", "home"),
    "family": Pursuit("relaxing", "at home", "together", "cohabits", "rest"),
    "park": Pursuit("relaxing", "in a park", "out"),
    "playground": Pursuit("relaxing", "in a park", "together", "children", "park"),
    "housework": Pursuit("chores", "at home", "home"),
    "shopping": Pursuit("chores", "at a shop", "out"),
    "gym": Pursuit("exercising", "at a gym", "out", "sporty", "exercises"),
    "run": Pursuit("exercising", "outdoors", "out", "walks", "exercises"),
    "exercises": Pursuit("exercising", "at home", "home"),
    "drive": Pursuit("driving", "in the car", "road"),
    "bus": Pursuit("commuting", "on a bus", "out"),
    "train": Pursuit("commuting", "on a train", "out"),
    "walk": Pursuit("commuting", "walking outdoors", "out", "walks", "bus"),
    "drive_children": Pursuit("driving", "in the car", "together", "children", GOES_ON),
    "bus_children": Pursuit("commuting", "on a bus", "together", "children", GOES_ON),
    "walk_children": Pursuit("commuting", "walking outdoors", "together", "children", GOES_ON),
}

BY_MODE: dict[str, tuple[str, str, str, str]] = {
    "travel": ("drive", "bus", "train", "walk"),
    "near": ("drive", "bus", "walk", "walk"),
    "school": ("drive_children", "bus_children", "walk_children", "walk_children"),
}
"""Pursuits that depend on how the person travels that day, in the order of `MODES`."""
