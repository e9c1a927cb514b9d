from proactive_agents.lm.recent import Recent


def test_what_was_asked_for_longest_ago_is_forgotten() -> None:
    asked: list[str] = []

    def length(text: str) -> int:
        asked.append(text)
        return len(text)

    recent = Recent(length, most=2)
    assert [recent(text) for text in ("a", "bb", "a", "ccc", "a", "bb")] == [1, 2, 1, 3, 1, 2]
    assert asked == ["a", "bb", "ccc", "bb"]
