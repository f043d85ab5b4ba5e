"""The matching engine: strict by default; elisions, placeholders, normalisers, rows in any order, alignment."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.lab.match import Names, align, damaged_lines, match
from simulator.lab.normalise import FOREIGN, KINDS, STRICT, Rules
from simulator.runtime.names import SAFE_ALPHABET

ALL = Rules(KINDS)


def fits(expected: str, actual: str, rules: Rules = STRICT, names: Names | None = None) -> bool:
    return match(expected.split("\n"), actual.split("\n"), rules, names or Names()) is not None


@pytest.mark.parametrize(
    ("expected", "actual", "verdict"),
    [
        ("a\nb", "a\nb", True),
        ("a\nb", "a\nc", False),
        ("a", "a\nb", False),
        ("", "", True),
        ("", "a", False),
        ("a  b", "a   b", False),
        ("a\tb", "a b", False),
        (" a", "a", False),
        ("a", "a   ", True),  # blanks at the end of a line do not count
        ("a\n\n", "a", True),  # nor do blank lines at the end
        ("\na", "a", False),
        ("a\n...\nd", "a\nb\nc\nd", True),
        ("a\n...\nd", "a\nd", True),
        ("a\n...\nd", "a\nb\nc", False),
        ("...", "", True),
        ("...\nb\n...", "a\nb\nc", True),
        ("...\nb\n...\nb", "b", False),  # one line cannot serve twice
        ("...\na\nb", "a\na\nb", True),
        ("a\n  ...\nb", "a\nx\nb", True),
        ("a [..] c", "a b b c", True),
        ("a [..]c", "a c", True),
        ("[..]", "anything", True),
        ("x[..]y", "x", False),
        ("[..]a[..]b", "xxaxbxb", True),
        ("[..]a[..]b[..]c", "bac", False),
        ("a[..]a", "a", False),
        ("[..][..]", "x", True),
        ("a.c", "abc", False),  # nothing else is a pattern
        ("<none>", "<none>", True),
        ("got 2: [S3 PVC]", "got 2: [S3 PVC]", True),
        ("5s", "6s", False),
        ("pod-x2x4x", "pod-b2b4b", False),
    ],
)
def test_strict(expected: str, actual: str, verdict: bool) -> None:
    assert fits(expected, actual) is verdict


@pytest.mark.parametrize(
    ("kind", "page", "here"),
    [
        ("age", "3h16m", "4s"),
        ("age", "60s", "2y15d"),
        ("age", "Created:\t\t3 hours ago", "Created:\t\tAbout a minute ago"),
        ("age", "Created: 3 hours ago", "Created: an hour ago"),
        ("age", "1 (117s ago)", "1 (2m ago)"),
        ("uid", "pvc-b7339457-fb23-11e9-846d-0a3016334dd1", "pvc-00000000-0000-4000-8000-000000000000"),
        ("uid", "csi-vol-5b88bd0e-fc09-11e9-9939-0a580a820206 x", "csi-vol-5b88bd0e-fc09-11e9-9939-0a580a820207 x"),
        ("resourceVersion", '  resourceVersion: "16463"', '  resourceVersion: "7"'),
        ("resourceVersion", '"resourceVersion": "16463",', '"resourceVersion": "7",'),
        ("resourceVersion", "Resource Version:  16463", "Resource Version:  7"),
        ("name", "image-registry-7489584ddc-jhw2j", "image-registry-6c4dbbcdbb-9bl8w"),
        ("name", "pod/image-registry-7489584ddc-jhw2j ok", "pod/image-registry-6c4dbbcd-9bl8w ok"),
        ("name", "node-ca-4x477", "node-ca-zzzzz"),
        ("name", "replicaset image-registry-7489584ddc", "replicaset image-registry-6c4dbbcdbb"),
        ("name", "rook-ceph-mds-fs-a-756df8b4kp9kr", "rook-ceph-mds-fs-a-8568c68dmzctp"),
        ("ip", "172.30.107.130:6789", "10.0.0.1:6789"),
        ("ip", "ip-10-0-136-247.ec2.internal", "ip-10-0-1-2.ec2.internal"),
        ("timestamp", 'creationTimestamp: "2019-10-28T09:07:09Z"', 'creationTimestamp: "2020-01-01T00:00:00Z"'),
        ("timestamp", "Mon, 28 Oct 2019 09:07:09 +0000", "Tue, 29 Oct 2019 10:00:00 +0000"),
        ("timestamp", "Mon Oct 28 09:07:09 UTC 2019", "Tue Nov  5 10:00:00 UTC 2019"),
    ],
)
def test_each_normaliser_lets_its_own_kind_differ_and_no_other_does(kind: str, page: str, here: str) -> None:
    assert fits(page, here, Rules(frozenset({kind})))
    assert not fits(page, here, Rules(KINDS - {kind}))


@pytest.mark.parametrize(
    ("page", "here"),
    [
        ("image-registry-7489584ddc-jhw2j", "cluster-registry-6c4dbbcdbb-9bl8w"),  # another stem
        ("image-registry-7489584ddc-jhw2j", "image-registry-jhw2j"),  # another shape
        ("node-ca-4x477", "node-ca-4x47a"),  # no suffix of this alphabet
        ("port 8443-https", "port 8443-xhttp"),  # a word, not a suffix
        ("3h", "3x"),
        ("Running 5m", "Pending 5m"),
        ("1.2.3.4", "1.2.3"),
    ],
)
def test_normalisers_leave_the_rest_of_a_line_strict(page: str, here: str) -> None:
    assert not fits(page, here, ALL)


def test_many_gaps_in_a_line_stay_cheap() -> None:
    assert not fits("[..]a[..]b[..]c[..]a[..]b[..]d", "abc" * 20_000)
    assert fits("[..]a[..]b[..]c[..]a[..]b[..]c", "abc" * 20_000)


def test_a_name_means_the_same_thing_everywhere() -> None:
    assert fits("node-ca-4x477\nnode-ca-4x477", "node-ca-bbbbb\nnode-ca-bbbbb", ALL)
    assert not fits("node-ca-4x477 node-ca-4x477", "node-ca-bbbbb node-ca-ccccc", ALL)
    assert not fits("a: node-ca-4x477\nb: node-ca-4x477", "a: node-ca-bbbbb\nb: node-ca-ccccc", ALL)


def test_a_rolled_deployment_gets_a_new_name() -> None:
    names = match(["web-7489584ddc-jhw2j"], ["web-6c4dbbcdbb-9bl8w"], ALL, Names())
    assert names is not None
    names = match(["web-5d5d5d5d5d-bbbbb"], ["web-4f4f4f4f4f-ccccc"], ALL, names)
    assert names is not None
    assert names.here("oc rsh web-7489584ddc-jhw2j") == "oc rsh web-6c4dbbcdbb-9bl8w"
    assert names.here("oc logs pod/web-5d5d5d5d5d-bbbbb -f") == "oc logs pod/web-4f4f4f4f4f-ccccc -f"
    assert names.here("oc get rs web-5d5d5d5d5d") == "oc get rs web-4f4f4f4f4f"
    assert names.on_page("pod/web-4f4f4f4f4f-ccccc") == "pod/web-5d5d5d5d5d-bbbbb"


def test_widths_of_a_table_follow_its_longest_cell() -> None:
    page = "NAME                       READY   AGE\nweb-7489584dd-jhw2j        1/1     5m\n"
    here = "NAME                        READY   AGE\nweb-7489584ddc-jhw2b        1/1     10s\n"
    assert fits(page, here, ALL)
    assert not fits(page, here)
    assert not fits("a b", "a  b", ALL)  # a single blank is no gap between cells


TABLE = """\
NAME             READY   STATUS    AGE
node-ca-4x477    1/1     Running   3h
node-ca-d82rv    0/1     Pending   3h
web-0            1/1     Running   3h"""


def test_rows_that_are_sorted_by_generated_names_may_stand_in_any_order() -> None:
    here = """\
