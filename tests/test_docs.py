"""What README and docs show is what the project does."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
BOARD = ROOT / "runs" / "standard-v0" / "LEADERBOARD.md"


def code_of(page: str) -> list[str]:
    """The Python blocks of a page."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)


def test_the_readmes_loop_runs() -> None:
    loop = code_of("README.md")[0]
    scope: dict = {}
    exec(loop, scope)
    assert scope["done"]
    assert len(loop.splitlines()) <= 11


def rows_of(text: str) -> list[dict[str, str]]:
    """The rows of a Markdown table by their columns' heads."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [dict(zip(cells[0], row, strict=True)) for row in cells[2:]]


def test_the_readmes_leaderboard_is_the_committed_one() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8").split("## Leaderboard")[1]
    shown = rows_of(readme.split("\n## ")[0])
    board = rows_of(BOARD.read_text(encoding="utf-8").split("## Reward")[1].split("\n## ")[0])
    assert [row["agent"] for row in shown] == [row["agent"] for row in board]
    for mine, theirs in zip(shown, board, strict=True):
        assert mine.items() <= theirs.items()


def test_the_committed_leaderboard_is_that_of_the_committed_records() -> None:
    from proactive_gym.leaderboard.markdown import to_markdown
    from proactive_gym.leaderboard.standings import read_all, standings

    placed = standings(read_all(BOARD.parent))
    assert to_markdown(placed) == BOARD.read_text(encoding="utf-8")


def test_ppo_is_clearly_above_whatever_does_not_learn() -> None:
    """No overlap of the 95 % intervals on the standard suite."""
    from proactive_gym.leaderboard.standings import read_all

    reward = {r.agent: r.results["reward"] for r in read_all(BOARD.parent)}
    rules = ("worthwhile", "interruptibility")
    below = ("silent", "random", "always-now", "direct-response", "best-fixed", *rules)
    assert [name for name in below if reward[name].high >= reward["ppo"].low] == []


def test_the_agent_of_the_docs_is_an_agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from proactive_agents.registry import make

    mine, careful = code_of("docs/agents.md")
    (tmp_path / "mine.py").write_text(mine, encoding="utf-8")
    (tmp_path / "humble.py").write_text(careful, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "mine", raising=False)
    agent = make("mine:Careful")
    from proactive_gym.envs.engine import Engine
    from proactive_gym.envs.observation import Observer
    from proactive_gym.envs.options import Options
    from proactive_gym.streams import derive
    from proactive_gym.vocabulary import REACTIONS

    engine = Engine(Options(people="validation"), 50)
    engine.reset(engine.everyone, derive(0, engine.everyone))
    actions = agent.act(Observer(engine)(engine, engine.point))
    assert set(np.unique(actions[:, 0])) == {0, 2}
    monkeypatch.delitem(sys.modules, "humble", raising=False)
    humble = make("humble:Humble")
    humble.begin(np.arange(50, dtype=np.uint64))
    seen = Observer(engine)(engine, engine.point)
    spoken = (humble.act(seen)[:, 0] > 0).sum()
    for _ in range(4):
        humble.observe(np.full(50, REACTIONS.index("complain")))
    assert (humble.act(seen)[:, 0] > 0).sum() < spoken


@pytest.mark.parametrize("page", ["README.md", *(f"docs/{p.name}" for p in ROOT.glob("docs/*.md"))])
def test_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#]+)\)", text)
    local = [t for t in targets if not t.startswith(("http:", "https:"))]
    assert [t for t in local if not ((ROOT / page).parent / t).exists()] == []


def test_every_agent_is_in_the_docs() -> None:
    from proactive_agents.registry import AGENTS

    text = (ROOT / "docs" / "agents.md").read_text(encoding="utf-8")
    assert [name for name in AGENTS if f"`{name}`" not in text] == []
