"""Training the embedded language model: `proactive-gym train lm`.

First `untuned`: to speak of situations in all degrees of autonomy and styles, with replies' first
words drawn at random, so that it knows the words and not who wants them. Then `population`: the
same model, whose likelihoods of replies are fitted to what the 800 would have thought of them,
while it goes on speaking. Rows for both are made as they are needed, from seeds.
"""

import copy
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from time import perf_counter
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

from proactive_agents import checkpoint
from proactive_agents.lm import embedded
from proactive_agents.lm.card import card
from proactive_agents.lm.corpus import IGNORED, Batch, Branch, Words, pack, told_of
from proactive_agents.lm.devices import check_device
from proactive_agents.lm.lives import Lives, live
from proactive_agents.lm.saving import save_model
from proactive_agents.lm.situations import training_situations
from proactive_agents.lm.swaps import Swaps
from proactive_agents.lm.tokenizer import train_tokenizer
from proactive_agents.lm.worth import SPOKEN, decision_loss
from proactive_gym.errors import InvalidOptionError

Report = Callable[[dict[str, float]], None]

KIND = "language-models"
"""As what they are stored."""

_SITUATION_WEIGHT = 0.3
"""Of the situations' tokens beside the replies'."""
_DECISION_WEIGHT = 8.0
"""Of the decisions' squared error beside the messages' cross-entropy."""
_MESSAGE_WEIGHT = 0.3
_SILENCES = 0.1
"""Share of silent replies in the first stage."""
_UNTOUCHED, _SWAPPED = 0.4, 0.7
"""Share of rows that stay as they are, and of the shared words that are exchanged in the others."""
_CLIP, _DECAY = 1.0, 0.05
_MATRICES = 7.0
"""Learning rate of the layers' matrices beside that of all else."""


@dataclass(frozen=True)
class Arguments:
    """How it is trained.

    Attributes:
        seed: Of weights, lives and rows.
        width: Of the activations; a multiple of 32.
        layers: Of the decoder.
        vocabulary: Entries of the tokenizer.
        held: Situations that are kept out, for the loss that is reported.
        lives: Of each person, whose moments are used in each stage.
        days: Of each life.
        rows: Situations in a batch.
        messages: Branches of a row in the first stage, each with a message.
        moments: Branches of a row in the second stage, the last with a message.
        steps: Batches of the first stage.
        fine_steps: Batches of the second stage.
        learning_rate: Largest of the first stage; it rises and falls once.
        fine_learning_rate: Of the second stage.
        device: "cpu" or "cuda".

    Raises:
        InvalidOptionError: A number that is out of range.
    """

    seed: int = 0
    width: int = 128
    layers: int = 4
    vocabulary: int = embedded.VOCABULARY
    held: int = 40
    lives: int = 3
    days: int = 8
    rows: int = 32
    messages: int = 4
    moments: int = 10
    steps: int = 1350
    fine_steps: int = 700
    learning_rate: float = 3e-3
    fine_learning_rate: float = 1.5e-3
    device: str = "cpu"

    def __post_init__(self) -> None:
        """Refuse what cannot work."""
        if self.width % 32 or self.width < 32:
            raise InvalidOptionError(f"width must be a multiple of 32, not {self.width}")
        for name in ("layers", "lives", "days", "rows", "messages", "steps", "fine_steps"):
            if getattr(self, name) < 1:
                raise InvalidOptionError(f"{name} must be at least 1, not {getattr(self, name)}")
        if self.moments < 2 or not 0 <= self.held < len(training_situations()) // 2:
            raise InvalidOptionError("moments must be at least 2, and held leave most situations")


