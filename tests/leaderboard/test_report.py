import importlib
import re
import sys
from html.parser import HTMLParser

import pytest

from proactive_gym.errors import MissingExtraError, RecordError
from proactive_gym.leaderboard.heatmaps import by_pair
from proactive_gym.leaderboard.report import to_html
from proactive_gym.leaderboard.standings import standings
from proactive_gym.leaderboard.tables import main_tables

VOID = {"meta", "br", "hr", "img", "link", "input"}


class Page(HTMLParser):
    """What a page holds; every element must close in its order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.styles: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        (self.styles if self.open and self.open[-1] == "style" else self.words).append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def report(all_kinds):
    return to_html(standings(all_kinds))


def test_nothing_is_fetched(report):
    page = Page(report)
    for tag, attributes in page.tags:
        for name in ("src", "href", "xlink:href", "action", "data", "srcset", "poster"):
            if tag != "a" or name != "href":
                target = attributes.get(name) or "#"
                assert target.startswith("#"), (tag, name, target)
    assert [a for a in page.all("script") if "src" in a] == []
    assert page.all("link") == page.all("img") == page.all("iframe") == []
    assert not re.search(r"@import|url\((?!['\"]?#)", report)
    assert "http" not in report


def test_links_and_ids_of_the_page_meet(report):
    page = Page(report)
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [a["href"] for a in page.all("a")] + [a["href"] for a in page.all("use")]
    assert {link.removeprefix("#") for link in links} <= set(ids)
    clipped = set(re.findall(r"url\(#([^)]*)\)", report))
    assert clipped <= set(ids)


def test_it_holds_every_agent_and_number(report, all_kinds):
    words = " ".join(Page(report).words)
    for table in main_tables(standings(all_kinds)):
        for row in table.rows:
            for cell in row:
                assert cell.text.replace(" %", "\u00a0%") in words
                assert cell.interval.replace(" %", "\u00a0%") in words
    assert "proactive-gym benchmark linucb" in words


def test_who_was_told_more_is_a_reference_and_says_so(make_record):
    told = make_record("patient", 0.5, profile="survey", adapts=True)
    text = to_html(standings([told, make_record("silent", -0.3)]))
    assert "does what it does; told the survey" in text
    assert '<tr class="reference">' in text


def test_every_pair_of_agents_is_compared(report, all_kinds):
    page = " ".join(Page(report).words)
    pairs = by_pair(standings(all_kinds))
    assert pairs.title in page
    assert len(pairs.rows) == len(all_kinds)


def test_figures_can_be_read_aloud_and_follow_the_theme(report):
    page = Page(report)
    plots = [a for a in page.all("svg") if "aria-hidden" not in a]
    # 2 of reward, 4 by session, 4 of gains, runs, 2 of training, 2 of people, and 4 alone.
    assert len(plots) == len(page.all("figure")) == 19
    assert all(a["role"] == "img" and a["aria-label"] for a in plots)
    assert len(page.all("title")) == 1 + len(plots)
    assert "currentColor" in report
    assert "var(--agent-1" in report
    assert "#0102" not in report
    assert "prefers-color-scheme: dark" in report


def test_the_same_records_give_the_same_bytes(report, all_kinds):
    assert to_html(standings(reversed(all_kinds))) == report


def test_the_inside_is_shown_of_who_shows_it(make_record, view, report):
    """Of the best that has a rank, and of one agent alone."""
    told = make_record("told", 0.6, profile="survey", inside=view)
    best, other = make_record("best", 0.5, inside=view), make_record("other", 0.4, inside=view)
    records = [told, other, best, make_record("silent", -0.3)]
    text = to_html(standings(records))
    page = Page(text)
    words = " ".join(page.words)
    assert "best takes each person for 10 numbers" in words
    assert "best met a, the first person of the suite" in words
    assert words.count("Inside the assistant") == 1
    assert len(page.all("figure")) == 2 + len(Page(without(records)).all("figure"))
    assert {"#inside"} <= {a["href"] for a in page.all("a")}
    assert text == to_html(standings(reversed(records)))
    assert "told takes each person" in to_html(standings([told, make_record("silent", -0.3)]))
    assert "Inside the assistant" not in report
    assert "inside" not in {a.get("id") for _, a in Page(report).tags}


def without(records):
    """The report of the same records with nothing inside."""
    return to_html(standings(r.model_copy(update={"inside": None}) for r in records))


def test_what_the_inside_says_is_escaped(make_record, view):
    evil = "<script>alert(1)</script>"
    names = [evil, *list(view.dimensions)[1:]]
    sweep = view.sweep.model_copy(update={"outcomes": {evil: "timing", "b": evil, "c": "tone"}})
    parts = dict(zip(names, view.dimensions.values(), strict=True))
    shown = view.model_copy(update={"dimensions": parts, "sweep": sweep})
    text = to_html(standings([make_record(inside=shown), make_record("silent", -0.3)]))
    assert evil not in text
    assert len(Page(text).all("script")) == 1


def test_what_records_say_is_escaped(make_record):
    evil = "<script>alert(1)</script>"
    named = make_record(
        evil, about=f"{evil} & $x_1$", command=f"run '{evil}'", versions={evil: "1"}, judged=True
    )
    text = to_html(standings([named, make_record("silent", -0.3)]))
    assert evil not in text
    assert len(Page(text).all("script")) == 1
    assert evil in "".join(Page(text).words)


def test_a_single_bare_record_is_enough(make_record):
    text = to_html(standings([make_record(runs=0, groups={}, commit=None)]))
    words = " ".join(Page(text).words)
    assert "ppo stands alone" in words
    assert "no rank was checked" in words
    assert "What adapting adds" not in words
    # Only one rank: no lead over the next, and nobody to compare with.
    assert len(Page(text).all("figure")) == 1 + 4 + 1 + 1 + 1


def test_undefined_ratios_and_short_trainings_are_no_trouble(make_record):
    silent = make_record("silent", -0.3, reports=1, counts={"hits": 0, "false_alarms": 0})
    assert silent.results["precision"].mean is None
    text = to_html(standings([silent, make_record("ppo", runs=3, reports=2)]))
    assert "while training" not in text
    assert "One ring for each run" in text


def test_results_that_are_missing_leave_their_places_empty(make_record):
    bare = make_record().model_copy(update={"results": {}})
    assert "ppo" in to_html(standings([bare, make_record("silent", -0.3)]))


def test_a_missing_library_names_the_extra(monkeypatch):
    for library in ("jinja2", "matplotlib"):
        with monkeypatch.context() as patch:
            for name in ("report", "plots", "curves", "multiples", "drawing"):
                patch.delitem(sys.modules, f"proactive_gym.leaderboard.{name}", raising=False)
            patch.setitem(sys.modules, library, None)
            with pytest.raises(MissingExtraError, match=rf"{library}.*proactive-gym\[report\]"):
                importlib.import_module("proactive_gym.leaderboard.report")


def test_without_records_there_is_no_report():
    with pytest.raises(RecordError):
        to_html([])
