"""``oc set image``. Source: kubectl, cmd/set/set_image.go."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.errors import Object
from simulator.oc.errors import fail
from simulator.oc.invocation import Invocation
from simulator.oc.targets import fetch
from simulator.oc.templates import NO_TARGETS, change_template, chosen_containers, template_of, with_containers


async def image(invocation: Invocation) -> int:
    words = [word for word in invocation.args if "=" not in word]
    changes = dict(word.split("=", 1) for word in invocation.args if "=" in word)
    problems = []
    if not words and not invocation.flags.texts("filename"):
        problems.append(NO_TARGETS)
    if not changes:
        problems.append("at least one image update is required")
    if problems:
        raise fail(problems[0] if len(problems) == 1 else f"[{', '.join(problems)}]")
    for target in (await fetch(invocation, words, default_all=False)).check():
        known = chosen_containers(template_of(target.object)["spec"], "*")
        for name in changes:
            if name not in (*known, "*"):
                raise fail(f'unable to find container named "{name}"')
        if change_template(invocation, target, lambda spec: _with_images(spec, changes)):
            await invocation.line(f"{target.title} image updated{invocation.dry_suffix}")
    return 0


def _with_images(spec: Object, changes: Mapping[str, str]) -> Object:
    def changed(container: Object) -> Object:
        wanted = changes.get(container["name"], changes.get("*"))
        return container if wanted is None else {**container, "image": wanted}

    return with_containers(spec, chosen_containers(spec, "*"), changed)
