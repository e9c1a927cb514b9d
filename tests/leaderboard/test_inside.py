"""What goes on inside an agent: how it is measured, kept, drawn and tabled."""

import json
import re

import numpy as np
import pytest

from proactive_agents.registry import make
from proactive_gym.errors import RecordError
from proactive_gym.evaluation.playing import play
from proactive_gym.evaluation.suites import Suite, begin
from proactive_gym.leaderboard.heatmaps import crosstalk
from proactive_gym.leaderboard.inside import inside
from proactive_gym.leaderboard.multiples import MAIN, SHOWN, gone, posterior, sweeps
from proactive_gym.leaderboard.record import read_record, write_record
from proactive_gym.leaderboard.tables import NONE

TWO_LIVES = Suite("tiny-v0", "validation", (5, 2), (0,), sessions=3, points=6)


def put(*keys, value):
    """A change: sets what `keys` lead to."""

    def change(data):
        *folders, last = keys
        for key in folders:
            data = data[key]
        data[last] = value

    return change


# ---------------------------------------------------------------- measured


def test_the_life_that_is_shown_is_the_first_and_is_lived_as_for_the_scores(own):
    agent = make("shy_agent:Frank")
    options = TWO_LIVES.options(agent.options)
    found = inside(agent, TWO_LIVES, options)
    people = options.pool().ids
    engine = begin(TWO_LIVES, options, np.arange(len(people)))
    seen = np.zeros((3, engine.slots))
    for step in play(make("shy_agent:Frank"), engine, note=lambda engine: None):
        seen[step.session] += step.turn.response.reaction != 0
    counted = [0, *seen[:, 0].cumsum().tolist()]
    assert (found.posterior.person, found.posterior.seed) == (people[0], 5)
    assert found.posterior.reactions == counted
    assert counted != [0, *seen[:, 1].cumsum().tolist()]
    # The belief of a stranger, and then that after each session.
    assert found.posterior.mean == [[n, -0.5 * n] for n in counted]
    expected = [[1 / np.sqrt(1 + n), 2 / np.sqrt(1 + n)] for n in counted]
    np.testing.assert_allclose(found.posterior.sd, expected, atol=1e-4)


def test_a_sweep_is_kept_as_the_agent_gave_it(own):
    agent = make("shy_agent:Frank")
    found = inside(agent, TWO_LIVES, TWO_LIVES.options({}))
    assert found.sweep.table[0] == [[0, None], [0.25, 0.3333], [0.5, 0.3]]
    given = agent.sweep()
    np.testing.assert_allclose(found.swept.table, given.table, atol=1e-4)
    assert found.swept.dimensions == given.dimensions == found.dimensions
    assert found.swept.outcomes == given.outcomes
    np.testing.assert_array_equal(found.swept.coefficients, given.coefficients)


def test_crosstalk_is_the_change_from_one_below_to_one_above(own):
    found = make("shy_agent:Frank").sweep().crosstalk()
    np.testing.assert_allclose(found, [[0.5, np.nan], [0.04, 1.0]])


def test_who_shows_nothing_or_reads_the_simulator_has_none(own):
    frank = make("shy_agent:Frank")
    frank.attend = lambda engine: None
    for agent in (make("shy_agent:Shy"), make("silent"), frank):
        assert inside(agent, TWO_LIVES, TWO_LIVES.options({})) is None


# ---------------------------------------------------------------- kept


@pytest.fixture(scope="module")
def written(frank, tmp_path_factory):
    path = tmp_path_factory.mktemp("written") / "r.json"
    write_record(frank, path)
    return path


def test_it_is_written_and_read_to_the_last_digit(frank, written):
    assert frank.inside.posterior.person == frank.people[0]
    assert read_record(written) == frank
    assert '"table": [\n    [\n     [0,null],\n     [0.25,0.3333],' in written.read_text()


