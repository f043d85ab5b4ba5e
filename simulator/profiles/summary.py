"""What one profile is: for ``ocsim profile show``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from simulator.errors import Object
from simulator.log.state import State
from simulator.profiles import Profile, facts

_WORDS = {"apiServer": "API server", "csiDrivers": "CSI drivers"}


def summary(profile: Profile, state: State) -> Object:
    """As plain data, in the order in which it is shown."""
    counts = facts.counts(state)
    return {
        "name": profile.name,
        "title": profile.title,
        "release": {"openshift": profile.release.version, "kubernetes": profile.release.kubernetes},
        "cluster": facts.cluster(profile, state),
        "user": profile.user,
        "nodes": _rows(facts.nodes(state)),
        "storageClasses": _rows(facts.storage_classes(state)),
        "registry": facts.registry(state),
        "objects": {"total": sum(counts.values()), "bytes": _size(state), "byResource": dict(counts)},
    }


def as_text(shown: Object) -> str:
    """The same for a terminal."""
    return "\n".join(_lines(shown)) + "\n"


def _lines(shown: Object) -> Iterator[str]:
    yield from _pairs({"Name": shown["name"], "Title": shown["title"]})
    release, objects = shown["release"], shown["objects"]
    yield from _pairs({"Release": f"{release['openshift']} (Kubernetes {release['kubernetes']})"})
    yield from _pairs({words(key): value for key, value in shown["cluster"].items()})
    yield from _pairs({"User": shown["user"]})
    yield from _section(
        f"Nodes ({len(shown['nodes'])})", shown["nodes"], ("name", "roles", "type", "zone", "cpu", "memory")
    )
    columns = ("name", "provisioner", "default", "reclaimPolicy", "binding")
    yield from _section(f"Storage classes ({len(shown['storageClasses'])})", shown["storageClasses"], columns)
    yield "\nImage registry:" if shown["registry"] else "\nImage registry: none"
    yield from (f"  {key}: {value_text(value)}" for key, value in shown["registry"].items())
    yield f"\nObjects: {objects['total']} of {len(objects['byResource'])} kinds, {objects['bytes'] / 2**20:.1f} MiB"
    ordered = sorted(objects["byResource"].items(), key=lambda item: (-item[1], item[0]))
    yield from (f"  {count:>5}  {name}" for name, count in ordered)


def table(rows: Sequence[Mapping[str, object]], columns: Sequence[str]) -> Iterator[str]:
    """Aligned columns under headings; one that no row fills is left out."""
    shown = [name for name in columns if any(row.get(name) for row in rows)]
    cells = [[words(name).upper() for name in shown], *([str(row.get(name, "")) for name in shown] for row in rows)]
    widths = [max(len(row[index]) for row in cells) for index in range(len(shown))]
    for row in cells:
        yield "   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def words(key: str) -> str:
    """``Storage classes`` of ``storageClasses``."""
    spaced = "".join(f" {char.lower()}" if char.isupper() else char for char in key)
    return _WORDS.get(key, spaced[:1].upper() + spaced[1:])


def value_text(value: object) -> str:
    """A value as YAML would say it on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if value != {} else "{}"


def _pairs(values: Mapping[str, object]) -> Iterator[str]:
    return (f"{key + ':':<21}{value}" for key, value in values.items())


def _section(title: str, rows: Sequence[Mapping[str, object]], columns: Sequence[str]) -> Iterator[str]:
    yield f"\n{title}:"
    yield from (f"  {line}" for line in table(rows, columns))


def _rows(named: facts.Facts) -> list[Object]:
    return [{"name": name, **row} for name, row in named.items()]


def _size(state: State) -> int:
    """Bytes of all objects as JSON."""
    return sum(len(stored.data()) for resource in state.resources() for stored in state.list(resource))
