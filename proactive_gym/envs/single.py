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

    | Index | Part      | Values                            |
    |-------|-----------|-----------------------------------|
    | 0     | timing    | 0 silent, 1 now, 2 hold           |
    | 1     | autonomy  | 0 notify, 1 suggest, 2 ask, 3 act |
    | 2     | verbosity | 0 brief, 1 detailed               |
    | 3     | tone      | 0 casual, 1 formal                |

    `hold` delivers at the person's next natural break, within the same step; the later the break
    and the more urgent the matter, the less the message is worth, and past the scenario's window
    it is never delivered. With `silent` the other three parts are ignored: 33 of the 48 actions
    differ, which `proactive_gym.envs.wrappers.FlatActions` numbers. While the person has muted the
    assistant for the day, or has switched it off, words reach nobody and are met like silence.

    ## Observation Space
    A `Dict` of flat `Box`es of float32, as stable-baselines3's `MultiInputPolicy` takes them:

    | Key        | Shape  | Min | Max | Present                  |
    |------------|--------|-----|-----|--------------------------|
    | `moment`   | (36,)  | -1  | 1   | always                   |
    | `noticed`  | (33,)  | -10 | 10  | always                   |
    | `last`     | (21,)  | 0   | 1   | always                   |
    | `progress` | (4,)   | 0   | 1   | always                   |
    | `counts`   | (290,) | 0   | 1   | `history="counts"`       |
    | `profile`  | (30,)  | 0   | 1   | `profile="demographics"` |
    | `profile`  | (69,)  | 0   | 1   | `profile="survey"`       |

    What they hold, by index; words of one-hots stand in `proactive_gym.vocabulary`, in their order:

    | Box        | Indices | Holds                                                             |
    |------------|---------|-------------------------------------------------------------------|
    | `moment`   | 0-6     | weekday, one-hot, Monday first                                    |
    | `moment`   | 7-9     | clock: sine, cosine, share of the day                             |
    | `moment`   | 10-20   | activity, one-hot of `ACTIVITIES`                                 |
    | `moment`   | 21-33   | place, one-hot of `PLACES`                                        |
    | `moment`   | 34      | 1 if the person is alone                                          |
    | `moment`   | 35      | hours to the next natural break / 24, at most 1                   |
    | `noticed`  | 0-12    | domain, one-hot of `DOMAINS`                                      |
    | `noticed`  | 13-15   | estimates of benefit (0-5), urgency, stakes (1-5), each / 5       |
    | `noticed`  | 16      | log(1 + window in hours) / log(25): how long speaking up can help |
    | `noticed`  | 17-32   | a fixed embedding of the situation's words                        |
    | `last`     | 0-9     | the last visible reaction, one-hot of `REACTIONS`                 |
    | `last`     | 10-12   | timing that it answered, one-hot                                  |
    | `last`     | 13-20   | autonomy 4, verbosity 2, tone 2 that it answered                  |
    | `progress` | 0-1     | session / sessions, point / points                                |
    | `progress` | 2-3     | 1 if muted today, 1 if switched off                               |
    | `counts`   | 0-289   | reactions, 29 x 10: log(1 + count) / log(1 + all points)          |
    | `profile`  | 0       | age, 0 at 18 and 1 from 90 on                                     |
    | `profile`  | 1-27    | gender 3, settlement 4, household 11, devices 6, chronotype 3     |
    | `profile`  | 28-29   | 1 with a condition or disability; ease with technology            |
    | `profile`  | 30-68   | "survey" only: 26 survey, 13 domain answers, (answer - 1) / 6     |

    Estimates are not clipped, so that they may leave their scale. `last` is all zero before the
    first reaction, and its indices 13-20 after silence. The 29 rows of `counts` are 11 activities,
    13 domains, 4 autonomy levels and silence: a reaction to words counts in three rows, one to
    silence in three as well. `proactive_gym.envs.reading.Seen.of` reads the boxes `moment`,
    `noticed`, `last` and `progress` back as named arrays.

    A device sees one of ten reactions: `none` (nothing, or nothing voiced), `wish` (the person says
    that they had wanted to hear of it), `accept`, `thumbs_up`, `dismiss`, `not_now`, `ignore`,
    `undo` (only of what was done unasked), `complain`, or `mute` (silence for today).

    After a session's last point the observation is the next session's first point; after the
    episode's last it shows the last moment again. If `end_when_off` ends the episode in mid-day, it
    shows the moment that would have come.

    ## Rewards
    (satisfaction - 5) / 5 in [-1, 1], where satisfaction is 0 to 10. The person feels something at
    every point, spoken at or not: silence about something needful disappoints.

    A person who has switched the assistant off scores each remaining point as silence minus
    `users.off_penalty`, not below -1. `info["reward_terms"]` holds the terms, whose sum is the
    reward:

    - `satisfaction`: (satisfaction - 5) / 5 of this point.
    - `off_penalty`: of this point, 0 or below; 0 while the assistant is on.
    - `rest`: with `end_when_off=True`, what the points that are left would have brought, on the
      step that ends the episode; else 0.

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
    - `persona` (from `reset` and `step`): the id of the person, such as `"p0042"`.
    - `truth` (from `step`): what the person really felt; the table below. For training-time
      baselines and metrics only: in the evaluation an adapting agent sees the observation and
      nothing else.
    - `reward_terms` (from `step`): see Rewards.
    - `questionnaire` (from a session's last step): answers to the day's questions, derived from the
      simulator's state; the table below.

    | Entry           | Key            | Values | Meaning                                         |
    |-----------------|----------------|--------|-------------------------------------------------|
    | `truth`         | `satisfaction` | 0-10   | with what was done or left undone               |
    | `truth`         | `timing`       | 1-5    | how right the timing was, of silence too        |
    | `truth`         | `autonomy`     | 1-5    | how right the initiative was; 0 after silence   |
    | `truth`         | `style`        | 1-5    | how right length and tone were; 0 after silence |
    | `truth`         | `wish`         | bool   | the assistant missed a need, voiced or not      |
    | `truth`         | `delivered`    | bool   | words reached the person                        |
    | `truth`         | `trust`        | 1-7    | after the step                                  |
    | `truth`         | `muted`        | bool   | muted for the day, after the step               |
    | `truth`         | `off`          | bool   | switched off for good, after the step           |
    | `questionnaire` | `satisfaction` | 1-7    | from the session's mean reward                  |
    | `questionnaire` | `trust`        | 1-7    | at the session's end                            |
    | `questionnaire` | `comfort`      | 1-7    | from the session's mean rating of timing        |

    Numbers are Python's own. In the vector environment they are arrays over the people, and beside
    each key `k` stands `_k`, a mask of those for whom it holds.

    ## Arguments
    ```python
    env = gym.make("ProactiveAssist-v0", people="validation", sessions=10)
    envs = gym.make_vec("ProactiveAssist-v0", num_envs=64)  # natively batched
    ```

    | Name            | Default              | Meaning                                         |
    |-----------------|----------------------|-------------------------------------------------|
    | `people`        | `"population"`       | a split, an id, ids, a `Population` or `People` |
    | `sessions`      | `10`                 | sessions an episode, 1 to 1000                  |
    | `points`        | `20`                 | decision points a session, 1 to 1000            |
    | `profile`       | `"demographics"`     | or `"none"`, `"survey"`: what the device knows  |
    | `history`       | `"last"`             | or `"counts"`: what the assistant remembers     |
    | `user`          | `"simulated"`        | who fills the seat                              |
    | `scenarios`     | `"all"`              | or `"seen"`: those that assistants may train on |
    | `deviations`    | `"redrawn"`          | each episode, or `"frozen"` by person           |
    | `end_when_off`  | `False`              | end the episode when switched off               |
    | `users`         | `UserAssumptions()`  | the assumed numbers of the people               |
    | `world`         | `WorldAssumptions()` | the assumed numbers of the world                |
    | `parameters`    | `Parameters.load()`  | the fitted numbers of the people                |
    | `drift`         | `0.1`                | shorthand for `users.drift`                     |
    | `heterogeneity` | `1.0`                | shorthand for `users.heterogeneity`             |
    | `render_mode`   | `None`               | or `"ansi"`, `"human"`                          |

    An episode holds at most 65,535 points. With `end_when_off=True` the step that ends the episode
    is charged with all points that are left, so that its return is the one of running on; its
    reward can then lie outside [-1, 1].

    ## Errors
    Each is in `proactive_gym.errors` and derives from `ProactiveGymError`; what raised one has
    changed nothing.

    | Error                | Raised by           | When                                       |
    |----------------------|---------------------|--------------------------------------------|
    | `InvalidOptionError` | `gym.make`, `reset` | unknown options, values out of range       |
    | `RenderModeError`    | `gym.make`          | an unknown render mode                     |
    | `UnknownPersonError` | `gym.make`, `reset` | an unknown split or id                     |
    | `InvalidActionError` | `step`              | the action space does not hold the action  |
    | `StepOrderError`     | `step`              | before `reset`, or after the episode's end |

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
