import re

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from proactive_agents.lm import embedded, prompt
from proactive_agents.lm.corpus import IGNORED, Batch, Branch, Words, pack, told_of
from proactive_agents.lm.lives import Lives, live
from proactive_gym.users.features import ACTIONS
from proactive_gym.vocabulary import REACTIONS
from proactive_gym.world import ScenarioTable

PAD = 0


@pytest.fixture(scope="module")
def lived(seen_scenarios) -> Lives:
    table = ScenarioTable.of(seen_scenarios, frozenset(s.id for s in seen_scenarios))
    return live(0, 1, 1, split="validation", table=table)


@pytest.fixture(scope="module")
def words(tokenizer, seen_scenarios, lived) -> Words:
    made = Words(tokenizer, seen_scenarios)
    made.read(lived)
    return made


# ------------------------------------------------------------------ branches


@pytest.mark.parametrize("told", ["", prompt.profile({"T2": 1, "work": 7})])
@pytest.mark.parametrize("speak", [True, False])
def test_a_branch_is_moment_marker_and_reply(
    words, lived, seen_scenarios, tokenizer, told, speak
) -> None:
    for moment, action in enumerate(ACTIONS[::5].tolist(), start=7):
        at = lived.situation[moment]
        situation, messages = seen_scenarios[at], words.messages[at] if speak else None
        branch = words.branch(moment, told, action, messages)
        before = lived.moments.words()[moment] + told + prompt.MARKER
        expected = before + prompt.reply(action)
        if action[0] == 0:
            expected += tokenizer.eos_token
        elif speak:
            _, autonomy, verbosity, tone = action
            message = situation.messages[autonomy][verbosity][tone]
            expected += f" {message}{tokenizer.eos_token}"
        assert tokenizer.decode(branch.ids) == expected
        assert tokenizer.decode(branch.ids[: branch.marker + 1]) == before
        assert branch.learnt == branch.marker + 1
        assert (branch.moment, branch.action) == (moment, tuple(action))


def test_branches_are_tokenised_as_a_whole_text_would_be(words, lived, tokenizer) -> None:
    """What an agent reads is cut in the same places, but for the start."""
    told = prompt.profile({"C1": 4})
    for moment in range(0, len(lived), 211):
        at = lived.situation[moment]
        branch = words.branch(moment, told, (1, 2, 1, 0), words.messages[at])
        prefix = words.prefixes[at]
        whole = tokenizer.decode(prefix + branch.ids)
        assert words.encode(whole) == prefix + branch.ids


def test_a_situation_is_its_domain_and_words(words, seen_scenarios, tokenizer) -> None:
    for ids, s in zip(words.prefixes, seen_scenarios, strict=True):
        assert tokenizer.decode(ids) == f"{s.domain}: {s.situation}"
    assert words.exchanged(3, {}) == (words.prefixes[3], words.messages[3])


def test_words_are_exchanged_in_situation_and_messages_alike(
    words, seen_scenarios, tokenizer
) -> None:
    s = seen_scenarios[0]
    own = words.exchanged(0, {"dental": "barley", "clinic": "windmill"})
    assert tokenizer.decode(own.prefix) == words_of(f"{s.domain}: {s.situation}")
    for autonomy, by_length in enumerate(s.messages):
        for length, by_tone in enumerate(by_length):
            for tone, message in enumerate(by_tone):
                ids = own.messages[autonomy][length][tone]
                assert ids[-1] == tokenizer.eos_token_id
                assert tokenizer.decode(ids[:-1]) == words_of(f" {message}")


def words_of(text: str) -> str:
    """A text of the first situation, with two of its words exchanged."""
    for old, new in (("dental", "barley"), ("clinic", "windmill")):
        text = text.replace(old, new).replace(old.title(), new.title())
    return text


# ------------------------------------------------------------------ what is told


TOLD = re.compile(r"(?:\nTold:(?P<told>(?: [^:;]+: [^:;]+;)+))?(?P<last>\nLast:.+\.)?")


@given(st.integers(0, 2**32), st.integers(0, 79))
def test_what_is_told_is_true_of_the_person(lived, seed, person) -> None:
    last = np.array([1, 2, 0, 1, REACTIONS.index("accept")])
    words = told_of(np.random.default_rng(seed), lived.people, person, last)
    found = TOLD.fullmatch(words)
    answers = dict(zip(prompt.STATED, lived.people.survey[person].tolist(), strict=False))
    answers |= dict(zip(prompt.STATED[26:], lived.people.domains[person].tolist(), strict=True))
    true = {prompt.profile({name: answer})[len("\nTold:") :] for name, answer in answers.items()}
    said = re.findall(r" [^:;]+: [^:;]+;", found["told"] or "")
    assert len(set(said)) == len(said)
    assert set(said) <= true
    assert found["last"] in (None, "\nLast: now, ask, brief, formal: accept.")


def test_often_nothing_is_told_and_sometimes_everything(lived) -> None:
    rng = np.random.default_rng(0)
    for last, share in ((np.full(5, -1), 0.5), (np.array([0, 0, 0, 0, 1]), 0.375)):
        words = [told_of(rng, lived.people, 3, last) for _ in range(2000)]
        assert np.mean([not w for w in words]) == pytest.approx(share, abs=0.03)
        counts = np.array([w.count(";") for w in words])
        assert set(counts[counts > 0]) >= set(range(2, 12))
        assert counts.max() > 30
        lasts = np.mean(["\nLast: silent. wish." in w for w in words])
        assert lasts == (0 if last[0] < 0 else pytest.approx(0.25, abs=0.03))
        assert all("Last" not in w or w.endswith("\nLast: silent. wish.") for w in words)


