import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from proactive_agents.lm.tree import NODE_AT, NODES_OF
from proactive_agents.lm.worth import SCALE, SILENT, SPOKEN, behaviours, decision_loss
from proactive_gym.users.features import ACTION_SHAPE, ACTIONS, PLACE_VALUES

SHAPES = [(len(nodes), words) for nodes, words in zip(NODES_OF, ACTION_SHAPE, strict=True)]
seeds = st.integers(0, 2**31)


def drawn(seed: int, count: int = 2, spread: float = 3.0) -> list[torch.Tensor]:
    """Logits of all words after all nodes, by part."""
    random = torch.Generator().manual_seed(seed)
    return [spread * torch.randn(count, *shape, generator=random) for shape in SHAPES]


def after(logits: list[torch.Tensor], row: int, words: tuple[int, ...]) -> list[float]:
    """Logits of the words that may follow `words`, rated as if these were said now."""
    part = len(words)
    now = (1, *words[1:]) if words else ()
    return logits[part][row, NODES_OF[part].index(NODE_AT[now])].tolist()


def log_sum(values: list[float]) -> float:
    return math.log(sum(math.exp(v) for v in values))


def reference(logits, row: int, action: tuple[int, ...], plain=None) -> float:
    """The worth of a reply, word by word."""
    total = after(logits, row, ())[action[0]]
    if action[0]:
        for part in (1, 2, 3):
            total += after(logits, row, action[:part])[action[part]]
            total -= log_sum(after(plain or logits, row, action[:part]))
    return SCALE * total


@given(seeds, st.booleans())
def test_worths_are_those_of_a_slow_walk_along_every_reply(seed, steered) -> None:
    logits, plain = drawn(seed), drawn(seed + 1) if steered else None
    worth = behaviours(logits, plain)
    assert worth.shape == (2, 33)
    for row in range(2):
        expected = [reference(logits, row, (0, 0, 0, 0))]
        expected += [reference(logits, row, tuple(a), plain) for a in SPOKEN.tolist()]
        torch.testing.assert_close(worth[row], torch.tensor(expected), rtol=1e-4, atol=1e-4)


@given(seeds)
def test_the_best_reply_is_the_likeliest(seed) -> None:
    logits = drawn(seed)
    best = behaviours(logits).argmax(dim=1).tolist()
    for row in range(2):
        chances = {}
        for action in [(0, 0, 0, 0), *map(tuple, SPOKEN.tolist())]:
            chances[action] = 1.0
            for part in range(1 if action[0] == 0 else 4):
                words = torch.tensor(after(logits, row, action[:part]))
                chances[action] *= words.softmax(dim=0)[action[part]].item()
        assert sum(chances.values()) == pytest.approx(1, abs=1e-4)
        assert list(chances)[best[row]] == max(chances, key=chances.__getitem__)


def test_what_is_added_to_a_word_is_added_to_the_replies_that_hold_it() -> None:
    """With the plain model's normalisers a dislike of one word is no liking of the others."""
    plain = drawn(0)
    steered = [z.clone() for z in plain]
    steered[1][..., 2] -= 1.5
    steered[3][..., 1] += 0.5
    change = (behaviours(steered, plain) - behaviours(plain)) / SCALE
    words = torch.from_numpy(SPOKEN)
    expected = -1.5 * (words[:, 1] == 2) + 0.5 * (words[:, 3] == 1)
    torch.testing.assert_close(change[:, 1:], expected.expand(2, -1), rtol=1e-4, atol=1e-4)
    assert (change[:, 0] == 0).all()
    steered[3] = plain[3]
    others = words[:, 1] != 2
    assert (behaviours(steered, plain) - behaviours(plain))[:, 1:][:, others].abs().max() < 1e-5
    assert (behaviours(steered) - behaviours(plain))[:, 1:][:, others].min() > 1e-4


def test_spoken_are_the_last_actions() -> None:
    assert ACTIONS[len(ACTIONS) - len(SPOKEN) :].tolist() == SPOKEN.tolist()
    assert ACTIONS[SILENT][0] == 0
    assert len(SPOKEN) == 32


