"""The record of one agent on one suite: everything needed to check it, repeat it and draw it.

Raw scores are sums over a person's lives, by person and session, for each training run; `results`
are computed from them and can be computed again (`leaderboard.check`). The models below are the
schema: unknown fields, missing ones and wrong types are refused.
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError, model_validator

from proactive_gym.envs.options import PROFILES
from proactive_gym.errors import RecordError
from proactive_gym.evaluation.scoring import PLACES, STATISTICS
from proactive_gym.files import whole_file
from proactive_gym.leaderboard.inside import Inside
from proactive_gym.leaderboard.schema import Finite, Part, Table
from proactive_gym.vocabulary import ACTIVITIES, DOMAINS

FROZEN_STATISTICS = ("points", "lives", "reward", "timing_right", "satisfaction", "trust")
"""What is kept of the copy that is told nothing."""


class SuiteInfo(Part):
    """The suite, as `Suite.described` gives it."""

    name: str
    people: str
    seeds: list[int]
    training_seeds: list[int]
    sessions: int
    points: int
    profile: str
    training: dict[str, dict[str, Any]]


class Commit(Part):
    """The checkout that was run."""

    id: str
    modified: bool


class Model(Part):
    """The language model that an agent had instead of its own.

    Attributes:
        label: By which the record is told from those of other models.
        name: A folder or a name on the Hugging Face Hub; None for the agent's own.
        digest: SHA-256 of the folder; None if it is none.
        device: Where it ran.
        dtype: Of its weights.
        basis: File of the directions that steered it; None for those of the package.
        basis_digest: SHA-256 of that file.
    """

    label: str
    name: str | None
    digest: str | None
    device: str
    dtype: str
    basis: str | None
    basis_digest: str | None


class MadeOf(Part):
    """All that can move the results; a run that differs in any of it is another run.

    Attributes:
        agent: Its name, or `module:Class`.
        agent_code: SHA-256 of the agent's own modules, None for those of the packages.
        suite: Whom it met.
        options: What the agent asked of the observation; with a `profile` if it was to be told
            less or more of the person than the suite tells.
        weights: SHA-256 of each run's weights; empty if it has none.
        simulator: SHA-256 of the simulated people's fitted numbers.
        code: SHA-256 over the packages' source.
        simulators: SHA-256 of each resampled simulator's numbers.
        model: The language model that it had instead of its own, if any.
    """

    agent: str
    agent_code: str | None
    suite: SuiteInfo
    options: dict[str, str]
    weights: list[str]
    simulator: str
    code: str
    simulators: list[str]
    model: Model | None = None


class Training(Part):
    """How one run's weights came about.

    Attributes:
        seed: Of training.
        arguments: All of them.
        seconds: It took.
        curve: What was reported on the way: `progress` and whatever the trainer tells.
        commit: The checkout that trained, None outside one.
    """

    seed: int
    arguments: dict[str, Any]
    seconds: Finite
    curve: list[dict[str, Finite]]
    commit: Commit | None


class Run(Part):
    """Raw scores of one run: sums over lives, by name (people x sessions).

    Attributes:
        told: Over `STATISTICS`.
        frozen: Over `FROZEN_STATISTICS`, of the same agent that is told no reaction; None if it
            does not adapt.
        activity: Over `PLACES`, by position in `ACTIVITIES`.
        domain: Over `PLACES`, by position in `DOMAINS`.
    """

    told: dict[str, Table]
    frozen: dict[str, Table] | None
    activity: dict[str, list[Finite]]
    domain: dict[str, list[Finite]]


class Estimate(Part):
    """A value with its 95 % interval; None where it is undefined, such as a ratio of nothing."""

    mean: Finite | None
    low: Finite | None
    high: Finite | None


class Group(Part):
    """One way to group the people: `codes[i]` is the position of person i's label."""

    labels: list[str]
    codes: list[int]


class Cost(Part):
    """What adapting costs on the machine that ran it; not reproducible to the last digit.

    Attributes:
        act_us: Microseconds a decision and person.
        observe_us: Microseconds a reaction and person.
        state_bytes: Kept of each person.
    """

    act_us: Finite
    observe_us: Finite
    state_bytes: int


class Simulators(Part):
    """Mean reward of each person under simulators fitted on resamples of the judged people."""

    seeds: list[int]
    reward: Table


class Judged(Part):
    """First choices of the agent, valued by what people of the validation split answered.

    Attributes:
        alternatives: Mean reward of the choice among behaviours judged side by side.
        alternatives_count: Moments.
        judgments: Mean reward of judged behaviours that the agent would have chosen as well.
        judgments_count: How many these are.
    """

    alternatives: Estimate
    alternatives_count: int
    judgments: Estimate
    judgments_count: int


