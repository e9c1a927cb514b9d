import numpy as np
import pytest

from proactive_gym.envs.engine import Engine
from proactive_gym.envs.observation import LAST, Observer
from proactive_gym.envs.options import Options
from proactive_gym.envs.reading import Seen, last_reaction
from proactive_gym.errors import InvalidOptionError
from proactive_gym.streams import derive
from proactive_gym.users import UserAssumptions

NASTY, PLAIN, SILENT = (1, 3, 1, 1), (2, 0, 0, 0), (0, 2, 1, 1)


def lives(slots: int, sessions: int = 3, points: int = 5):
    """Lives in which some mute and some switch off; before each step the engine and what shows."""
    users = UserAssumptions(trust_a_point=1.0)
    engine = Engine(Options.of(sessions=sessions, points=points, users=users), slots)
    engine.reset(engine.everyone, derive(7, engine.everyone))
    observer = Observer(engine)
    yield engine, observer(engine, engine.point)
    for step in range(sessions * points - 1):
        action = np.array([(NASTY, NASTY, PLAIN, SILENT)[(step + i) % 4] for i in range(slots)])
        engine.step(action)
        yield engine, observer(engine, engine.point)


def batch(count: int = 3) -> dict[str, np.ndarray]:
    return dict(next(iter(lives(count)))[1])


@pytest.mark.parametrize("slots", [3, 120])
def test_what_is_read_is_what_the_engine_holds(slots: int) -> None:
    for engine, observation in lives(slots):
        seen, moments, at = Seen.of(observation), engine.moments, (engine.everyone, engine.point)
        assert (seen.weekday == moments.weekday).all()
        for name in ("activity", "place", "alone"):
            assert (getattr(seen, name) == getattr(moments, name)[at]).all()
        estimates = np.column_stack([seen.benefit, seen.urgency, seen.stakes])
        assert estimates == pytest.approx(moments.estimate[at], abs=1e-5)
        delay = np.minimum(moments.break_delay[at], 24)
        assert seen.break_delay == pytest.approx(delay, abs=1e-5)
        table, scenario = engine.routines.table, moments.scenario[at]
        assert (seen.domain == table.domain[scenario]).all()
        assert seen.window_h == pytest.approx(table.window_h[scenario], rel=1e-5)
        assert seen.session == pytest.approx(engine.session / 3)
        assert (seen.reaction == engine.last_reaction).all()
        assert (seen.muted == engine.user.muted).all()
        assert (seen.off == engine.user.off).all()


def test_the_clock_is_exact_to_a_minute() -> None:
    for engine, observation in lives(60):
        true = engine.moments.hour[engine.everyone, engine.point] * 60
        read = Seen.of(observation).hour * 60
        assert (np.rint(read) == np.floor(true)).all()
        assert ((read >= -1e-3) & (read < 24 * 60)).all()


def test_these_lives_show_all_that_can_be_read() -> None:
    seen = [Seen.of(observation) for _, observation in lives(120)]
    assert np.concatenate([s.off for s in seen]).any()
    assert np.concatenate([s.muted & ~s.off for s in seen]).any()
    assert (seen[0].reaction == -1).all()
    assert len(np.unique(np.concatenate([s.reaction for s in seen[1:]]))) >= 8
    assert not (seen[1].reaction == -1).any()


@pytest.mark.parametrize("name", ["moment", "noticed", "last", "progress"])
def test_a_missing_box_is_named(name: str) -> None:
    observation = batch()
    del observation[name]
    with pytest.raises(InvalidOptionError, match=rf"observations\['{name}'\].*not nothing"):
        Seen.of(observation)


@pytest.mark.parametrize("name", ["moment", "noticed", "last", "progress"])
@pytest.mark.parametrize("shape", ["one person", "narrow", "wide"])
def test_a_box_of_another_shape_is_named(name: str, shape: str) -> None:
    observation = batch()
    box = observation[name]
    odd = {"one person": box[0], "narrow": box[:, :-1], "wide": np.hstack([box, box[:, :1]])}
    observation[name] = odd[shape]
    with pytest.raises(InvalidOptionError, match=rf"observations\['{name}'\] must be a batch"):
        Seen.of(observation)


def test_the_last_reaction_alone_can_be_read() -> None:
    for engine, observation in lives(20):
        assert (last_reaction(observation) == engine.last_reaction).all()
    assert (last_reaction({"last": observation["last"]}) == engine.last_reaction).all()


@pytest.mark.parametrize("width", [0, 1, LAST - 1, LAST + 1])
def test_a_last_box_of_another_shape_is_named_where_it_is_read_alone(width: int) -> None:
    with pytest.raises(InvalidOptionError, match=r"observations\['last'\] must be a batch"):
        last_reaction({"last": np.zeros((3, width), np.float32)})
    with pytest.raises(InvalidOptionError, match=rf"\(N, {LAST}\), not shape \({LAST},\)"):
        last_reaction({"last": np.zeros(LAST, np.float32)})
    with pytest.raises(InvalidOptionError, match=r"observations\['last'\].*not nothing"):
        last_reaction({})
