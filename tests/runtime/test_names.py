import uuid

from simulator.runtime.names import SAFE_ALPHABET, Names, uuid1


def test_one_seed_gives_one_sequence() -> None:
    first, second, other = Names(1), Names(1), Names(2)
    drawn = [first.suffix() for _ in range(5)]
    assert drawn == [second.suffix() for _ in range(5)]
    assert drawn != [other.suffix() for _ in range(5)]
    assert len(set(drawn)) == 5


def test_an_epoch_continues_with_other_names() -> None:
    assert Names(1, epoch=0).suffix() != Names(1, epoch=7).suffix()


def test_suffixes_use_the_safe_alphabet() -> None:
    """apimachinery, util/rand: no vowels, no 0, 1 and 3, so that no word is spelled by accident."""
    letters = set(Names(3).suffix(1000))
    assert letters == set(SAFE_ALPHABET)
    assert not letters & set("aeiou013")


def test_a_version_1_uid_tells_its_time_and_master() -> None:
    """As the lab's: 52880e6b-f962-11e9-8995-12a861d1434e is of 2019-10-28."""
    made = uuid.UUID(Names(0).uid(1_572_253_629.0, "12a861d1434e"))
    assert made.version == 1
    assert f"{made.node:012x}" == "12a861d1434e"
    assert abs((made.time - 0x01B21DD213814000) / 1e7 - 1_572_253_629.0) < 1.001
    lab = uuid.UUID("52880e6b-f962-11e9-8995-12a861d1434e")
    assert uuid1(lab.time, 0x8995, "12a861d1434e") == str(lab)


def test_a_version_4_uid_is_one() -> None:
    assert uuid.UUID(Names(0).uid4()).version == 4
