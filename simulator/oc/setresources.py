"""``oc set resources``. Source: kubectl, cmd/set/set_resources.go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from simulator.api import quantity as quantities
from simulator.errors import Object
from simulator.oc.errors import fail
from simulator.oc.flags import Flag
from simulator.oc.invocation import Invocation
from simulator.oc.targets import fetch
from simulator.oc.templates import change_template, chosen_containers, template_of, with_containers

RESOURCE_FLAGS: Final = (
    Flag("containers", "The names of containers in the selected pod templates to change", short="c", default="*"),
    Flag("limits", "The resource requirement limits for this container, for example 'cpu=100m,memory=256Mi'."),
    Flag("requests", "The resource requirement requests for this container, for example 'cpu=100m,memory=256Mi'."),
)


async def resources(invocation: Invocation) -> int:
    flags = invocation.flags
    changes = {kind: _amounts(flags.text(kind)) for kind in ("limits", "requests") if flags.text(kind)}
    if not changes:
        raise fail("you must specify an update to requests or limits (in the form of --requests/--limits)")
    for target in (await fetch(invocation, invocation.args, default_all=False)).check():
        chosen = chosen_containers(template_of(target.object)["spec"], flags.text("containers"))
        if not chosen:
            raise fail(f"unable to find container named {flags.text('containers')}")
        change = change_template(
            invocation,
            target,
            lambda spec, chosen=chosen: with_containers(spec, chosen, lambda one: _changed(one, changes)),  # type: ignore[misc]
        )
        if change:
            await invocation.line(f"{target.title} resource requirements updated{invocation.dry_suffix}")
    return 0


def _changed(container: Object, changes: Mapping[str, Mapping[str, str]]) -> Object:
    """The amounts named are set, the others stay."""
    before = container.get("resources") or {}
    return {
        **container,
        "resources": {**before, **{kind: {**(before.get(kind) or {}), **amounts} for kind, amounts in changes.items()}},
    }


def _amounts(text: str) -> dict[str, str]:
    """``cpu=100m,memory=256Mi``."""
    found = {}
    for part in text.split(","):
        name, equals, amount = part.partition("=")
        if not equals:
            raise fail(f"Invalid argument syntax {part}, expected <resource>=<value>")
        try:
            quantities.parse(amount)
        except quantities.BadQuantity as error:
            raise fail(str(error)) from error
        found[name] = amount
    return found