class Record(Part):
    """One agent on one suite.

    Attributes:
        format: Version of this layout.
        about: What it does, in a few words.
        insider: Whether it reads the simulator, and so is a reference and no assistant.
        command: What repeats it.
        commit: The checkout, None outside one.
        versions: Of Python, the package and the libraries that compute.
        made_of: All that can move the results.
        training: One for each run, empty for agents without weights.
        people: Ids, in the order of all scores.
        groups: Kinds of people, by name.
        runs: Raw scores, one for each set of weights.
        results: What follows from the raw scores; see `compose.results_of`.
        cost: What adapting costs.
        judged: The off-policy check, None for insiders.
        simulators: Scores under resampled simulators, if they were played.
        inside: What goes on inside it; None if it does not show that.
    """

    format: Literal[1] = 1
    about: str
    insider: bool
    command: str
    commit: Commit | None
    versions: dict[str, str]
    made_of: MadeOf
    training: list[Training]
    people: list[str]
    groups: dict[str, Group]
    runs: list[Run]
    results: dict[str, Estimate]
    cost: Cost
    judged: Judged | None = None
    simulators: Simulators | None = None
    inside: Inside | None = None

    @model_validator(mode="after")
    def _shapes_fit(self) -> Self:
        people, sessions = len(self.people), self.suite.sessions
        if not {self.profile, self.suite.profile} <= set(PROFILES):
            raise ValueError(f"profiles must be among {', '.join(PROFILES)}")
        if people < 2 or len(set(self.people)) < people:
            raise ValueError("people must list at least two ids, each once")
        weights = len(self.made_of.weights)
        if len(self.runs) != (weights or 1) or len(self.training) not in (0, weights):
            raise ValueError("there must be a run for each of the weights, or one without any")
        for run in self.runs:
            _check(run.told, STATISTICS, (people, sessions))
            if run.frozen is not None:
                _check(run.frozen, FROZEN_STATISTICS, (people, sessions))
            for places, vocabulary in ((run.activity, ACTIVITIES), (run.domain, DOMAINS)):
                rows = {name: [[value] for value in values] for name, values in places.items()}
                _check(rows, PLACES, (len(vocabulary), 1))
        for name, group in self.groups.items():
            known = range(len(group.labels))
            if len(group.codes) != people or any(c not in known for c in group.codes):
                raise ValueError(f"group {name!r} must give every person one of its labels")
        if self.simulators is not None:
            _check(
                {"reward": self.simulators.reward},
                ("reward",),
                (len(self.simulators.seeds), people),
            )
            if len(self.simulators.seeds) != len(self.made_of.simulators):
                raise ValueError("simulators must have a digest for each of their seeds")
        if self.inside is not None:
            shown = self.inside.posterior
            if (shown.person, shown.seed) != (self.people[0], self.suite.seeds[0]):
                raise ValueError("the life that is shown must be the suite's first")
            if len(shown.mean) != sessions + 1:
                raise ValueError("what is believed must be told before and after each session")
        return self

    def raw(
        self, frozen: bool = False, names: Iterable[str] | None = None
    ) -> dict[str, NDArray[np.float64]]:
        """Raw scores by name, each (runs, people, sessions).

        Args:
            frozen: Of the copy that is told nothing instead.
            names: Which; all that there are if None.
        """
        parts = [run.frozen if frozen else run.told for run in self.runs]
        if names is None:
            names = FROZEN_STATISTICS if frozen else STATISTICS
        return {name: np.array([part[name] for part in parts if part]) for name in names}

    @property
    def agent(self) -> str:
        """Its name, or `module:Class`."""
        return self.made_of.agent

    @property
    def name(self) -> str:
        """The agent's, with its language model if that is not its own."""
        model = self.made_of.model
        return self.agent if model is None else f"{self.agent}@{model.label}"

    @property
    def stem(self) -> str:
        """The name as part of a file's name."""
        return self.name.replace(":", "-")

    @property
    def suite(self) -> SuiteInfo:
        """Whom the agent met."""
        return self.made_of.suite

    @property
    def profile(self) -> str:
        """What the agent was told of a person."""
        return self.made_of.options.get("profile", self.suite.profile)

    @property
    def reference(self) -> bool:
        """Whether it knew more than an agent of the suite may, and so cannot be ranked."""
        told_more = PROFILES.index(self.profile) > PROFILES.index(self.suite.profile)
        return self.insider or told_more

    @property
    def adapts(self) -> bool:
        """Whether a frozen copy was played beside it."""
        return all(run.frozen is not None for run in self.runs)


def _check(tables: dict[str, Table], names: tuple[str, ...], shape: tuple[int, int]) -> None:
    if set(tables) != set(names):
        odd = sorted(set(tables) ^ set(names))
        raise ValueError(f"raw scores must hold {', '.join(names)}; these differ: {odd}")
    for name, table in tables.items():
        if len(table) != shape[0] or any(len(row) != shape[1] for row in table):
            raise ValueError(f"{name} must have {shape[0]} x {shape[1]} numbers")


def read_record(path: Path) -> Record:
    """Read and check a record.

    Raises:
        RecordError: The file is missing or torn, or does not fit the schema; the message says
            where.
    """
    try:
        return Record.model_validate_json(path.read_bytes())
    except OSError as error:
        raise RecordError(f"{path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the record"
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise RecordError(f"{path}: {where}: {first['msg']}{more}") from error


def write_record(record: Record, path: Path) -> None:
    """Write a record, whole or not at all; each row of numbers stands on one line.

    Raises:
        OSError: The file cannot be written.
    """
    text = json.dumps(record.model_dump(), indent=1, ensure_ascii=False)
    # Only arrays have a line break after their bracket: no string is touched.
    text = re.sub(r"\[\n[-\d.,\senul]*\]", _on_one_line, text)
    with whole_file(path) as part:
        part.write_text(text + "\n", encoding="utf-8")


def _on_one_line(row: re.Match[str]) -> str:
    return re.sub(r"\s+|\.0(?=[,\s\]])", "", row[0])