# ------------------------------------------------------------------ rows


def branch_of(ids: list[int], marker: int, number: int) -> Branch:
    return Branch(ids, marker + 1, marker, number, (1, number % 4, 0, 1))


tokens = st.integers(1, 50)
rows = st.lists(
    st.tuples(
        st.lists(tokens, min_size=1, max_size=5),
        st.lists(
            st.lists(tokens, min_size=2, max_size=6).flatmap(
                lambda ids: st.tuples(st.just(ids), st.integers(0, len(ids) - 2))
            ),
            min_size=1,
            max_size=3,
        ),
    ),
    min_size=1,
    max_size=3,
)


@given(rows)
def test_rows_hold_situations_and_branches_side_by_side(drawn) -> None:
    branches = [[branch_of(ids, at, n) for n, (ids, at) in enumerate(own)] for _, own in drawn]
    batch = pack([prefix for prefix, _ in drawn], branches, PAD)
    flat = [b for own in branches for b in own]
    assert batch.moment.tolist() == [b.moment for b in flat]
    assert batch.action.tolist() == [list(b.action) for b in flat]
    marked = iter(batch.decision.tolist())
    for row, (prefix, _) in enumerate(drawn):
        own = branches[row]
        ids, branch = list(prefix), [0] * len(prefix)
        position, label = list(range(len(prefix))), [*prefix[1:], IGNORED]
        for number, b in enumerate(own, start=1):
            assert next(marked) == [row, len(ids) + b.marker]
            for i, token in enumerate(b.ids):
                ids.append(token)
                branch.append(number)
                position.append(len(prefix) + i)
                # Nothing is learnt before the marker, and after the last token nothing follows.
                follows = b.marker <= i < len(b.ids) - 1
                label.append(b.ids[i + 1] if follows else IGNORED)
        rest = batch.ids.shape[1] - len(ids)
        assert batch.ids[row].tolist() == ids + [PAD] * rest
        assert batch.branch[row].tolist() == branch + [-1] * rest
        assert batch.position[row].tolist() == position + [0] * rest
        assert batch.label[row].tolist() == label + [IGNORED] * rest
    shapes = {a.shape for a in (batch.ids, batch.position, batch.branch, batch.label)}
    assert shapes == {batch.ids.shape}
    assert batch.ids.shape[1] == max(
        len(prefix) + sum(len(b.ids) for b in own)
        for (prefix, _), own in zip(drawn, branches, strict=True)
    )


@pytest.fixture(scope="module")
def packed(words, lived) -> tuple[Batch, list[list[int]], list[list[Branch]]]:
    told = ["", prompt.profile({"T9": 7}), prompt.exchange((2, 0, 0, 0), "ignore")]
    chosen = [(5, 3), (40, 1)]
    prefixes, branches = [], []
    for moment, count in chosen:
        at = lived.situation[moment]
        prefixes.append(words.prefixes[at])
        said = [words.messages[at] if i < 2 else None for i in range(count)]
        actions = [((i + 1) % 3, 3, i % 2, 1) for i in range(count)]
        branches.append([words.branch(moment, told[i], actions[i], said[i]) for i in range(count)])
    return pack(prefixes, branches, words.pad), prefixes, branches


def test_a_branch_in_a_row_is_read_as_if_alone(packed, tokenizer, randomised) -> None:
    """A token sees earlier tokens of the situation and of its own branch."""
    batch, prefixes, branches = packed
    torch.manual_seed(0)
    model = randomised(embedded.fresh(tokenizer, 32, 1))
    branch = torch.from_numpy(batch.branch)
    length = branch.shape[1]
    earlier = torch.ones(length, length, dtype=torch.bool).tril()
    related = (branch[:, :, None] == branch[:, None, :]) | (branch[:, None, :] == 0)
    sees = earlier & related
    bias = torch.zeros(sees.shape).masked_fill(~sees, torch.finfo(torch.float32).min)
    with torch.inference_mode():
        together = model(
            input_ids=torch.from_numpy(batch.ids),
            attention_mask=bias[:, None],
            position_ids=torch.from_numpy(batch.position),
        ).logits
        causal = model(input_ids=torch.from_numpy(batch.ids)).logits
        for row, prefix in enumerate(prefixes):
            for number, b in enumerate(branches[row], start=1):
                alone = model(input_ids=torch.tensor([prefix + b.ids])).logits[0, len(prefix) :]
                at = branch[row] == number
                torch.testing.assert_close(together[row, at], alone, rtol=1e-4, atol=1e-4)
                # Without mask and positions it would be read otherwise.
                assert number == 1 or (causal[row, at] - alone).abs().max() > 0.05


def test_decisions_are_at_the_markers(packed, words) -> None:
    batch, _, branches = packed
    for (row, at), b in zip(batch.decision, [b for own in branches for b in own], strict=True):
        assert [batch.ids[row, at]] == words.marker
        assert batch.label[row, at] == words.replies[0][b.action[0]][0]
