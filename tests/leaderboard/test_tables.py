import re

import numpy as np
import pytest

from proactive_gym.errors import RecordError
from proactive_gym.leaderboard.columns import COLUMNS
from proactive_gym.leaderboard.compose import person_rewards
from proactive_gym.leaderboard.heatmaps import by_pair
from proactive_gym.leaderboard.markdown import to_markdown
from proactive_gym.leaderboard.standings import standings
from proactive_gym.leaderboard.tables import (
    NONE,
    REFERENCE,
    SHAKY,
    judged_table,
    main_tables,
    seen_table,
    share,
    signed,
    source_table,
    stability_table,
    training_table,
)
from proactive_gym.leaderboard.views import (
    by_session,
    gain_by_session,
    group_means,
    place_means,
    run_rewards,
)
from proactive_gym.leaderboard.wording import (
    headline,
    judged_note,
    references_note,
    shaky_note,
    versions,
    whom,
)


def cells_of(table, agent):
    return next(row for row in table.rows if row.agent.text == agent)


def test_the_cells_of_reward_follow_from_the_records(all_kinds):
    placed = standings(all_kinds)
    table = main_tables(placed)[0]
    assert [row.agent.text for row in table.rows] == [
        "oracle-observed", "linucb", "population", "silent",
    ]  # fmt: skip
    assert [row.rank.text for row in table.rows] == [REFERENCE, f"1{SHAKY}", "2", "3"]
    linucb = cells_of(table, "linucb")
    own = next(r for r in all_kinds if r.agent == "linucb")
    expected = float(person_rewards(own).mean())
    assert linucb.reward.text == signed(expected)
    low, high = own.results["reward"].low, own.results["reward"].high
    assert linucb.reward.interval == f"{signed(low)} to {signed(high)}"
    # Each person more and each session more gets 1 / 20 more; the frozen copy does not.
    gain = np.mean([p + s for p in range(4) for s in range(3)]) / 20
    assert linucb.gain_late.text == signed(gain)
    assert cells_of(table, "population").gain_late.text == NONE
    # The oracle has 0.5 where it has 0.3, 0.31 and 0.32.
    assert (linucb.regret.text, linucb.regret.interval) == (signed(0.19), "+0.190 to +0.190")
    assert cells_of(table, "oracle-observed").regret.text == signed(0)
    # The gain grows from 1.5 to 3.5 twentieths, 2.5 in the mean: nine tenths are there in the 2nd.
    assert (linucb.sessions_to_most.text, linucb.sessions_to_most.value) == ("2", 2)
    assert cells_of(table, "silent").sessions_to_most.text == NONE
    # Everybody fares better with it than with the next.
    assert (linucb.improvement.text, linucb.improvement.interval) == ("1.00", "1.00 to 1.00")
    # 0.3 of the first run, 0.01 more of each other: 0.21 of the 0.4 between 0.1 and 0.5.
    assert linucb.gap_closed.text == share(0.21 / 0.4)
    assert cells_of(table, "silent").improvement.text == NONE


def test_the_cells_of_timing_and_people(all_kinds):
    placed = standings(all_kinds)
    _, timing, people = main_tables(placed)
    linucb = cells_of(timing, "linucb")
    assert linucb.timing_right.text == share(14 / 20)
    assert linucb.balanced_accuracy.text == f"{(8 / 12 + 1 - 1 / 5) / 2:.2f}"
    assert linucb.temporal_appropriateness.text == f"{(9 - 1 - 4) / 20:+.2f}"
    assert linucb.intervention_rate.text == share(10 / 20)
    assert linucb.autonomy_match.text == share(6 / 10)
    assert linucb.style_match.text == share(5 / 10)
    silent = cells_of(timing, "silent")
    assert silent.intervention_rate.text == share(0)
    assert (silent.autonomy_match.text, silent.autonomy_match.interval) == (NONE, "")
    found = cells_of(people, "linucb")
    assert (found.satisfaction.text, found.trust.text, found.comfort.text) == (
        "4.50", "4.00", "3.50",
    )  # fmt: skip
    assert (found.retention.text, found.harmed.text) == (share(1), share(0))
    assert (found.act_us.text, found.observe_us.text, found.state_bytes.text) == (
        "12.5", "0", "3,040",
    )  # fmt: skip


