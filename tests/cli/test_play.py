import pytest


def test_watching_a_day(run) -> None:
    done = run("play", "--persona", "p0042", "--seed", "3", "--points", "3")
    assert done.exit_code == 0
    assert "\x1b" not in done.stdout
    assert "What they felt" in done.stdout
    assert "Mean reward" in done.stdout
    assert run("play", "--persona", "p0042", "--seed", "3", "--points", "3").stdout == done.stdout


def test_being_the_assistant(run) -> None:
    done = run("play", "--you", "--seed", "3", "--points", "3", given="1\n\nq\n")
    assert done.exit_code == 0
    assert "you are the assistant" in done.stdout
    assert "Your choice" in done.stdout


def test_the_end_of_input_ends_the_day(run) -> None:
    done = run("play", "--you", "--seed", "3", "--points", "3", given="")
    assert done.exit_code == 0
    assert "Mean reward" in done.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--persona", "p9999"), "no person 'p9999'"),
        (("--policy", "rude"), "policy must be one of"),
        (("--seed", "-1"), "--seed"),
        (("--points", "0"), "--points"),
    ],
    ids=str,
)
def test_bad_requests_are_refused(run, words: tuple[str, ...], told: str) -> None:
    done = run("play", *words)
    assert done.exit_code == 2
    assert told in done.stderr