NAME             READY   STATUS    AGE
node-ca-bbbbb    0/1     Pending   1h
node-ca-ccccc    1/1     Running   1h
web-0            1/1     Running   1h"""
    names = match(TABLE.split("\n"), here.split("\n"), ALL, Names())
    assert names is not None
    assert names.carried == {"node-ca-4x477": "node-ca-ccccc", "node-ca-d82rv": "node-ca-bbbbb"}
    assert not fits(TABLE, here, Rules(frozenset({"age"})))
    assert not fits(TABLE, here.replace("Pending", "Running"), ALL)


def test_lines_without_generated_names_keep_their_order() -> None:
    assert not fits("NAME   AGE\na      5m\nb      5m", "NAME   AGE\nb      5m\na      5m", ALL)


def test_placeholders_are_captured_and_used_again() -> None:
    names = match(["pod [..pod] on [..node]", "again [..pod]"], ["pod a-1 on n", "again a-1"], STRICT, Names())
    assert names is not None
    assert names.captured == {"pod": "a-1", "node": "n"}
    assert names.here("oc rsh [..pod] [..]") == "oc rsh a-1 [..]"
    assert names.missing("[..pod] [..other]") == ["other"]
    assert not fits("x [..pod]", "x b", names=names)
    assert not fits("x [..pod] y", "x two words y")


def test_a_foreign_page_may_have_damaged_indentation_and_its_own_elisions() -> None:
    page, here = "status:\nreason: S3 Bucket Exists", "status:\n    reason: S3 Bucket Exists"
    assert fits(page, here, FOREIGN)
    assert not fits(page, here, ALL)
    assert damaged_lines(page.split("\n"), here.split("\n"), FOREIGN) == [1]
    assert damaged_lines(page.split("\n"), here.split("\n"), ALL) == []
    for elision in ("...", "[...]", "<...>", "…", "[output omitted]", "<snip>", "[...truncated...]"):
        assert fits(f"a\n{elision}\nz", "a\nb\nc\nz", FOREIGN), elision
    assert fits("\na\n", "a", FOREIGN)


words = st.text(alphabet="abc 5-.[]$\t", max_size=8)
outputs = st.lists(words, max_size=8)
generated = st.text(alphabet=SAFE_ALPHABET, min_size=5, max_size=5).filter(lambda text: text not in ("https", "nfsv4"))


@given(outputs, st.sampled_from([STRICT, ALL, FOREIGN]))
def test_every_output_matches_itself(lines: list[str], rules: Rules) -> None:
    assert match(lines, lines, rules, Names()) is not None


@given(outputs, st.data())
def test_eliding_any_lines_of_an_output_still_matches(lines: list[str], data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(lines)))
    stop = data.draw(st.integers(start, len(lines)))
    assert match([*lines[:start], "...", *lines[stop:]], lines, STRICT, Names()) is not None


@given(outputs, outputs)
def test_strict_means_equal_up_to_trailing_blanks(one: list[str], other: list[str]) -> None:
    def plain(lines: list[str]) -> str:
        return "\n".join(line.rstrip() for line in lines).rstrip("\n")

    if not any("[.." in line or line.strip() == "..." for line in one):
        assert (match(one, other, STRICT, Names()) is not None) is (plain(one) == plain(other))


@given(
    st.lists(generated, min_size=1, max_size=8, unique=True), st.lists(generated, min_size=8, max_size=8, unique=True)
)
def test_names_are_carried_one_to_one(page: list[str], here: list[str]) -> None:
    header = "NAME           READY"
    shown = [header, *(f"node-ca-{suffix}  1/1" for suffix in sorted(page))]
    actual = [header, *(f"node-ca-{suffix}  1/1" for suffix in sorted(here[: len(page)]))]
    names = match(shown, actual, ALL, Names())
    assert names is not None
    assert sorted(names.carried.values()) == sorted(f"node-ca-{suffix}" for suffix in here[: len(page)])
    assert match(shown, actual, ALL, names) == names  # and the second look finds the same


@given(outputs, outputs)
def test_an_alignment_covers_both_sides_once(expected: list[str], actual: list[str]) -> None:
    pairs = align(expected, actual, STRICT, Names())
    assert [pair.expected for pair in pairs if pair.expected is not None] == list(range(len(expected)))
    assert [j for pair in pairs for j in range(pair.start, pair.stop)] == list(range(len(actual)))