def test_the_other_tables(all_kinds):
    placed = standings(all_kinds)
    seen = cells_of(seen_table(placed), "population")
    sums = {n: t.sum() for n, t in all_kinds[2].raw().items()}
    assert seen.reward_seen.text == signed(sums["reward_seen"] / sums["points_seen"])
    assert seen.unseen_minus_seen.value == pytest.approx(
        seen.reward_unseen.value - seen.reward_seen.value
    )
    judged = judged_table(placed)
    assert [row.agent.text for row in judged.rows] == ["linucb", "population", "silent"]
    assert judged.rows[0].alternatives.text == "+0.250"
    assert judged.rows[0].judgments_count.text == "5"
    stable = cells_of(stability_table(placed), "linucb")
    assert (stable.survives.text, stable.next_below.text) == (share(0.5), "population")
    assert stable.reward_elsewhere.text == "+0.200 to +0.400"
    trained = cells_of(training_table(placed), "linucb")
    own = run_rewards(all_kinds[1])
    assert own[1] - own[0] == pytest.approx(0.01)
    assert trained.run_rewards.text == ", ".join(signed(r) for r in own)
    assert trained.last_told.text == "; ".join(["steps 4,000,000, reward 0.3"] * 3)
    source = cells_of(source_table(placed), "population")
    assert source.command.text == "proactive-gym benchmark population"
    assert source.commit.text == "0123456789ab"


def test_what_needs_an_oracle_or_a_gain_is_left_empty_without(make_record):
    table = main_tables(standings([make_record(), make_record("silent", -0.3, runs=0)]))[0]
    for row in table.rows:
        assert (row.regret.text, row.regret.interval) == (NONE, "")
        assert (row.sessions_to_most.text, row.gain_late.text) == (NONE, NONE)


def test_every_column_is_explained(all_kinds):
    placed = standings(all_kinds)
    tables = [*main_tables(placed), seen_table(placed), judged_table(placed)]
    tables += [stability_table(placed), training_table(placed), source_table(placed)]
    used = {field for table in tables for field in table.kind._fields}
    assert used == set(COLUMNS)
    assert all(len(row) == len(table.columns) for table in tables for row in table.rows)


def test_views_agree_with_the_results(all_kinds):
    record = all_kinds[1]
    found = by_session(record, ["reward", "satisfaction"])
    assert found["reward"].mean.mean() == pytest.approx(record.results["reward"].mean, abs=1e-5)
    assert found["satisfaction"].mean == pytest.approx([4.5] * 3)
    assert (found["reward"].low < found["reward"].mean).all()
    gain = gain_by_session(record, ["reward"])["reward"]
    assert gain.mean == pytest.approx([(1.5 + session) / 20 for session in range(3)])
    assert by_session(all_kinds[3], ["style_match"])["style_match"].mean == pytest.approx(
        [np.nan] * 3, nan_ok=True
    )
    assert place_means(record, "domain", "reward") == pytest.approx([1.0] * 13)
    young, old, nobody = group_means(record, "age")
    assert old - young == pytest.approx(2 / 20)
    assert np.isnan(nobody)


def test_pairs_tell_how_often_people_fare_better_with_one_than_with_another(make_record):
    def record_of(agent, *means):
        record = make_record(agent, runs=0)
        rows = [[20 * mean] * 3 for mean in means]
        run = record.runs[0].model_copy(update={"told": {**record.runs[0].told, "reward": rows}})
        return record.model_copy(update={"runs": [run]})

    placed = standings(
        [
            record_of("best", 0.5, 0.4, 0.3, 0.2),
            record_of("worst", 0.4, 0.4, 0.1, 0.3),
            record_of("low", -0.1, -0.2, -0.3, -0.4),
        ]
    )
    found = by_pair(placed)
    assert found.heads == [("", ["best", "worst", "low"])]
    assert [name for name, _ in found.rows] == ["best", "worst", "low"]
    # Better with two of four, worse with one, a tie counts half.
    texts = [[cell.text for cell in cells] for _, cells in found.rows]
    assert texts == [[NONE, "0.62", "1.00"], ["0.38", NONE, "1.00"], ["0.00", "0.00", NONE]]
    sides = [[cell.side for cell in cells] for _, cells in found.rows]
    assert (sides[0][1], sides[1][0], sides[2][0]) == ("good", "bad", "bad")
    tints = np.array([[cell.tint for cell in cells] for _, cells in found.rows])
    assert (tints == tints.T).all()
    assert tints[0, 2] == tints.max() == 4 * tints[0, 1] > 0 == tints[0, 0]


def test_a_pair_of_equals_has_no_tint(make_record):
    found = by_pair(standings([make_record("a"), make_record("b")]))
    assert [(c.text, c.tint) for _, cells in found.rows for c in cells] == [
        (NONE, 0), ("0.50", 0), ("0.50", 0), (NONE, 0),
    ]  # fmt: skip


