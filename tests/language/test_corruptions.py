from random import Random

import pytest

from proactive_gym.language.corruptions import CORRUPTIONS, Source

SOURCE = Source(
    "Your bus to Lisbon is late, so please leave later.",
    ("Your bus is late.", "Leave later, please.", "Shall I rebook?", "I rebooked your bus."),
    "The user's regular bus towards Lisbon has been delayed by roughly twenty minutes.",
    ("Pay the bill today.", "Water your plants now!"),
)


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_every_corruption_changes_the_message_and_repeats_itself(kind: str) -> None:
    spoilt = CORRUPTIONS[kind](SOURCE, Random(3))
    assert spoilt.strip()
    assert spoilt != SOURCE.message
    assert spoilt == CORRUPTIONS[kind](SOURCE, Random(3))


def test_shuffling_keeps_words_and_punctuation_places() -> None:
    spoilt = CORRUPTIONS["shuffled"](SOURCE, Random(1)).split()
    words = SOURCE.message.split()
    assert sorted(w.strip(",.") for w in spoilt) == sorted(w.strip(",.") for w in words)
    assert [w[-1] in ",." for w in spoilt] == [w[-1] in ",." for w in words]