def test_older_records_have_none(written, shy, tmp_path):
    data = json.loads(written.read_text())
    del data["inside"]
    (tmp_path / "older.json").write_text(json.dumps(data))
    assert read_record(tmp_path / "older.json").inside is None
    assert shy.inside is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (put("mood", value=1), "inside.mood: Extra inputs"),
        (put("posterior", "person", value="p0001"), "must be the suite's first"),
        (put("posterior", "seed", value=1), "must be the suite's first"),
        (put("posterior", "mean", 2, value=[0.0]), "must have 5 x 2 numbers"),
        (put("posterior", "sd", value=[[1.0, 1.0]] * 4), "must have 5 x 2 numbers"),
        (put("posterior", "sd", 1, 1, value=-0.5), "inside.posterior.sd.1.1: "),
        (put("posterior", "mean", 1, 1, value=None), "inside.posterior.mean.1.1: "),
        (put("sweep", "coefficients", value=[-1.0, 0.0, 2.0]), "with -1 and 1 among them"),
        (put("sweep", "coefficients", value=[0.0, -1.0, 1.0]), "must ascend"),
        (put("sweep", "table", 1, 1, value=[0.5]), "must have 2 x 3 x 2 shares"),
        (put("sweep", "table", 1, 1, 0, value=1.5), "inside.sweep.table.1.1.0: "),
        (put("dimensions", value={"speaking": "timing"}), "must have 5 x 1 numbers"),
    ],
)
def test_what_does_not_fit_is_refused(written, tmp_path, change, message):
    data = json.loads(written.read_text())
    change(data["inside"])
    (tmp_path / "changed.json").write_text(json.dumps(data))
    with pytest.raises(RecordError, match=re.escape(message)):
        read_record(tmp_path / "changed.json")


def test_the_life_is_told_before_and_after_each_session(written, tmp_path):
    data = json.loads(written.read_text())
    for name in ("mean", "sd", "reactions"):
        data["inside"]["posterior"][name].pop()
    (tmp_path / "changed.json").write_text(json.dumps(data))
    with pytest.raises(RecordError, match="before and after each session"):
        read_record(tmp_path / "changed.json")


# ---------------------------------------------------------------- drawn and tabled


def said(svg):
    """The words of a figure, in their order."""
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def test_the_dimensions_that_were_learnt_most_are_drawn(view):
    words = said(posterior(view, "#0102a0"))
    most = [name for name in reversed(view.dimensions) if name in words]
    assert [word for word in words if word in view.dimensions] == most
    assert most == list(view.dimensions)[: -SHOWN - 1 : -1]
    # The last one goes from a deviation of 2 to one of 0, the one before to 0.2.
    np.testing.assert_allclose(gone(view)[-2:], [0.99, 1.0])
    assert [word for word in words if word.endswith("%")][:2] == ["100 %", "99 %"]
    assert {"0", "7", "19"} <= set(words)


def test_sweeps_are_drawn_of_the_main_dimensions(view):
    words = said(sweeps(view))
    main = [name for name in MAIN if name in view.dimensions]
    assert [word for word in words if word in view.dimensions] == main
    assert set(view.sweep.outcomes) <= set(words)
    unknown = view.model_copy(
        update={"dimensions": {f"own {i}": "tone" for i in range(len(view.dimensions))}}
    )
    assert [w for w in said(sweeps(unknown)) if w.startswith("own")] == [
        f"own {i}" for i in range(SHOWN - 1)
    ]


def test_figures_are_the_same_twice(view):
    assert posterior(view, "#0102a0") == posterior(view, "#0102a0")
    assert sweeps(view) == sweeps(view)


def test_crosstalk_is_tabled_and_framed_where_the_dimension_acts(view):
    timing, rest = crosstalk(view)
    assert [name for name, _ in timing.rows] == ["waiting", "speaking"]
    assert [name for name, _ in rest.rows] == [n for n in view.dimensions if n not in MAIN[:2]]
    assert timing.of == rest.of == "dimension"
    assert [[cell.framed for cell in cells] for _, cells in timing.rows] == [
        [True, False, False]
    ] * 2
    framed = dict(rest.rows)
    assert [cell.framed for cell in framed["detail"]] == [False, True, False]
    assert [cell.framed for cell in framed["trait 0"]] == [False, False, True]
    # From -1 to 1 by 0.04 for each place in the order; small changes are tinted but not told.
    assert [cells[1].text for _, cells in timing.rows] == ["", "+0.12"]
    assert [cells[1].tint for _, cells in timing.rows] == [0, 14]
    assert framed["detail"][1].text == "+0.08"
    assert framed["trait 6"][1] == ("+0.40", "good", 48, False)
    assert timing.rows[0][1][0].text == NONE
