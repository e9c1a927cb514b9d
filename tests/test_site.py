"""The documentation site builds offline without a warning, and shows what the environment gives."""

import html
import os
import re
import subprocess
import sys
from pathlib import Path

import gymnasium as gym
import pytest

import proactive_gym  # noqa: F401  registers the environments

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site's folder."""
    for module in ("sphinx", "myst_parser", "furo"):
        pytest.importorskip(module, reason=f"the site is built with {module}")
    out = tmp_path_factory.mktemp("site")
    # Of its own process: Sphinx sets up logging and locale for good. Proxies that lead nowhere make
    # whatever asks the network fail.
    nowhere = {name: "http://127.0.0.1:9" for name in ("http_proxy", "https_proxy", "ALL_PROXY")}
    trees = ["-d", str(out / "doctrees")]
    ran = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-W", *trees, "-b", "html", DOCS, out / "html"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **nowhere},
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return out / "html"


def sections(page: Path) -> dict[str, str]:
    """The words of a page by the id of the section in which they stand, inner ones included."""
    text = page.read_text(encoding="utf-8")
    parts = re.split(r'<section id="([\w-]+)">', text)
    return {
        name: html.unescape(re.sub(r"<[^>]+>", " ", body))
        for name, body in zip(parts[1::2], parts[2::2], strict=True)
    }


def shown(name: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


def test_every_observation_box_is_on_the_environments_page(site: Path) -> None:
    told = sections(site / "environment.html")["observation-space"]
    for profile in ("demographics", "survey"):
        space = gym.make("ProactiveAssist-v0", profile=profile, history="counts").observation_space
        for name, box in space.items():
            assert re.search(rf"(?<!\w){name}\s+{re.escape(str(box.shape))}", told)


def test_every_key_of_info_is_on_the_environments_page(site: Path) -> None:
    page = sections(site / "environment.html")
    told = page["information"] + page["rewards"]
    env = gym.make("ProactiveAssist-v0", sessions=2, points=2)
    _, first = env.reset(seed=0)
    infos = [first, *(env.step([1, 0, 0, 0])[4] for _ in range(2))]
    for info in infos:
        for name, value in info.items():
            inner = value if isinstance(value, dict) else {}
            assert [key for key in (name, *inner) if not shown(key, told)] == []
    assert "questionnaire" in infos[-1]


def test_every_option_and_error_is_on_the_environments_page(site: Path) -> None:
    from dataclasses import fields

    from proactive_gym.envs.options import Options

    page = sections(site / "environment.html")
    assert [f.name for f in fields(Options) if not shown(f.name, page["arguments"])] == []
    for error in ("InvalidOptionError", "UnknownPersonError", "InvalidActionError"):
        assert shown(error, page["errors"])
    assert shown("autoreset_mode", page["many-people-at-once"])


def test_assumed_numbers_stand_on_the_page_of_the_people(site: Path) -> None:
    from proactive_gym.users import UserAssumptions
    from proactive_gym.world import WorldAssumptions

    page = sections(site / "people.html")
    for part, kind in (("of-the-people", UserAssumptions), ("of-the-world", WorldAssumptions)):
        for number in kind().described():
            assert re.search(rf"(?<!\w){number.name}\s+{number.default:g}\s", page[part])


def test_every_page_can_be_reached_from_the_front_page(site: Path) -> None:
    pages = {p.relative_to(DOCS).with_suffix(".html").as_posix() for p in DOCS.rglob("*.md")}
    front = (site / "index.html").read_text(encoding="utf-8")
    linked = set(re.findall(r'class="reference internal" href="([^"#]+)', front))
    assert pages - linked == {"index.html"}


def test_links_of_the_site_lead_somewhere(site: Path) -> None:
    """Within the site, to a page and to a part of it; and nothing is loaded from elsewhere."""
    text = {p: p.read_text(encoding="utf-8") for p in site.rglob("*.html")}
    ids = {p: set(re.findall(r'\bid="([^"]+)"', words)) for p, words in text.items()}
    for page, words in text.items():
        assert (
            re.findall(r'<(?:link|script|img)[^>]*(?:href|src)="(?:https?:)?//[^"]+', words) == []
        )
        for link in re.findall(r'<a[^>]*href="([^"]+)"', words):
            if link.startswith(("http:", "https:")):
                continue
            file, _, part = link.partition("#")
            target = (page.parent / file).resolve() if file else page
            assert target.exists(), (page.name, link)
            assert not part or target not in ids or part in ids[target], (page.name, link)


def test_the_code_on_the_people_page_runs() -> None:
    page = (DOCS / "people.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        scope: dict = {}
        exec(block, scope)
        scope["env"].reset(seed=0)
    assert scope["env"].unwrapped.options.users.fatigue == 0.1
