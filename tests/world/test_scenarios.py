import json
import re

import numpy as np
import pytest

from proactive_gym.data.records import data_path, load_splits
from proactive_gym.errors import DataError
from proactive_gym.vocabulary import ACTIVITIES, DOMAINS, FACTS
from proactive_gym.world.scenarios import (
    SCENARIO_SETTINGS,
    SETTINGS,
    ScenarioTable,
    load_scenarios,
)


def _written(tmp_path, change):
    lines = data_path("scenarios.jsonl").read_text("utf-8").splitlines()[:3]
    scenario = json.loads(lines[1])
    change(scenario)
    lines[1] = json.dumps(scenario)
    path = tmp_path / "scenarios.jsonl"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def test_all_scenarios_are_read_in_file_order():
    scenarios = load_scenarios()
    lines = data_path("scenarios.jsonl").read_text("utf-8").splitlines()
    assert [s.id for s in scenarios] == [json.loads(line)["id"] for line in lines]
    assert len(scenarios) == 240


def test_message_is_found_by_its_words():
    written = json.loads(data_path("scenarios.jsonl").read_text("utf-8").splitlines()[7])
    scenario = load_scenarios()[7]
    assert (
        scenario.message("ask", "detailed", "formal")
        == written["messages"]["ask"]["detailed_formal"]
    )
    assert scenario.message("act", "brief", "casual") == written["messages"]["act"]["brief_casual"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("benefit", 6),
        ("benefit", 2.5),
        ("urgency", 0),
        ("window_h", 0),
        ("hours", [14, 8]),
        ("hours", [8, 25]),
        ("activities", []),
        ("activities", ["sleeping"]),
        ("requires", ["rich"]),
        ("domain", "weather"),
        ("situation", " "),
        ("surprise", 1),
    ],
)
def test_broken_field_is_named(tmp_path, field, value):
    path = _written(tmp_path, lambda scenario: scenario.update({field: value}))
    with pytest.raises(DataError, match=rf'scenarios.jsonl, line 2, field "{field}"'):
        load_scenarios(path)


def test_missing_message_is_named(tmp_path):
    path = _written(tmp_path, lambda scenario: scenario["messages"]["ask"].pop("brief_formal"))
    with pytest.raises(DataError, match=re.escape('line 2, field "messages.ask.brief_formal"')):
        load_scenarios(path)


def test_table_says_what_the_scenarios_say():
    table, scenarios = ScenarioTable.load(), load_scenarios()
    seen = load_splits().scenarios_seen
    for code in (0, 61, 239):
        scenario = scenarios[code]
        assert DOMAINS[table.domain[code]] == scenario.domain
        assert table.benefit[code] == scenario.benefit
        assert tuple(table.hours[code]) == scenario.hours
        assert {ACTIVITIES[i] for i in np.flatnonzero(table.activities[code])} == {
            *scenario.activities
        }
        assert {FACTS[i] for i in np.flatnonzero(table.requires[code])} == {*scenario.requires}
        assert {SETTINGS[i] for i in np.flatnonzero(table.settings[code])} == {*scenario.settings}
        assert table.seen[code] == (scenario.id in seen)
    assert table.seen.sum() == len(seen)


def test_table_is_shared_and_read_only():
    assert ScenarioTable.load() is ScenarioTable.load()
    with pytest.raises(ValueError, match="read-only"):
        ScenarioTable.load().benefit[0] = 0


def test_table_refuses_an_unknown_seen_id():
    with pytest.raises(DataError, match="nowhere-01"):
        ScenarioTable.of(load_scenarios(), {"nowhere-01"})


def test_settings_speak_of_existing_scenarios_that_can_have_them():
    by_id = {s.id: s for s in load_scenarios()}
    for scenario_id, settings in SCENARIO_SETTINGS.items():
        assert set(settings) <= set(SETTINGS)
        if "away" in settings or "public" in settings:
            assert set(by_id[scenario_id].activities) - {"in_bed", "getting_ready"}
        if "workday" in settings:
            assert "works" in by_id[scenario_id].requires