# ------------------------------------------------------------------ what is learnt


def along(logits: list[torch.Tensor], actions: list[tuple[int, ...]]) -> list[torch.Tensor]:
    """Logits of the words on one path a row."""
    rows = [
        [after(logits, row, action[:part]) for row, action in enumerate(actions)]
        for part in range(4)
    ]
    return [torch.tensor(part) for part in rows]


def mild(seed: int, count: int) -> list[torch.Tensor]:
    """Logits small enough for a hyperbolic tangent."""
    return drawn(seed, count, spread=1.0)


def rewards_of(worth: torch.Tensor) -> torch.Tensor:
    """The rewards of all actions that worths foresee, (n, 48)."""
    foreseen = torch.tanh(worth)
    return torch.cat([foreseen[:, :1].expand(-1, 16), foreseen[:, 1:]], dim=1)


@given(seeds, st.lists(st.sampled_from([tuple(a) for a in SPOKEN.tolist()]), min_size=1))
def test_logits_that_foresee_the_rewards_cost_nothing(seed, actions) -> None:
    logits = mild(seed, len(actions))
    rewards = rewards_of(behaviours(logits))
    path, action = along(logits, actions), torch.tensor(actions)
    assert decision_loss(path, action, rewards).item() == pytest.approx(0, abs=1e-10)
    path[3][0, 1] += 1
    assert decision_loss(path, action, rewards).item() > 1e-6


def test_the_five_targets_are_silence_and_both_tones_now_and_held() -> None:
    """All logits zero: silence is worth 0, and each reply log(1/4 x 1/2 x 1/2) on the scale."""
    logits = [torch.zeros(1, n) for n in ACTION_SHAPE]
    action = torch.tensor([[2, 3, 1, 0]])
    said = math.tanh(SCALE * -math.log(16))
    whole = torch.zeros(1, 48)
    told = {(0, 0, 0, 0): 0.3, (1, 3, 1, 0): -0.2, (1, 3, 1, 1): 0.5, (2, 3, 1, 0): 0.1}
    told[2, 3, 1, 1] = -0.7
    # What the others are worth does not matter.
    whole += 9
    for behaviour, reward in told.items():
        whole[0, sum(int(v) * w for v, w in zip(PLACE_VALUES, behaviour, strict=True))] = reward
    errors = [reward - (said if behaviour[0] else 0) for behaviour, reward in told.items()]
    expected = sum(e * e for e in errors) / 5
    assert decision_loss(logits, action, whole).item() == pytest.approx(expected, rel=1e-5)


def test_each_target_pulls_its_own_words() -> None:
    """Where only silence is better than foreseen, only the word of silence is raised."""
    logits = [torch.zeros(1, n, requires_grad=True) for n in ACTION_SHAPE]
    action, rewards = torch.tensor([[1, 2, 0, 1]]), rewards_of(behaviours(mild(0, 1))).clone()
    rewards[:] = math.tanh(SCALE * -math.log(16))
    rewards[:, :16] = 0.9
    decision_loss(logits, action, rewards).backward()
    slopes = [-z.grad[0] for z in logits]
    assert slopes[0][0] > 0.01
    assert slopes[0][1:].abs().max() < 1e-6
    assert all(s.abs().max() < 1e-6 for s in slopes[1:])
    rewards[:, :16] = 0
    rewards[0, 16 * 2 + 4 * 2 + 1] = 0.9
    for z in logits:
        z.grad = None
    decision_loss(logits, action, rewards).backward()
    slopes = [-z.grad[0] for z in logits]
    assert slopes[0][2] > 0.01
    assert slopes[0][:2].abs().max() < 1e-6
    assert slopes[1].argmax() == 2
    assert slopes[2].argmax() == 0
    assert slopes[3].argmax() == 1
    # What follows a timing is rated alike for both.
    turned = decision_loss(logits, torch.tensor([[2, 2, 0, 1]]), rewards)
    assert turned == decision_loss(logits, action, rewards)
