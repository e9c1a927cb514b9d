"""Bad actions get a named error and change nothing, however odd they are."""

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from proactive_gym.envs.checks import check_action
from proactive_gym.envs.single import ProactiveAssistEnv
from proactive_gym.envs.vector import ProactiveAssistVectorEnv
from proactive_gym.errors import InvalidActionError, StepOrderError

SIZES = (3, 4, 2, 2)
GOOD = [1, 2, 0, 1]
SLOTS = 3


class Sulking:
    """Refuses to become an array, as a torch tensor that requires a gradient does."""

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        raise RuntimeError("call detach first")


BAD_ACTIONS: dict[str, Any] = {
    "none": None,
    "nan": [np.nan] * 4,
    "one nan": [1.0, np.nan, 0.0, 0.0],
    "inf": [np.inf, 0, 0, 0],
    "floats": [1.0, 0.0, 0.0, 0.0],
    "scalar": 1,
    "too short": [1, 0, 0],
    "too long": [1, 0, 0, 0, 0],
    "empty": [],
    "two rows": [GOOD, GOOD],
    "one row": [GOOD],
    "column": [[1], [0], [0], [0]],
    "bools": [True, False, False, False],
    "bool array": np.ones(4, bool),
    "negative": [-1, 0, 0, 0],
    "timing": [3, 0, 0, 0],
    "autonomy": [0, 4, 0, 0],
    "verbosity": [0, 0, 2, 0],
    "tone": [0, 0, 0, 2],
    "huge": [2**70, 0, 0, 0],
    "minus huge": [-(2**70), 0, 0, 0],
    "unsigned": np.array([2**64 - 1, 0, 0, 0], np.uint64),
    "lowest": np.full(4, np.iinfo(np.int64).min),
    "string": "1000",
    "strings": ["1", "0", "0", "0"],
    "bytes": b"\x01\x00\x00\x00",
    "objects": np.array([1, 0, 0, 0], dtype=object),
    "ragged": [[1, 0], [0], [0, 0]],
    "dict": {"timing": 1},
    "set": {0, 1, 2, 3},
    "generator": (i for i in GOOD),
    "complex": np.zeros(4, complex),
    "dates": np.zeros(4, "datetime64[s]"),
    "structured": np.zeros(4, [("a", int)]),
    "sulking": Sulking(),
    "type": int,
}


def state(env: Any) -> bytes:
    """Everything that an environment is."""
    return pickle.dumps(env)


def moving_state(env: Any) -> bytes:
    """What an environment is made of without its tables: a hundred times quicker."""
    own = {k: v for k, v in vars(env).items() if isinstance(v, int | str | np.ndarray | None)}
    holders = (env.engine, env.engine.user)
    arrays = [getattr(holder, name) for holder in holders for name in holder.STATE]
    return pickle.dumps((own, arrays))


def invalid(action: Any, slots: int | None = None) -> bool:
    """Whether an array is no action, said in another way than the code says it."""
    if action.shape != ((4,) if slots is None else (slots, 4)):
        return True
    rows = action.reshape(-1, 4).tolist()
    inside = all(v in range(n) for row in rows for v, n in zip(row, SIZES, strict=True))
    return not (np.issubdtype(action.dtype, np.integer) and inside)


@pytest.fixture(scope="module")
def module_options(ids: list[str]) -> dict[str, Any]:
    return {"people": ids[:3], "sessions": 2, "points": 3, "history": "counts"}


@pytest.fixture(scope="module")
def running(module_options: dict) -> ProactiveAssistEnv:
    """In the middle of an episode; no test may change it."""
    env = ProactiveAssistEnv(**module_options)
    env.reset(seed=0)
    env.step(GOOD)
    return env


@pytest.fixture(scope="module")
def running_batch(module_options: dict) -> ProactiveAssistVectorEnv:
    envs = ProactiveAssistVectorEnv(SLOTS, **module_options)
    envs.reset(seed=0)
    envs.step([GOOD] * SLOTS)
    return envs


@pytest.mark.parametrize("bad", BAD_ACTIONS.values(), ids=BAD_ACTIONS)
def test_a_bad_action_changes_nothing(running: Any, bad: Any, assert_same: Any) -> None:
    before, twin = state(running), copy.deepcopy(running)
    with pytest.raises(InvalidActionError, match="an action"):
        running.step(bad)
    assert state(running) == before
    other = copy.deepcopy(running)
    for _ in range(5):
        assert_same(other.step(GOOD), twin.step(GOOD))


