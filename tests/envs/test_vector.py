"""The batched environment does what Gymnasium's vector of single environments does."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode, SyncVectorEnv, VectorEnv
from gymnasium.wrappers.vector import DictInfoToList, RecordEpisodeStatistics

from proactive_gym.envs.single import ProactiveAssistEnv
from proactive_gym.envs.vector import ProactiveAssistVectorEnv
from proactive_gym.errors import InvalidOptionError, StepOrderError, UnknownPersonError

ID = "ProactiveAssist-v0"
SLOTS, STEPS = 8, 36
NEXT, SAME, DISABLED = AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP, AutoresetMode.DISABLED
Maker = Callable[..., tuple[VectorEnv, VectorEnv]]


@pytest.fixture
def pair(fickle: dict) -> Maker:
    """Ours, and Gymnasium's of single environments."""

    def make(mode: AutoresetMode, **options: Any) -> tuple[VectorEnv, VectorEnv]:
        wanted = fickle | options
        ours = ProactiveAssistVectorEnv(SLOTS, autoreset_mode=mode, **wanted)
        makers = [lambda: ProactiveAssistEnv(**wanted)] * SLOTS
        return ours, SyncVectorEnv(makers, autoreset_mode=mode)

    return make


@pytest.fixture
def pushy(actions_of: Any) -> Any:
    """Actions that wear people's patience out: always speaking, mostly acting."""
    actions = actions_of(7, STEPS, SLOTS)
    actions[..., 0] = 1
    actions[::2, :, 1] = 3
    return actions


@pytest.mark.parametrize("end_when_off", [True, False])
@pytest.mark.parametrize("mode", [NEXT, SAME])
def test_autoreset_is_gymnasiums(
    pair: Maker, pushy: Any, assert_same: Any, mode: AutoresetMode, end_when_off: bool
) -> None:
    ours, theirs = (DictInfoToList(v) for v in pair(mode, end_when_off=end_when_off))
    assert_same(ours.reset(seed=3), theirs.reset(seed=3))
    ended = np.zeros((STEPS, 2, SLOTS), bool)
    for i, action in enumerate(pushy):
        result, expected = ours.step(action), theirs.step(action)
        assert_same(result, expected, f"step {i}")
        ended[i] = result[2:4]
    assert ended[:, 1].any()
    assert ended[:, 0].any() == end_when_off
    if end_when_off:  # slots have ended one by one, so that resets were partial
        share = ended.any(axis=1).mean(axis=1)
        assert ((share > 0) & (share < 1)).sum() > 5


def test_disabled_autoreset_is_gymnasiums(pair: Maker, pushy: Any, assert_same: Any) -> None:
    ours, theirs = (DictInfoToList(v) for v in pair(DISABLED))
    assert_same(ours.reset(seed=3), theirs.reset(seed=3))
    partial = 0
    for action in pushy:
        result = ours.step(action)
        assert_same(result, theirs.step(action))
        ended = result[2] | result[3]
        if ended.any():
            partial += not ended.all()
            with pytest.raises(StepOrderError, match="reset_mask"):
                ours.step(action)
            fresh, expected = (
                v.reset(options={"reset_mask": ended.copy()}) for v in (ours, theirs)
            )
            assert_same(fresh, expected)
    assert partial > 5


