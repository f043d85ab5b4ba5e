"""The contract that every log keeps."""

import pytest

from simulator.log.entry import Compacted, Entry, Log, LogConflict, Snapshot


def entry(revision: int, text: str = "") -> Entry:
    body = {"metadata": {"name": f"n{revision}", "resourceVersion": str(revision)}, "data": {"text": text}}
    return Entry(revision, 100.5 + revision, "kube:admin", "put", "configmaps", "demo", f"n{revision}", body)


def fill(log: Log, last: int) -> None:
    for revision in range(log.head() + 1, last + 1):
        log.append(revision - 1, [entry(revision)])


def folded(revision: int) -> Snapshot:
    objects = [("configmaps", "demo", f"n{r}", entry(r).object) for r in range(1, revision + 1)]
    return Snapshot(revision, entry(revision).time, objects)


def revisions(log: Log, after: int) -> list[int]:
    return [found.revision for found in log.read(after)]


def test_an_empty_log_has_nothing(log):
    assert (log.head(), log.read(0), log.snapshot(), log.wait(0, 0)) == (0, [], None, False)


def test_what_is_appended_is_read_back_whole(log):
    written = [entry(1), entry(2, 'snowman ☃, quote ", newline \n, nul \0, lone surrogate \ud800')]
    log.append(0, written[:1])
    log.append(1, written[1:])
    assert log.read(0) == written
    assert log.read(1) == written[1:]
    assert log.read(2) == []
    assert log.head() == 2


def test_several_entries_go_in_as_one(log):
    fill(log, 2)
    log.append(2, [entry(3), entry(4), entry(5)])
    assert revisions(log, 0) == [1, 2, 3, 4, 5]


def test_several_entries_found_a_log(log):
    log.append(0, [entry(1), entry(2)])
    assert revisions(log, 0) == [1, 2]


def test_no_entries_are_no_write_but_tell_a_conflict(log):
    fill(log, 2)
    log.append(2, [])
    with pytest.raises(LogConflict):
        log.append(1, [])
    assert log.head() == 2


@pytest.mark.parametrize("after", [0, 1, 2, 4, 9], ids=lambda after: f"after-{after}")
@pytest.mark.parametrize("count", [1, 3])
def test_an_append_anywhere_but_at_the_head_is_refused_whole(open_log, after, count):
    fill(open_log(), 3)
    for log in (open_log(), open_log()):
        with pytest.raises(LogConflict):
            log.append(after, [entry(after + 1 + i, "late") for i in range(count)])
        assert log.read(0) == [entry(1), entry(2), entry(3)]


def test_an_append_is_refused_when_another_handle_was_faster(open_log):
    slow, fast = open_log(), open_log()
    fill(slow, 1)
    fast.append(1, [entry(2, "fast")])
    with pytest.raises(LogConflict):
        slow.append(1, [entry(2, "slow")])
    with pytest.raises(LogConflict):
        slow.append(1, [entry(2, "slow"), entry(3, "slow")])
    assert slow.read(1) == [entry(2, "fast")]
    slow.append(2, [entry(3)])
    assert fast.head() == 3


@pytest.mark.parametrize("wrong", [[1], [3], [2, 4], [2, 2], [3, 2]], ids=str)
def test_revisions_that_do_not_follow_are_a_programming_error(log, wrong):
    fill(log, 1)
    with pytest.raises(ValueError, match="do not follow 1"):
        log.append(1, [entry(revision) for revision in wrong])
    assert log.head() == 1


def test_a_log_may_start_behind_a_base(open_log):
    log = open_log(start=1000)
    assert log.head() == 1000
    assert log.read(1000) == []
    with pytest.raises(Compacted):
        log.read(999)
    with pytest.raises(LogConflict):
        log.append(0, [entry(1)])
    log.append(1000, [entry(1001)])
    assert (log.head(), revisions(log, 1000)) == (1001, [1001])
    assert open_log(start=1000).head() == 1001


def test_reading_past_the_head_finds_nothing(log):
    fill(log, 2)
    assert log.read(7) == []


def test_wait_tells_of_something_newer(open_log):
    reader, writer = open_log(), open_log()
    assert not reader.wait(0, 0.01)
    fill(writer, 1)
    assert reader.wait(0, 60)
    assert not reader.wait(1, 0)


def test_wait_tells_of_something_newer_that_is_compacted_already(log):
    fill(log, 3)
    log.compact(folded(3))
    assert log.wait(2, 60)
    assert not log.wait(3, 0)


def test_compaction_replaces_the_past(open_log):
    log = open_log()
    fill(log, 5)
    log.compact(folded(3))
    for handle in (log, open_log()):
        assert handle.snapshot() == folded(3)
        assert revisions(handle, 3) == [4, 5]
        assert revisions(handle, 4) == [5]
        assert handle.head() == 5
        with pytest.raises(Compacted):
            handle.read(2)
        with pytest.raises(Compacted):
            handle.read(0)


def test_a_log_compacted_to_its_head_remembers_it(open_log):
    fill(open_log(), 3)
    open_log().compact(folded(3))
    log = open_log()
    assert (log.head(), log.read(3)) == (3, [])
    with pytest.raises(Compacted):
        log.read(2)
    with pytest.raises(LogConflict):
        log.append(2, [entry(3)])
    log.append(3, [entry(4)])
    assert revisions(log, 3) == [4]


def test_an_older_compaction_changes_nothing(log):
    fill(log, 5)
    log.compact(folded(4))
    log.compact(folded(2))
    assert log.snapshot() == folded(4)
    assert revisions(log, 4) == [5]
    log.compact(folded(5))
    assert (log.snapshot(), log.read(5)) == (folded(5), [])


def test_compacting_what_was_never_written_is_a_programming_error(log):
    fill(log, 2)
    with pytest.raises(ValueError, match="of revision 3 of a log that ends at 2"):
        log.compact(folded(3))
    assert revisions(log, 0) == [1, 2]


def test_a_log_that_starts_behind_a_base_can_be_compacted_to_it(open_log):
    log = open_log(start=3)
    log.compact(folded(3))
    assert (log.snapshot(), log.head()) == (folded(3), 3)
    log.append(3, [entry(4)])
    assert revisions(log, 3) == [4]
