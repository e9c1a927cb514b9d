"""What README and docs show is what the project does."""

import re
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


def test_the_readmes_leaderboard_is_the_committed_one() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    start = readme.index("## Leaderboard")
    section = readme[start : readme.index("\n## ", start + 5)]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    assert len(rows) > 10
    board = BOARD.read_text(encoding="utf-8").splitlines()
    assert [row for row in rows if row not in board] == []


def test_the_agent_of_the_docs_is_an_agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from proactive_agents.registry import make

    (tmp_path / "mine.py").write_text(code_of("docs/agents.md")[0], encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    agent = make("mine:Careful")
    from proactive_gym.envs.engine import Engine
    from proactive_gym.envs.observation import Observer
    from proactive_gym.envs.options import Options
    from proactive_gym.streams import derive

    engine = Engine(Options(people="validation"), 50)
    engine.reset(engine.everyone, derive(0, engine.everyone))
    actions = agent.act(Observer(engine)(engine, engine.point))
    assert set(np.unique(actions[:, 0])) == {0, 2}


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
