from itertools import product

import numpy as np
import pytest

from proactive_baselines.oracle import Oracle
from proactive_gym.envs.engine import Engine, Turn
from proactive_gym.envs.options import Options
from proactive_gym.errors import InvalidOptionError
from proactive_gym.evaluation.referee import BAND, COUNTED, Referee, Wish, judge
from proactive_gym.streams import derive
from proactive_gym.users import Response, UserAssumptions
from proactive_gym.users.features import ACTION_SHAPE
from proactive_gym.vocabulary import REACTIONS

SILENT, NOW, HOLD = 0, 1, 2
NASTY = (1, 3, 1, 1)


def turn_of(delivered, reaction=None, reward=None):
    """A turn in which only what is judged says anything."""
    count = len(delivered)
    nothing = np.zeros(count)
    reaction = np.zeros(count, np.int8) if reaction is None else reaction
    reward = nothing if reward is None else reward
    unread = (np.full((count, 3), -9), nothing - 9, nothing - 9)
    response = Response(reaction, nothing - 9, *unread, np.asarray(delivered), nothing > 1)
    return Turn(response, np.asarray(reward), nothing > 1, nothing > 1, np.zeros(0, int), None)


def wish_of(value, seen=None, arrives=None):
    count = len(value)
    seen = np.ones(count, bool) if seen is None else seen
    arrives = np.ones(count, bool) if arrives is None else np.asarray(arrives)
    code = np.zeros(count, int)
    return Wish(value, value.max(axis=(2, 3, 4)), arrives, code, code, seen)


def flat(silent, now, hold):
    """One person, for whom only the timing matters."""
    return np.broadcast_to(np.array([silent, now, hold])[:, None, None, None], ACTION_SHAPE)[None]


def counted(wish, action, turn):
    rows = judge(wish, np.asarray(action), turn)
    return {name: rows[:, i] for i, name in enumerate(COUNTED)}


def slowly(value, seen, arrives, action, delivered, reaction, reward):
    """One person's point, straight from the docstring."""
    best_of = [max(v.ravel()) for v in value]
    timing, autonomy, verbosity, tone = action if delivered else (SILENT, 0, 0, 0)
    speaking = [best_of[NOW], best_of[HOLD]] if arrives else [best_of[NOW]]
    gain = max(speaking) - best_of[SILENT]
    lost = max(best_of) - best_of[timing]
    of_level = [max(level.ravel()) for level in value[timing]]
    styles = value[timing, autonomy]
    right, said = lost <= BAND, bool(delivered)
    found = {
        "points": 1,
        "reward": reward,
        "delivered": said,
        "needed": gain > BAND,
        "unneeded": gain < -BAND,
        "hits": said and gain > BAND,
        "false_alarms": said and gain < -BAND,
        "well_timed": said and right,
        "ill_timed": said and not right,
        "missed": not said and gain > BAND,
        "timing_right": right,
        "timing_regret": lost,
        "autonomy_right": said and max(of_level) - of_level[autonomy] <= BAND,
        "style_right": said and max(styles.ravel()) - styles[verbosity, tone] <= BAND,
        "harsh": REACTIONS[reaction] in ("undo", "complain", "mute"),
        "points_seen": seen,
        "reward_seen": reward if seen else 0,
    }
    return [float(found[name]) for name in COUNTED]