def test_sentences(all_kinds, make_record):
    placed = standings(all_kinds)
    assert whom(placed).startswith(
        "4 agents met 4 simulated held-out people of the test split: 2 lives with each, of "
        "3 sessions x 10 decision points"
    )
    assert headline(placed).startswith("linucb leads with a mean reward of +0.4")
    assert "does not survive" in headline(placed)
    assert "linucb stays ahead of population in 50 %" in shaky_note(placed)
    assert shaky_note(standings([make_record()])) == ""
    assert headline(standings([make_record()])).startswith("ppo stands alone")
    assert "no rank" in headline(standings([make_record("oracle-full", insider=True)]))
    other = make_record("other", 0.1, versions={"python": "3.12.0"})
    assert versions(standings([make_record(), other])) == [
        "ppo: python 3.11.0.", "other: python 3.12.0.",
    ]  # fmt: skip


def test_what_an_agent_was_told_of_people_stands_beside_it(make_record):
    asked = {"usual": None, "stranger": "none", "patient": "survey"}
    placed = standings(
        [
            make_record(name, 0.1 * i, profile=profile, judged=True)
            for i, (name, profile) in enumerate(asked.items())
        ]
    )
    rows = main_tables(placed)[0].rows
    assert {row.agent.text: (row.rank.text, row.about.text) for row in rows} == {
        "patient": (REFERENCE, "does what it does; told the survey"),
        "stranger": ("1", "does what it does; told nothing of the person"),
        "usual": ("2", "does what it does"),
    }
    assert whom(placed).endswith(
        ": demographics, unless an agent is said to be told something else."
    )
    assert references_note(placed) == (
        "Agents without a rank were told more of the person than the suite tells: patient "
        "(the survey)."
    )
    # Told the survey, it can be checked without the simulator, but is not ranked there either.
    assert [row.agent.text for row in judged_table(placed).rows] == ["patient", "stranger", "usual"]
    assert judged_note(placed).endswith("stranger, of rank 1 on the suite.")
    assert "stranger leads" in headline(placed)
    assert "does what it does; told the survey" in to_markdown(placed)


def test_references_are_said_to_be_why_they_are_none(make_record, all_kinds):
    placed = standings(all_kinds)
    assert whom(placed).endswith("a person: demographics.")
    assert references_note(placed) == "Agents without a rank read the simulator."
    told = make_record("patient", profile="survey")
    assert references_note(standings([*all_kinds, told])) == (
        "Agents without a rank read the simulator, or were told more of the person than the suite "
        "tells: patient (the survey)."
    )
    assert references_note(standings([make_record()])) == ""


def test_markdown_holds_every_agent_and_cell(all_kinds):
    placed = standings(all_kinds)
    page = to_markdown(placed)
    assert page.startswith("# Leaderboard of tiny-v0\n")
    for table in main_tables(placed):
        assert f"## {table.title}" in page
        for row in table.rows:
            line = next(part for part in page.splitlines() if part.startswith(f"| {row.rank.text}"))
            assert row.agent.text in line
    reward = main_tables(placed)[0].rows[1].reward
    assert f"{reward.text} ({reward.interval})" in page
    assert "`proactive-gym benchmark linucb`" in page
    assert "simulated held-out people" in page
    assert to_markdown(standings(reversed(all_kinds))) == page


def test_every_row_of_markdown_has_as_many_cells_as_its_head(all_kinds, make_record):
    odd = make_record("a|b", about="either `x|y` or\n<script>", command="a `b` | c")
    page = to_markdown(standings([*all_kinds, odd]))
    assert "<script>" not in page.replace("\\<", "")
    assert "``" in page
    width = 0
    for line in page.splitlines():
        bars = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
        assert width in (0, bars) or bars == 0, line
        width = bars


@pytest.mark.parametrize("people", ["test", "validation"])
def test_a_single_bare_record_is_enough(make_record, people):
    record = make_record(runs=0, groups={}, commit=None)
    suite = record.suite.model_copy(update={"people": people})
    made = record.made_of.model_copy(update={"suite": suite})
    page = to_markdown(standings([record.model_copy(update={"made_of": made})]))
    assert f"of the {people} split" in page
    assert "no rank was checked" in page
    assert "No ranked agent was checked" in page


def test_without_records_there_is_no_leaderboard():
    with pytest.raises(RecordError):
        to_markdown([])
