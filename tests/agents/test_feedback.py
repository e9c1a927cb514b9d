import json

import numpy as np
import pytest

from proactive_agents.feedback import INPUTS, PATH, SPOKEN, Feedback, inputs, shared
from proactive_gym.envs.engine import Engine
from proactive_gym.envs.observation import Observer
from proactive_gym.envs.options import Options
from proactive_gym.envs.reading import Seen
from proactive_gym.errors import CheckpointError
from proactive_gym.provenance import file_digest
from proactive_gym.streams import derive
from proactive_gym.users.parameters import PARAMETERS_PATH
from proactive_gym.vocabulary import REACTIONS

NOTIFY, ACT, SILENT = (1, 0, 0, 0), (1, 3, 0, 0), (0, 0, 0, 0)


def moments(count: int) -> Seen:
    engine = Engine(Options(people="validation"), count)
    engine.reset(engine.everyone, derive(1, engine.everyone))
    return Seen.of(Observer(engine)(engine, engine.point))


def score_of(reaction: str, action: tuple[int, ...], expected: float = 0.1) -> np.ndarray:
    seen = moments(40)
    told = np.full(40, REACTIONS.index(reaction))
    actions = np.tile(action, (40, 1))
    return shared().measure(seen, actions, told, np.full(40, expected)).score


def test_thanks_are_good_news_and_complaints_bad() -> None:
    assert (score_of("thumbs_up", NOTIFY) > 0).all()
    for reaction in ("complain", "mute", "dismiss"):
        assert (score_of(reaction, NOTIFY) < 0).all()


def test_acceptance_says_less_than_thanks() -> None:
    assert (score_of("accept", NOTIFY) < score_of("thumbs_up", NOTIFY)).all()


def test_a_wish_after_silence_says_that_silence_was_wrong_and_nothing_says_little() -> None:
    wish, none = score_of("wish", SILENT), score_of("none", SILENT)
    assert (wish < 0).all()
    assert (none > 0).all()
    assert (none < 0.2 * np.abs(wish)).all()


def test_the_score_is_the_derivative_of_the_log_likelihood_and_averages_to_zero() -> None:
    feedback, seen, expected = shared(), moments(5), np.linspace(-0.5, 0.5, 5)
    actions = np.array([NOTIFY, ACT, NOTIFY, ACT, NOTIFY])

    def chances(reward: np.ndarray) -> np.ndarray:
        logits = inputs(seen, actions, reward)[0] @ feedback.spoken
        chance = np.exp(logits)
        return chance / chance.sum(axis=1, keepdims=True)

    step = 1e-6
    slope = (np.log(chances(expected + step)) - np.log(chances(expected - step))) / (2 * step)
    told = [np.full(5, REACTIONS.index(r)) for r in SPOKEN]
    measured = [feedback.measure(seen, actions, r, expected) for r in told]
    scores = np.column_stack([m.score for m in measured])
    np.testing.assert_allclose(scores, slope, atol=1e-5)
    probability = chances(expected)
    np.testing.assert_allclose((probability * scores).sum(axis=1), 0, atol=1e-9)
    information = (probability * scores**2).sum(axis=1)
    np.testing.assert_allclose(measured[0].information, information, atol=1e-9)


def test_words_that_never_arrived_and_a_muted_assistant_teach_nothing() -> None:
    seen, expected = moments(3), np.zeros(3)
    actions = np.tile(NOTIFY, (3, 1))
    lost = shared().measure(seen, actions, np.zeros(3, np.int64), expected)
    assert not lost.score.any()
    assert not lost.information.any()
    muted = Seen(**{**seen.__dict__, "muted": np.array([True, False, True])})
    told = shared().measure(muted, actions, np.full(3, REACTIONS.index("mute")), expected)
    assert (told.information > 0).tolist() == [False, True, False]


@pytest.mark.parametrize("text", ["", "{}", '{"spoken": {}, "wish": {}, "provenance": {}}'])
def test_a_torn_map_is_refused(tmp_path, text: str) -> None:
    path = tmp_path / "feedback.json"
    path.write_text(text)
    with pytest.raises(CheckpointError, match="fit_feedback"):
        Feedback.load(path)


def test_the_packaged_map_was_fitted_on_the_packaged_people() -> None:
    """Whoever fits the simulator anew fits the map anew: `make calibrate` does both."""
    assert shared().provenance["simulator"] == file_digest(PARAMETERS_PATH)


@pytest.mark.slow
def test_the_packaged_map_is_the_one_that_is_fitted() -> None:
    from proactive_baselines.fit_feedback import fit

    packaged = json.loads(PATH.read_text(encoding="utf-8"))
    fitted = fit()
    for reaction in SPOKEN:
        ours, theirs = packaged["spoken"][reaction], fitted["spoken"][reaction]
        assert [ours[i] for i in INPUTS] == pytest.approx([theirs[i] for i in INPUTS], abs=5e-3)
