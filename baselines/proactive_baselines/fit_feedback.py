"""Fit the map from reactions to rewards: `python -m proactive_baselines.fit_feedback`.

People of the population live with an assistant that acts at random, so that every action is seen in
every moment; what each would have expected of the action is read from the simulator. Needs the
extra proactive-gym[calibrate].
"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from proactive_agents.experience import any_action
from proactive_agents.feedback import INPUTS, PATH, SPOKEN, WISH, inputs
from proactive_agents.insight import true_rewards
from proactive_agents.protocol import Reactions
from proactive_gym.envs.engine import Engine
from proactive_gym.envs.observation import Observer
from proactive_gym.envs.options import Options
from proactive_gym.envs.reading import Seen
from proactive_gym.errors import MissingExtraError
from proactive_gym.files import whole_file
from proactive_gym.provenance import file_digest
from proactive_gym.streams import derive
from proactive_gym.users.features import ACTIONS
from proactive_gym.users.parameters import PARAMETERS_PATH

SEED, SESSIONS = 0, 5
_SALT = 47  # of the lives
_PENALTY = 1.0
"""Inverse of scikit-learn's C: a light ridge."""


def lived(seed: int, sessions: int) -> tuple[NDArray, NDArray, Reactions]:
    """Inputs (n, len(INPUTS)), whether words reached the person (n,), and reactions (n,)."""
    options = Options(people="population", scenarios="seen", sessions=sessions)
    engine = Engine(options, len(options.pool()))
    observer = Observer(engine)
    engine.reset(engine.everyone, derive(derive(_SALT, seed), engine.everyone), engine.everyone)
    rows, spoken, reactions = [], [], []
    for session in range(sessions):
        for point in range(options.points):
            seen = Seen.of(observer(engine, engine.point))
            action = any_action(derive(derive(engine.keys, session), point))
            expected = true_rewards(engine, engine.point)[engine.everyone, action]
            hears = ~(engine.user.muted | engine.user.off)
            turn = engine.step(ACTIONS[action])
            silent = action < np.count_nonzero(ACTIONS[:, 0] == 0)
            told = hears & (silent | turn.response.delivered)
            rows.append(inputs(seen, ACTIONS[action], expected)[0][told])
            spoken.append(turn.response.delivered[told])
            reactions.append(turn.response.reaction[told].astype(np.int64))
    return np.concatenate(rows), np.concatenate(spoken), np.concatenate(reactions)


def fit(seed: int = SEED, sessions: int = SESSIONS) -> dict[str, object]:
    """The map as JSON's types, with the share of its likelihood that the reward explains.

    Raises:
        MissingExtraError: scikit-learn is not installed.
    """
    try:
        from sklearn.linear_model import LogisticRegression
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            "fitting needs scikit-learn: pip install 'proactive-gym[calibrate]'"
        ) from error
    x, spoken, reactions = lived(seed, sessions)

    def softmax(rows: NDArray, answers: NDArray) -> tuple[NDArray, NDArray]:
        model = LogisticRegression(C=1 / _PENALTY, fit_intercept=False, max_iter=2000, tol=1e-6)
        model.fit(x[rows], answers[rows])
        return model.coef_, model.classes_

    words, classes = softmax(spoken, reactions)
    wish, _ = softmax(~spoken, reactions == WISH)
    names = {r: SPOKEN[c - 2] for r, c in enumerate(classes)}
    by_reaction = {
        names[r]: dict(zip(INPUTS, row.round(4).tolist(), strict=True))
        for r, row in enumerate(words)
    }
    return {
        "spoken": by_reaction,
        "wish": dict(zip(INPUTS, wish[0].round(4).tolist(), strict=True)),
        "provenance": {
            "command": "python -m proactive_baselines.fit_feedback",
            "seed": seed,
            "points": len(x),
            "simulator": file_digest(PARAMETERS_PATH),
            "versions": {name: version(name) for name in ("numpy", "scikit-learn")},
        },
    }


def main(path: Path = PATH) -> None:
    """Fit the map and write it."""
    text = json.dumps(fit(), indent=1, ensure_ascii=False) + "\n"
    with whole_file(path) as part:
        part.write_text(text, encoding="utf-8")
    print(f"Wrote {path}")


if __name__ == "__main__":
    main()