@dataclass(eq=False)
class Course:
    """What training works on.

    Attributes:
        arguments: How it is trained.
        words: Tokens of everything.
        lives: Moments.
        met: Rows of `lives` by situation.
        learnt: Situations that are trained on.
        held: Situations that are not.
        swaps: Exchanges words.
        rng: For the rows.
    """

    arguments: Arguments
    words: Words
    lives: Lives
    rng: np.random.Generator
    met: list[NDArray[np.int64]] = field(init=False)
    learnt: NDArray[np.int64] = field(init=False)
    held: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        """Put moments into words, and choose which situations are kept out."""
        self.words.read(self.lives)
        count = len(self.words.situations)
        self.met = [np.flatnonzero(self.lives.situation == i) for i in range(count)]
        some = np.array([i for i in range(count) if len(self.met[i])])
        order = np.random.default_rng(self.arguments.seed).permutation(some)
        self.held, self.learnt = order[: self.arguments.held], order[self.arguments.held :]
        self.swaps = Swaps(self.words.situations)

    def speaking(self, situations: NDArray[np.int64], swap: bool) -> Batch:
        """Rows whose branches all have messages, with replies at random."""
        a, rng = self.arguments, self.rng
        prefixes, rows = [], []
        for s in situations.tolist():
            untouched = not swap or rng.random() < _UNTOUCHED
            words = self.words.exchanged(s, {} if untouched else self.swaps.draw(rng, s, _SWAPPED))
            manners = rng.permutation(len(SPOKEN) // 2)[: a.messages].tolist()
            prefixes.append(words.prefix)
            rows.append([self._spoken(s, m, words.messages) for m in manners])
        return pack(prefixes, rows, self.words.pad)

    def _spoken(self, situation: int, manner: int, messages: Any) -> Branch:
        rng = self.rng
        action = (int(rng.integers(1, 3)), *SPOKEN[manner, 1:].tolist())
        if rng.random() < _SILENCES:
            action = (0, 0, 0, 0)
        return self._branch(int(rng.choice(self.met[situation])), action, messages)

    def _branch(self, moment: int, action: tuple[int, ...], messages: Any) -> Branch:
        lives = self.lives
        told = told_of(self.rng, lives.people, int(lives.person[moment]), lives.last[moment])
        return self.words.branch(moment, told, action, messages)

    def deciding(self, situations: NDArray[np.int64]) -> Batch:
        """Rows whose branches end with a reply's first words, but the last, which speaks."""
        rng, rows = self.rng, []
        for s in situations.tolist():
            chosen = rng.choice(self.met[s], self.arguments.moments).tolist()
            actions = SPOKEN[rng.integers(len(SPOKEN), size=len(chosen))].tolist()
            pairs = list(zip(chosen, map(tuple, actions), strict=True))
            own = [self._branch(m, a, None) for m, a in pairs[:-1]]
            last, action = pairs[-1]
            rows.append([*own, self.words.branch(last, "", action, self.words.messages[s])])
        batch = pack([self.words.prefixes[s] for s in situations], rows, self.words.pad)
        batch.label[batch.branch != self.arguments.moments] = IGNORED
        return batch


@dataclass(eq=False)
class Trained:
    """Both models.

    Attributes:
        arguments: How they were trained.
        tokenizer: Of both.
        untuned: Speaks.
        population: Speaks, and knows what the population liked.
        figures: `held_message_loss`, `reward_error`, and seconds: `untuned_s`, `population_s`.
    """

    arguments: Arguments
    tokenizer: PreTrainedTokenizerFast
    untuned: LlamaForCausalLM
    population: LlamaForCausalLM
    figures: dict[str, float]

    def save(self, folder: Path, about: Mapping[str, Any] = MappingProxyType({})) -> None:
        """Write a folder for each model, in bfloat16, and a card and what made them beside.

        Args:
            folder: Which is there.
            about: How they came about; JSON's types.

        Raises:
            OSError: They cannot be written.
        """
        for name in (embedded.UNTUNED, embedded.POPULATION):
            half = copy.deepcopy(getattr(self, name)).to(torch.bfloat16)
            save_model(half, self.tokenizer, folder / name)
        parameters = sum(p.numel() for p in self.population.parameters())
        text = card(self.arguments, self.figures, parameters)
        (folder / "README.md").write_text(text, encoding="utf-8")
        figures = {k: v if math.isfinite(v) else None for k, v in self.figures.items()}
        checkpoint.tell(folder, KIND, {**about, "figures": figures})


def train(arguments: Arguments, report: Report = lambda figures: None) -> Trained:
    """Train both models; two CPU cores take less than half an hour.

    Args:
        arguments: How.
        report: Told `progress` (0-1) and losses now and then.

    Raises:
        InvalidOptionError: The device is not there.
    """
    check_device(arguments.device)
    started = perf_counter()
    situations = training_situations()
    tokenizer = train_tokenizer(
        (text for s in situations for text in _texts(s)), arguments.vocabulary
    )
    torch.manual_seed(arguments.seed)
    model: Any = embedded.fresh(tokenizer, arguments.width, arguments.layers)
    model.to(arguments.device)
    whole = arguments.steps + arguments.fine_steps

    def told(figures: dict[str, float], before: int) -> None:
        report(figures | {"progress": (figures["progress"] + before) / whole})

    lives = live(arguments.seed, arguments.lives, arguments.days)
    course = Course(arguments, Words(tokenizer), lives, np.random.default_rng(arguments.seed))
    first = speak_stage(model, course, lambda f: told(f, 0))
    untuned = _copied(model)
    middle = perf_counter()
    lives = live(arguments.seed + 1, arguments.lives, arguments.days)
    course = Course(arguments, Words(tokenizer), lives, np.random.default_rng(arguments.seed + 1))
    second = decide_stage(model, course, lambda f: told(f, arguments.steps))
    seconds = {"untuned_s": middle - started, "population_s": perf_counter() - middle}
    return Trained(arguments, tokenizer, untuned, model.cpu(), first | second | seconds)


def speak_stage(model: LlamaForCausalLM, course: Course, report: Report) -> dict[str, float]:
    """Cross-entropy of replies and messages; returns the held-out loss of a message's token."""
    a = course.arguments
    held = [course.speaking(part, False) for part in np.array_split(course.held, 4) if len(part)]
    run: list[float] = []
    order = _endless(course.rng, course.learnt, a.rows)
    for step in _steps(model, a.steps, a.learning_rate):
        batch = _tensors(course.speaking(next(order), True), a.device)
        loss, said = _language_loss(model, batch)
        loss.backward()
        run.append(said)
        if step % 50 == 49 or step == a.steps - 1:
            figures = {"progress": float(step + 1), "message_loss": float(np.mean(run[-50:]))}
            report(figures)
    with torch.no_grad():
        losses = [_language_loss(model, _tensors(b, a.device))[1] for b in held]
    return {"held_message_loss": float(np.mean(losses)) if losses else float("nan")}


def decide_stage(model: LlamaForCausalLM, course: Course, report: Report) -> dict[str, float]:
    """Squared error of expected rewards beside the messages' cross-entropy."""
    a = course.arguments
    rewards = torch.from_numpy(course.lives.rewards).to(a.device)
    ids = [torch.tensor([w[0] for w in part], device=a.device) for part in course.words.replies]
    share = np.sqrt([len(course.met[s]) for s in course.learnt])
    run: list[tuple[float, float]] = []
    for step in _steps(model, a.fine_steps, a.fine_learning_rate):
        chosen = course.rng.choice(course.learnt, a.rows, p=share / share.sum())
        batch = _tensors(course.deciding(chosen), a.device)
        hidden = _hidden(model, batch)
        row, at = batch["decision"].T
        logits = [
            (hidden[row, at + i] @ model.lm_head.weight[words].T).float()
            for i, words in enumerate(ids)
        ]
        error = decision_loss(logits, batch["action"], rewards[batch["moment"]])
        said = _cross_entropy(model, hidden, batch["label"]).mean()
        (_DECISION_WEIGHT * error + _MESSAGE_WEIGHT * said).backward()
        run.append((error.item(), said.item()))
        if step % 50 == 49 or step == a.fine_steps - 1:
            wrong, message = np.mean(run[-50:], axis=0)
            report({"progress": step + 1.0, "reward_error": wrong, "message_loss": message})
    return {"reward_error": float(np.mean([r[0] for r in run[-50:]]))}


def _steps(model: LlamaForCausalLM, steps: int, learning_rate: float) -> Iterator[int]:
    """Numbers of steps; between two of them the weights move along the gradient."""
    optimisers = _optimisers(model, learning_rate)
    schedules = [
        torch.optim.lr_scheduler.OneCycleLR(
            o, o.param_groups[0]["lr"], steps, pct_start=0.05, cycle_momentum=False
        )
        for o in optimisers
    ]
    model.train()
    for step in range(steps):
        model.zero_grad()
        yield step
        torch.nn.utils.clip_grad_norm_(model.parameters(), _CLIP)
        for optimiser, schedule in zip(optimisers, schedules, strict=True):
            optimiser.step()
            schedule.step()
    model.eval()


def _optimisers(model: LlamaForCausalLM, learning_rate: float) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of the layers, which learn faster so, and AdamW for all else."""
    matrices = [p for p in model.model.layers.parameters() if p.dim() == 2]
    known = {id(p) for p in matrices}
    rest = [p for p in model.parameters() if id(p) not in known]
    return [
        torch.optim.Muon(matrices, _MATRICES * learning_rate, weight_decay=_DECAY),
        torch.optim.AdamW(rest, learning_rate, weight_decay=_DECAY, betas=(0.9, 0.98)),
    ]


def _endless(
    rng: np.random.Generator, items: NDArray[np.int64], size: int
) -> Iterator[NDArray[np.int64]]:
    """Batches of items; each comes once before any comes again."""

    def one_by_one() -> Iterator[int]:
        while True:
            yield from rng.permutation(items).tolist()

    stream = one_by_one()
    while True:
        yield np.array(list(islice(stream, size)))


def _tensors(batch: Batch, device: str) -> dict[str, Tensor]:
    return {k: torch.from_numpy(np.asarray(v)).to(device) for k, v in vars(batch).items()}


def _hidden(model: LlamaForCausalLM, batch: dict[str, Tensor]) -> Tensor:
    """Activations after the last norm; a token sees its situation and its own branch only."""
    branch = batch["branch"]
    sees = (branch[:, :, None] == branch[:, None, :]) | (branch[:, None, :] == 0)
    sees = torch.tril(sees)[:, None]
    bias = torch.zeros(sees.shape, device=branch.device)
    bias.masked_fill_(~sees, torch.finfo(bias.dtype).min)
    with torch.autocast(branch.device.type, dtype=torch.bfloat16):
        return model.model(
            input_ids=batch["ids"], attention_mask=bias, position_ids=batch["position"]
        ).last_hidden_state


def _cross_entropy(model: LlamaForCausalLM, hidden: Tensor, label: Tensor) -> Tensor:
    keep = label != IGNORED
    with torch.autocast(label.device.type, dtype=torch.bfloat16):
        logits = hidden[keep] @ model.lm_head.weight.T
    return torch.nn.functional.cross_entropy(logits.float(), label[keep], reduction="none")


def _language_loss(model: LlamaForCausalLM, batch: dict[str, Tensor]) -> tuple[Tensor, float]:
    """The loss, and its mean over the replies' tokens alone."""
    each = _cross_entropy(model, _hidden(model, batch), batch["label"])
    reply = batch["branch"][batch["label"] != IGNORED] > 0
    loss = (each[reply].sum() + _SITUATION_WEIGHT * each[~reply].sum()) / len(each)
    return loss, each[reply].mean().item()


def _copied(model: LlamaForCausalLM) -> LlamaForCausalLM:
    other = LlamaForCausalLM(model.config)
    other.load_state_dict(model.state_dict())
    return other.eval()


def _texts(situation: Any) -> Iterator[str]:
    yield situation.situation
    yield from (f" {m}" for act in situation.messages for length in act for m in length)