@pytest.mark.parametrize("spread", [0.02, 0.1, 1.0])
def test_judging_agrees_with_brute_force(spread):
    rng = np.random.default_rng(1)
    count = 600
    value = rng.uniform(-spread, spread, (count, *ACTION_SHAPE))
    value += rng.uniform(-spread, spread, (count, 3, 1, 1, 1))
    action = np.column_stack([rng.integers(0, n, count) for n in ACTION_SHAPE])
    arrives = rng.random(count) < 0.6
    value[~arrives, HOLD] = value[~arrives, SILENT]
    delivered = (action[:, 0] > 0) & (rng.random(count) < 0.7)
    delivered &= arrives | (action[:, 0] != HOLD)
    reaction = rng.integers(0, len(REACTIONS), count).astype(np.int8)
    reward, seen = rng.uniform(-1, 1, count), rng.random(count) < 0.5
    wish = wish_of(value, seen, arrives)
    fast = judge(wish, action, turn_of(delivered, reaction, reward))
    columns = zip(value, seen, arrives, action, delivered, reaction, reward, strict=True)
    assert fast == pytest.approx(np.array([slowly(*row) for row in columns]))
    got = dict(zip(COUNTED, fast.T, strict=True))
    assert (got["well_timed"] + got["ill_timed"] == got["delivered"]).all()
    assert (got["hits"] + got["false_alarms"] <= got["delivered"]).all()
    assert (got["hits"] + got["missed"] == got["needed"]).all()
    assert {0, 1} == set(got["style_right"]) == set(got["autonomy_right"])
    if spread > BAND:
        for held in (arrives, ~arrives):
            assert {0, 1} == set(got["unneeded"][held]) == set(got["needed"][held])
            assert {0, 1} == set(got["false_alarms"][held]) == set(got["hits"][held])


@pytest.mark.parametrize("timing", [NOW, HOLD])
def test_a_message_that_never_arrives_is_silence(timing):
    wish, silence = wish_of(flat(-0.4, 0.3, 0.3)), [[0, 0, 0, 0]]
    lost = counted(wish, [[timing, 3, 1, 1]], turn_of([False]))
    assert lost == counted(wish, silence, turn_of([False]))
    assert (lost["missed"], lost["delivered"], lost["autonomy_right"]) == (1, 0, 0)
    arrived = counted(wish, [[timing, 3, 1, 1]], turn_of([True]))
    assert (arrived["hits"], arrived["missed"], arrived["well_timed"]) == (1, 0, 1)


@pytest.mark.parametrize(
    ("silent", "now", "needed", "unneeded"),
    [
        (0.0, BAND, 0, 0),
        (0.0, np.nextafter(BAND, 1), 1, 0),
        (BAND, 0.0, 0, 0),
        (np.nextafter(BAND, 1), 0.0, 0, 1),
    ],
)
def test_the_edge_of_the_band_is_indifference(silent, now, needed, unneeded):
    wish = wish_of(flat(silent, now, -1.0))
    said = counted(wish, [[NOW, 0, 0, 0]], turn_of([True]))
    unsaid = counted(wish, [[SILENT, 0, 0, 0]], turn_of([False]))
    assert (said["needed"], said["unneeded"]) == (needed, unneeded)
    assert (said["hits"], said["false_alarms"]) == (needed, unneeded)
    assert (said["well_timed"], said["ill_timed"]) == (1 - unneeded, unneeded)
    assert (unsaid["timing_right"], unsaid["missed"]) == (1 - needed, needed)


def test_speaking_too_early_is_ill_timed_but_no_false_alarm():
    wish = wish_of(flat(0.0, 0.2, 0.4))
    got = counted(wish, [[NOW, 0, 0, 0]], turn_of([True]))
    assert (got["hits"], got["false_alarms"], got["ill_timed"]) == (1, 0, 1)
    assert got["timing_regret"] == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("now", "needed", "unneeded"), [(-0.5, 0, 1), (-BAND, 0, 0), (0.04, 0, 0), (0.5, 1, 0)]
)
def test_where_a_held_message_never_arrives_speaking_is_compared_with_silence(
    now, needed, unneeded
):
    """To hold is then silence by another name, and no excuse for a message that is not wanted."""
    wish = wish_of(flat(0.0, now, 0.0), arrives=[False])
    said = counted(wish, [[NOW, 0, 0, 0]], turn_of([True]))
    assert (said["needed"], said["unneeded"]) == (needed, unneeded)
    assert (said["hits"], said["false_alarms"]) == (needed, unneeded)
    assert (said["well_timed"], said["ill_timed"]) == (1 - unneeded, unneeded)
    for action in (SILENT, HOLD):
        unsaid = counted(wish, [[action, 0, 0, 0]], turn_of([False]))
        assert (unsaid["needed"], unsaid["unneeded"]) == (needed, unneeded)
        assert (unsaid["missed"], unsaid["timing_right"]) == (needed, 1 - needed)
        assert (unsaid["hits"], unsaid["false_alarms"]) == (0, 0)


