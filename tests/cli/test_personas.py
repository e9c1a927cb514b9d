import json
from pathlib import Path

import pytest

from proactive_gym.language.words import SURVEY_STATEMENTS
from proactive_gym.personas import Population
from proactive_gym.vocabulary import DOMAINS, FACTS, SURVEY_ITEMS


def test_list_shows_who_is_there(run) -> None:
    done = run("personas", "list")
    assert done.exit_code == 0
    assert "\x1b" not in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "p0001" in done.stdout
    assert done.stdout.endswith("20 of 1000 people; --limit 0 shows all.\n")


def test_list_by_split_and_without_limit(run) -> None:
    done = run("personas", "list", "--split", "validation", "--limit", "0")
    listed = tuple(word for word in done.stdout.split() if word[0] == "p" and word[1:].isdigit())
    assert listed == Population.load().split("validation").ids
    assert done.stdout.endswith("80 of 80 people.\n")


def test_search_ignores_case_and_reads_the_whole_card(run) -> None:
    person = Population.load()["p0042"]
    done = run("personas", "list", "--search", person.quote[:30].upper())
    assert "p0042" in done.stdout
    assert done.stdout.endswith("1 of 1 people.\n")


def test_search_without_success(run) -> None:
    done = run("personas", "list", "--search", "[zzz]")
    assert (done.exit_code, done.stdout) == (0, "Nobody's card holds '[zzz]'.\n")


def test_show_tells_everything(run) -> None:
    person = Population.load()["p0042"]
    done = run("personas", "show", "p0042")
    assert done.exit_code == 0
    assert max(map(len, done.stdout.splitlines())) <= 80
    told = " ".join(done.stdout.split())
    for text in (person.name, person.country, person.occupation, person.bio, person.routine):
        assert " ".join(text.split()) in told
    for item, answer in zip(SURVEY_ITEMS, person.survey, strict=True):
        bar = "━" * answer + "·" * (7 - answer)
        start = SURVEY_STATEMENTS[item][:30]
        assert f"{item} {bar} {answer} {start}" in told
    for domain, answer in zip(DOMAINS, person.domains, strict=True):
        assert f"{domain} {'━' * answer}{'·' * (7 - answer)} {answer}" in told
    assert all(fact.replace("_", " ") in told for fact in person.facts)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("show", "p9999"), "no person 'p9999'"),
        (("show", "[red]"), "no person '[red]'"),
        (("show",), "ID"),
        (("list", "--split", "nobody"), "no split 'nobody'"),
        (("list", "--limit", "-1"), "--limit"),
        (("sample", "--n", "0"), "--n"),
        (("sample", "--seed", "-1"), "--seed"),
    ],
    ids=str,
)
def test_bad_requests_are_refused(run, words: tuple[str, ...], told: str) -> None:
    done = run("personas", *words)
    assert done.exit_code == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_sampled_people_are_lines_of_the_data_files_fields(run) -> None:
    done = run("personas", "sample", "--n", "3", "--seed", "5")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["id"] for row in rows] == ["s00000001", "s00000002", "s00000003"]
    path = Path(__file__).resolve().parents[2] / "proactive_gym" / "data" / "personas.jsonl"
    with path.open(encoding="utf-8") as file:
        real = json.loads(file.readline())
    unsampled = {"name", "country", "occupation", "bio", "routine", "quote"}
    for row in rows:
        assert row.keys() == real.keys() - unsampled
        assert row["survey"].keys() == set(SURVEY_ITEMS)
        assert set(row["facts"]) <= set(FACTS)
        assert all(type(row[name]) is type(real[name]) for name in row)


def test_samples_depend_on_the_seed_alone_and_files_hold_the_same(run, tmp_path: Path) -> None:
    out = tmp_path / "new" / "people.jsonl"
    assert run("personas", "sample", "--n", "4", "--out", out).stdout == f"4 people: {out}\n"
    assert out.read_text(encoding="utf-8") == run("personas", "sample", "--n", "4").stdout
    assert out.read_text(encoding="utf-8") != run("personas", "sample", "--seed", "1").stdout
    assert [path.name for path in out.parent.iterdir()] == ["people.jsonl"]


def test_samples_for_a_folder_are_refused(run, tmp_path: Path) -> None:
    done = run("personas", "sample", "--out", tmp_path)
    assert done.exit_code == 2
    assert "Is a directory" in done.stderr
