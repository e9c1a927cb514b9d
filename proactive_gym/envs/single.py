"""`ProactiveAssist-v0`: one person's life with an assistant."""

from copy import deepcopy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from proactive_gym.envs.checks import check_action
from proactive_gym.envs.face import Face
from proactive_gym.envs.observation import ACTION_SPACE, Observer, observation_space

Observation = dict[str, NDArray[np.float32]]


class ProactiveAssistEnv(Face[Observation, NDArray[np.int64]]):
    """One person's life with an assistant that may speak up unasked.

    ## Description
    An episode is one person's life with the assistant: by default 10 sessions (days) of 20
    decision points. At each point the assistant has noticed something, useful or not, and decides
    whether to speak, when, with how much initiative and in which style. The person is simulated:
    models of satisfaction and visible reactions, fitted to answers of a language model that played
    280 of the 800 personas, with deviations drawn for each person. Between sessions preferences
    drift, and the person answers a short questionnaire. The reward is the person's satisfaction.

    At least a fifth of what is noticed is best left alone, and people differ in which fifth.

    ## Action Space
    `MultiDiscrete([3, 4, 2, 2])`:

    | Index | Part      | Values                                  |
    |-------|-----------|-----------------------------------------|
    | 0     | timing    | 0 silent, 1 now, 2 hold                 |
    | 1     | autonomy  | 0 notify, 1 suggest, 2 ask, 3 act       |
    | 2     | verbosity | 0 brief, 1 detailed                     |
    | 3     | tone      | 0 casual, 1 formal                      |

    `hold` delivers at the person's next natural break, within the same step; the later the break
    and the more urgent the matter, the less the message is worth, and past the scenario's window
    it is never delivered. With `silent` the other three parts are ignored.

    ## Observation Space
    A `Dict` of flat `Box`es of float32, as stable-baselines3's `MultiInputPolicy` takes them:

    | Key        | Shape    | Min | Max | Present                  |
    |------------|----------|-----|-----|--------------------------|
    | `moment`   | (36,)    | -1  | 1   | always                   |
    | `noticed`  | (33,)    | -10 | 10  | always                   |
    | `last`     | (21,)    | 0   | 1   | always                   |
    | `progress` | (4,)     | 0   | 1   | always                   |
    | `counts`   | (290,)   | 0   | 1   | `history="counts"`       |
    | `profile`  | (30,)    | 0   | 1   | `profile="demographics"` |
    | `profile`  | (69,)    | 0   | 1   | `profile="survey"`       |

    - `moment`: weekday (one-hot, 7); sine, cosine and share of the clock (3); activity (one-hot,
      11); place (one-hot, 13); alone; hours to the next natural break / 24.
    - `noticed`: domain (one-hot, 13); noisy estimates of benefit (0-5), urgency and stakes (1-5),
      each / 5; log(1 + window in hours) / log(25); a fixed embedding of the situation's words (16).
    - `last`: the last visible reaction (one-hot, 10) and the action it answered (one-hots, 3 + 4 +
      2 + 2; the last three are zero after silence). All zero at first.
    - `progress`: session / sessions, point / points, muted today, switched off.
    - `counts`: reactions so far by activity, domain, autonomy level and silence (29 x 10), as
      log(1 + count) / log(1 + points of the episode).
    - `profile`: what the device knows of the person: demographics, or these and the survey.

    After a session's last point the observation is the next session's first point; after the
    episode's last it shows the last moment again. If `end_when_off` ends the episode in mid-day, it
    shows the moment that would have come.

    ## Rewards
    (satisfaction - 5) / 5 in [-1, 1], where satisfaction is 0 to 10. The person feels something at
    every point, spoken at or not: silence about something needful disappoints.

    A person who has switched the assistant off scores each remaining point as silence minus
    `users.off_penalty`, not below -1. `info["reward_terms"]` holds the terms `satisfaction`,
    `off_penalty` and `rest` (see `end_when_off`), whose sum is the reward.

    ## Starting State
    A person drawn evenly from `people` (or `reset(options={"persona": "p0042"})`), deviations and
    first trust drawn for this episode, and the first moment of the first session. `reset(seed=s)`
    fixes this and all later episodes; `reset()` goes on to the next episode of the same stream.

    ## Episode End
    - Truncation: after the last point of the last session.
    - Termination: only with `end_when_off=True`, when the person switches the assistant off.

    A reaction `mute` silences the assistant for the rest of the session. After a mute, and after
    each session in which they heard something, people may switch it off for good, the more likely
    the less they trust it. From then on actions do nothing, and `progress` shows it.

    ## Information
    - `persona`: the id of the person.
    - `truth` (from `step`): `satisfaction`, `timing`, `autonomy`, `style`, `wish`, `delivered`,
      `trust`, `muted`, `off`. For training-time baselines and metrics only: in the evaluation an
      adapting agent sees the observation and nothing else.
    - `reward_terms` (from `step`).
    - `questionnaire` (from a session's last step): `satisfaction`, `trust`, `comfort`, 1-7, derived
      from the simulator's state.

    ## Arguments
    ```python
    env = gym.make("ProactiveAssist-v0", people="validation", sessions=10)
    envs = gym.make_vec("ProactiveAssist-v0", num_envs=64)  # natively batched
    ```

    | Name            | Default              | Meaning                                             |
    |-----------------|----------------------|-----------------------------------------------------|
    | `people`        | `"population"`       | a split, an id, ids, a `Population` or `People`     |
    | `sessions`      | `10`                 | sessions an episode, 1 to 1000                      |
    | `points`        | `20`                 | decision points a session, 1 to 1000                |
    | `profile`       | `"demographics"`     | or `"none"`, `"survey"`: what the device knows      |
    | `history`       | `"last"`             | or `"counts"`: what the assistant remembers         |
    | `user`          | `"simulated"`        | who fills the seat                                  |
    | `scenarios`     | `"all"`              | or `"seen"`: those that assistants may train on     |
    | `deviations`    | `"redrawn"`          | each episode, or `"frozen"` by person               |
    | `end_when_off`  | `False`              | end the episode when switched off                   |
    | `users`         | `UserAssumptions()`  | the assumed numbers of the people                   |
    | `world`         | `WorldAssumptions()` | the assumed numbers of the world                    |
    | `parameters`    | `Parameters.load()`  | the fitted numbers of the people                    |
    | `drift`         | `0.1`                | shorthand for `users.drift`                         |
    | `heterogeneity` | `1.0`                | shorthand for `users.heterogeneity`                 |
    | `render_mode`   | `None`               | or `"ansi"`, `"human"`                              |

    An episode holds at most 65,535 points. With `end_when_off=True` the step that ends the episode
    is charged with all points that are left, so that its return is the one of running on; its
    reward can then lie outside [-1, 1].

    Raises:
        InvalidOptionError: An unknown option, or a value out of range.
        UnknownPersonError: An unknown split or id.

    ## Version History
    - v0: Initial version.
    """

    def __init__(self, render_mode: str | None = None, **options: Any) -> None:
        """Set up the environment; see the class."""
        super().__init__(render_mode, **options)
        self.observer = Observer(self.engine)
        # A copy: a space carries its own random numbers, which environments must not share.
        self.action_space = deepcopy(ACTION_SPACE)
        # Gymnasium types a Dict space by the spaces in it, not by its elements.
        self.observation_space = observation_space(self.options)  # type: ignore[assignment]

    def step(
        self, action: NDArray[np.int64]
    ) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Take one decision point.

        Raises:
            StepOrderError: Before `reset` or after the episode's end.
            InvalidActionError: The action space does not hold the action; nothing has changed.
        """
        self._check_running()
        return self._results(self._advance(check_action(action)))

    def _observe(self) -> Observation:
        points = np.minimum(self.engine.point, self.options.points - 1)
        return {name: rows[0] for name, rows in self.observer(self.engine, points).items()}