def test_where_a_held_message_arrives_one_that_speaks_too_early_is_no_false_alarm():
    wish = wish_of(flat(0.0, -0.5, 0.0))
    got = counted(wish, [[NOW, 0, 0, 0]], turn_of([True]))
    assert (got["unneeded"], got["false_alarms"], got["ill_timed"]) == (0, 0, 1)


# ---------------------------------------------------------------- the wish itself


def lives(slots, **users):
    options = Options.of(sessions=3, points=4, users=UserAssumptions(trust_a_point=1.0, **users))
    engine = Engine(options, slots)
    engine.reset(engine.everyone, derive(9, engine.everyone), engine.everyone)
    return engine, Referee(np.arange(len(engine.routines.table.domain)) % 3 == 0)


def wishes(slots, action):
    """The wishes at every point of lives that always get `action`, and the engine at their end."""
    engine, referee = lives(slots)
    found = []
    for _ in range(12):
        found.append(referee(engine))
        engine.step(np.tile(action, (slots, 1)))
    return found, engine


@pytest.mark.parametrize("slots", [1, 80])
def test_the_wish_does_not_hang_on_what_the_agent_did_before(slots):
    (calm, silent), (pestered, nasty) = wishes(slots, (0, 0, 0, 0)), wishes(slots, NASTY)
    assert (silent.user.trust != nasty.user.trust).any()
    if slots > 1:
        assert nasty.user.off.any()
        assert (nasty.user.muted & ~nasty.user.off).any()
    for ours, theirs in zip(calm, pestered, strict=True):
        for a, b in zip(ours, theirs, strict=True):
            assert np.array_equal(a, b)


def test_the_wish_is_the_same_beside_other_people():
    alone, beside = wishes(1, (1, 0, 0, 0))[0], wishes(80, (1, 0, 0, 0))[0]
    for one, many in zip(alone, beside, strict=True):
        assert one.value[0] == pytest.approx(many.value[0], abs=1e-5)
        assert one.activity[0] == many.activity[0]


def test_the_wish_is_what_a_rested_person_of_neutral_trust_likes_best():
    engine, referee = lives(60)
    oracle = Oracle(observed=False)
    oracle.attend(engine)
    for _ in range(4):
        wish = referee(engine)
        engine.user.trust[:], engine.user.spoken[:] = 4.0, 0
        assert oracle.rewards(engine.point) == pytest.approx(wish.value.reshape(60, 48))
        at = (engine.everyone, engine.point)
        scenario = engine.moments.scenario[at]
        assert (wish.seen == (scenario % 3 == 0)).all()
        assert (wish.domain == engine.routines.table.domain[scenario]).all()
        assert (wish.activity == engine.moments.activity[at]).all()
        engine.step(np.tile((1, 0, 0, 0), (60, 1)))


def test_the_best_of_each_timing_is_over_autonomy_and_style():
    engine, referee = lives(40)
    wish = referee(engine)
    for timing in (SILENT, NOW, HOLD):
        every = [wish.value[:, timing, a, v, t] for a, v, t in product(range(4), (0, 1), (0, 1))]
        assert (wish.timing[:, timing] == np.max(every, axis=0)).all()
    late = engine.user.expired[engine.everyone, engine.point]
    assert late.any()
    assert not late.all()
    assert (wish.arrives == ~late).all()
    assert (wish.value[late, HOLD] == wish.value[late, SILENT]).all()


def test_a_held_message_arrives_where_the_wish_says_so():
    engine, referee = lives(60)
    found = []
    for _ in range(12):
        wish, deaf = referee(engine), engine.user.muted | engine.user.off
        turn = engine.step(np.tile((HOLD, 0, 0, 0), (60, 1)))
        assert (turn.response.delivered[~deaf] == wish.arrives[~deaf]).all()
        found += wish.arrives.tolist()
    assert {False, True} == set(found)


def test_other_people_than_simulated_ones_have_no_known_wishes():
    engine, referee = lives(2)
    engine.user = object()
    with pytest.raises(InvalidOptionError, match="true wishes are known of simulated people only"):
        referee(engine)
