"""What changed in how the API server answers reads."""

from __future__ import annotations

from typing import Final

from simulator.release import Change

SELECTOR_FAULTS_HAVE_PATHS: Final = Change(
    "A fault in a label selector is told with its place: values[0][app].",
    False,
    ("4.8", True),
    source="Kubernetes 1.21, apimachinery, pkg/labels/selector.go",
)
SELECTOR_OPERATORS: Final = Change(
    "The operators that the refusal of a label selector names.",
    "'=', '!=', '==', 'in', notin'",
    ("4.9", "in, notin, =, ==, !=, gt, lt"),
    source="Kubernetes 1.22, apimachinery, pkg/labels/selector.go",
)
REMAINING_ITEMS: Final = Change(
    "A page of a list tells how many objects come after it.", False, ("4.3", True), source="Kubernetes 1.16"
)
WATCH_BOOKMARKS: Final = Change(
    "A watch may ask for bookmarks: events that only tell how far it is.",
    False,
    ("4.3", True),
    source="Kubernetes 1.16, KEP-956",
)
VERSION_MATCHES: Final = Change(
    "A list may say how its resourceVersion is meant: exact, or not older than.",
    False,
    ("4.6", True),
    source="Kubernetes 1.19, KEP-2523",
)
INITIAL_EVENTS: Final[Change[bool | None]] = Change(
    "A watch may ask for sendInitialEvents: all there is, then a bookmark. (None: it is not known at all.) Kubernetes "
    "1.33 has this switched off again and 1.34 on; here it stays on, as clients that ask get along with either.",
    None,
    ("4.14", False),
    ("4.19", True),
    source="Kubernetes 1.27 and 1.32, KEP-3157",
)
TOO_OLD_IS_EXPIRED: Final = Change(
    "A watch from too long ago ends with reason Expired rather than Gone.",
    False,
    ("4.4", True),
    source="Kubernetes 1.17, storage/cacher/watch_cache.go",
)