@pytest.mark.parametrize("seed", [11, [5, None] * (SLOTS // 2)])
def test_a_masked_reset_seeds_marked_slots_only(
    pair: Maker, pushy: Any, assert_same: Any, seed: Any
) -> None:
    ours, theirs = (DictInfoToList(v) for v in pair(NEXT, end_when_off=False))
    mask = np.arange(SLOTS) % 3 == 0
    for v in (ours, theirs):
        v.reset(seed=3)
        v.step(pushy[0])
    fresh = ours.reset(seed=seed, options={"reset_mask": mask.copy()})
    assert_same(fresh, theirs.reset(seed=seed, options={"reset_mask": mask.copy()}))
    for action in pushy:
        assert_same(ours.step(action), theirs.step(action))


@pytest.mark.parametrize("seed", [4, list(range(SLOTS)), [1, None] * (SLOTS // 2)])
def test_seeds_are_gymnasiums(pair: Maker, pushy: Any, assert_same: Any, seed: Any) -> None:
    ours, theirs = pair(NEXT)
    assert_same(ours.reset(seed=0)[0], theirs.reset(seed=0)[0])
    assert_same(ours.reset(seed=seed)[0], theirs.reset(seed=seed)[0])
    assert_same(ours.reset()[0], theirs.reset()[0])
    assert_same(ours.step(pushy[0])[:4], theirs.step(pushy[0])[:4])


def test_infos_have_the_very_form_of_gymnasiums(pair: Maker, pushy: Any) -> None:
    ours, theirs = pair(SAME)
    infos = [v.reset(seed=0)[1] for v in (ours, theirs)]
    assert infos[0].keys() == infos[1].keys()

    def form(info: Any) -> Any:
        if isinstance(info, dict):
            return {key: form(value) for key, value in sorted(info.items())}
        return info.dtype, info.shape

    compared = 0
    for action in pushy:
        mine, gyms = ours.step(action)[4], theirs.step(action)[4]
        if mine["_truth"].any() and ("questionnaire" in mine) == ("questionnaire" in gyms):
            final = mine.get("final_info", {}), gyms.get("final_info", {})
            if ("questionnaire" in final[0]) == ("questionnaire" in final[1]):
                assert form(mine) == form(gyms)
                compared += 1
    assert compared > 5


@pytest.mark.parametrize("mode", ["vector_entry_point", "sync", "async", None])
def test_make_vec(short: dict, mode: str | None) -> None:
    envs = gym.make_vec(ID, num_envs=4, vectorization_mode=mode, **short)
    try:
        assert isinstance(envs, ProactiveAssistVectorEnv) == (mode in ("vector_entry_point", None))
        assert envs.metadata["autoreset_mode"] is AutoresetMode.NEXT_STEP
        observation, _ = envs.reset(seed=1)
        assert envs.observation_space.contains(observation)
        observation, reward, *_ = envs.step(envs.action_space.sample())
        assert envs.observation_space.contains(observation)
        assert reward.shape == (4,)
        assert envs.num_envs == 4
    finally:
        envs.close()


@pytest.mark.parametrize("mode", ["SAME_STEP", DISABLED])
def test_make_vec_takes_the_autoreset_mode(short: dict, mode: Any) -> None:
    envs = gym.make_vec(ID, num_envs=2, autoreset_mode=mode, **short)
    assert envs.metadata["autoreset_mode"] is (SAME if mode == "SAME_STEP" else mode)


@pytest.mark.parametrize("name", ["action_space", "single_action_space", "observation_space"])
def test_environments_do_not_share_their_spaces_random_numbers(
    short: dict, assert_same: Any, name: str
) -> None:
    pair = [ProactiveAssistVectorEnv(2, **short) for _ in range(2)]
    for envs in pair:
        getattr(envs, name).seed(3)
    one, other = ([getattr(envs, name).sample() for _ in range(3)] for envs in pair)
    assert_same(one, other)


@pytest.mark.parametrize("mode", [NEXT, SAME])
def test_gymnasiums_statistics_wrapper_counts_right(
    fickle: dict, pushy: Any, mode: AutoresetMode
) -> None:
    bare = ProactiveAssistVectorEnv(SLOTS, autoreset_mode=mode, **fickle)
    envs = RecordEpisodeStatistics(copy.deepcopy(bare))
    bare.reset(seed=0)
    envs.reset(seed=0)
    running, returns, counted = np.zeros(SLOTS), [], []
    fresh = np.zeros(SLOTS, bool)
    for action in pushy:
        _, reward, terminated, truncated, _ = bare.step(action)
        info = envs.step(action)[4]
        running = np.where(fresh, 0.0, running) + reward
        ended = terminated | truncated
        returns += list(running[ended])
        if ended.any():
            counted += list(info["episode"]["r"][info["_episode"]])
        running[ended] = 0.0
        fresh = ended if mode is NEXT else np.zeros(SLOTS, bool)
    assert len(returns) > SLOTS
    assert counted == pytest.approx(returns)


@pytest.mark.parametrize("copier", [copy.deepcopy, lambda envs: pickle.loads(pickle.dumps(envs))])
@pytest.mark.parametrize("mode", [NEXT, SAME])
def test_copies_go_on_alike(
    fickle: dict, pushy: Any, assert_same: Any, mode: AutoresetMode, copier: Any
) -> None:
    envs = ProactiveAssistVectorEnv(SLOTS, autoreset_mode=mode, **fickle)
    envs.reset(seed=3)
    for action in pushy[:20]:
        envs.step(action)
    twin = copier(envs)
    for action in pushy[20:]:
        assert_same(envs.step(action), twin.step(action))
    assert_same(envs.reset(), twin.reset())


def test_people_can_be_asked_for(envs: ProactiveAssistVectorEnv, ids: list[str]) -> None:
    wanted = [ids[i] for i in (3, 3, 0, 7)]
    for given in (wanted, tuple(wanted), np.array(wanted)):
        assert list(envs.reset(seed=0, options={"persona": given})[1]["persona"]) == wanted
    before = envs.reset(seed=0)[1]["persona"]
    mask = np.array([False, True, False, True])
    _, info = envs.reset(options={"persona": wanted, "reset_mask": mask})
    assert list(info["persona"]) == [before[0], wanted[1], before[2], wanted[3]]
    assert info["_persona"].tolist() == mask.tolist()


ALL = np.ones(4, bool)


@pytest.mark.parametrize(
    ("seed", "options", "error"),
    [
        (None, {"persona": "p0001"}, InvalidOptionError),
        (None, {"persona": ["p0001"]}, InvalidOptionError),
        (None, {"persona": 4}, InvalidOptionError),
        (None, {"persona": [1, 2, 3, 4]}, InvalidOptionError),
        (None, {"persona": ["p9999"] * 4}, UnknownPersonError),
        (None, {"reset_mask": [True] * 4}, InvalidOptionError),
        (None, {"reset_mask": np.ones(4)}, InvalidOptionError),
        (None, {"reset_mask": np.ones(3, bool)}, InvalidOptionError),
        (None, {"reset_mask": ~ALL}, InvalidOptionError),
        (None, {"reset_mask": "all"}, InvalidOptionError),
        (None, {"mask": ALL}, InvalidOptionError),
        (None, "reset_mask", InvalidOptionError),
        (None, 3, InvalidOptionError),
        (-1, None, InvalidOptionError),
        (1.5, None, InvalidOptionError),
        ("1234", None, InvalidOptionError),
        (True, None, InvalidOptionError),
        ([1, 2, 3], None, InvalidOptionError),
        ([1, 2, 3, -4], None, InvalidOptionError),
        ([1, 2, 3, "4"], None, InvalidOptionError),
        ([[1], [2], [3], [4]], None, InvalidOptionError),
    ],
)
def test_bad_resets_change_nothing(
    envs: ProactiveAssistVectorEnv, seed: Any, options: Any, error: type, assert_same: Any
) -> None:
    envs.reset(seed=5)
    envs.step(np.zeros((4, 4), int))
    twin = copy.deepcopy(envs)
    with pytest.raises(error):
        envs.reset(seed=seed, options=options)
    for _ in range(7):
        assert_same(envs.step(np.ones((4, 4), int)), twin.step(np.ones((4, 4), int)))
    assert_same(envs.reset(), twin.reset())


def test_a_resets_options_are_left_as_they_are(envs: ProactiveAssistVectorEnv) -> None:
    envs.reset(seed=0)
    options = {"reset_mask": np.array([True, False, True, False])}
    envs.reset(options=options)
    assert list(options) == ["reset_mask"]


def test_step_before_reset(envs: ProactiveAssistVectorEnv) -> None:
    with pytest.raises(StepOrderError, match="reset"):
        envs.step(np.zeros((4, 4), int))
    with pytest.raises(InvalidOptionError, match="first reset"):
        envs.reset(options={"reset_mask": np.array([True, False, True, False])})


@pytest.mark.parametrize("mode", AutoresetMode)
def test_autoreset_modes_by_name(short: dict, mode: AutoresetMode) -> None:
    for given in (mode, mode.name, mode.value):
        envs = ProactiveAssistVectorEnv(2, autoreset_mode=given, **short)
        assert envs.metadata["autoreset_mode"] is mode


@pytest.mark.parametrize(
    "options",
    [
        {"num_envs": 0},
        {"num_envs": -1},
        {"num_envs": 2.0},
        {"num_envs": True},
        {"num_envs": "2"},
        {"num_envs": None},
        {"autoreset_mode": "sometimes"},
        {"autoreset_mode": None},
        {"autoreset_mode": 1},
        {"render_mode": "ansi"},
        {"max_episode_steps": 3},
    ],
)
def test_bad_arguments(short: dict, options: dict[str, Any]) -> None:
    with pytest.raises(InvalidOptionError):
        ProactiveAssistVectorEnv(**{"num_envs": 2} | short | options)


def test_numpy_counts_are_counts(short: dict) -> None:
    assert ProactiveAssistVectorEnv(np.int64(3), **short).num_envs == 3  # type: ignore[arg-type]