@pytest.mark.parametrize("name", BAD_ACTIONS)
def test_one_bad_row_changes_no_slot(running_batch: Any, name: str) -> None:
    before, bad = state(running_batch), BAD_ACTIONS[name]
    # NumPy reads truth values among integers as integers, so bad rows of them need company.
    batches = [bad, [bad] * SLOTS] + ([] if "bool" in name else [[GOOD, bad, GOOD]])
    for batch in batches:
        with pytest.raises(InvalidActionError, match="an action"):
            running_batch.step(batch)
    assert state(running_batch) == before


@pytest.mark.parametrize(
    "rows", [GOOD, [GOOD] * 2, [GOOD] * 4, [[GOOD] * 3], np.zeros((4, 3), int)], ids=repr
)
def test_a_batch_of_another_shape_changes_nothing(running_batch: Any, rows: Any) -> None:
    before = state(running_batch)
    with pytest.raises(InvalidActionError, match=r"shape \(3, 4\)"):
        running_batch.step(rows)
    assert state(running_batch) == before


@pytest.mark.parametrize(
    "good",
    [GOOD, tuple(GOOD), np.repeat(GOOD, 2)[::2], *(np.array(GOOD, t) for t in "bBhHiIlLqQ")],
    ids=repr,
)
def test_integers_of_any_kind_are_actions(good: Any) -> None:
    checked = check_action(good)
    assert checked.dtype == np.int64
    assert checked.tolist() == list(good)


def test_the_callers_action_stays_as_it_is(module_options: dict) -> None:
    env = ProactiveAssistEnv(**module_options)
    for seed in range(20):  # some mute or switch off, where the action is taken for silence
        env.reset(seed=seed)
        action, ended = np.array([1, 3, 1, 1]), False
        while not ended:
            ended = env.step(action)[3]
            assert action.tolist() == [1, 3, 1, 1]


def test_a_long_action_gets_a_short_message(running: Any) -> None:
    with pytest.raises(InvalidActionError) as caught:
        running.step(list(range(10_000)))
    assert len(str(caught.value)) < 300


def test_steps_out_of_order_change_nothing(module_options: dict) -> None:
    env = ProactiveAssistEnv(**module_options)
    for _ in range(2):
        before = state(env)
        with pytest.raises(StepOrderError):
            env.step(GOOD)
        assert state(env) == before
        env.reset(seed=0)
        while not env.step(GOOD)[3]:
            pass


NUMBERS = st.integers(-3, 6) | st.integers() | st.floats() | st.booleans()
LEAVES = NUMBERS | st.none() | st.text(max_size=3) | st.complex_numbers() | st.binary(max_size=3)
FLAT = st.lists(LEAVES, min_size=3, max_size=5)
NESTED = LEAVES | FLAT | st.lists(FLAT, max_size=3)
ARRAYS = hnp.arrays(
    st.sampled_from(["i1", "i4", "i8", "u1", "u8", "f2", "f8", "?", "c16", "O", "U2"]),
    st.sampled_from([(4,), (4,), (3,), (1, 4), (SLOTS, 4), (4, SLOTS), (0, 4), ()]),
)
ROWS = st.tuples(*(st.integers(-1, n) for n in SIZES))
ANY_ACTION = NESTED | ARRAYS | ROWS.map(list) | ROWS.map(np.array)


def property_test(count: int) -> Any:
    quiet = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    return settings(max_examples=count, suppress_health_check=quiet)


def try_out(env: Any, action: Any, slots: int | None = None) -> None:
    """`step` refuses what `check_action` refuses, and changes nothing then."""
    before = moving_state(env)
    try:
        check_action(action, slots)
    except InvalidActionError:
        with pytest.raises(InvalidActionError):
            env.step(action)
        assert moving_state(env) == before
    else:
        assert not invalid(np.asarray(action), slots)


# Several actions an example: drawing an example costs more than trying one out.
TEN, FIFTY = (st.lists(ANY_ACTION, min_size=n, max_size=n) for n in (10, 50))


@property_test(200)
@given(actions=TEN)
def test_any_action_works_or_changes_nothing(running: Any, actions: list) -> None:
    for action in actions:
        try_out(running, action)


@property_test(500)
@given(actions=st.lists(ROWS, min_size=SLOTS, max_size=SLOTS) | ANY_ACTION)
def test_any_batch_works_or_changes_nothing(running_batch: Any, actions: Any) -> None:
    try_out(running_batch, actions, SLOTS)


@pytest.mark.slow
@property_test(2000)
@given(actions=FIFTY)
def test_very_many_actions_work_or_change_nothing(running: Any, actions: list) -> None:
    for action in actions:
        try_out(running, action)


@property_test(500)
@given(action=ROWS.map(np.array))
def test_what_is_refused_is_what_is_no_action(action: Any) -> None:
    assume(invalid(action))
    with pytest.raises(InvalidActionError):
        check_action(action)
