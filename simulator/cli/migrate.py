"""``ocsim migrate``: plan, apply and verify the move of the registry's storage."""

from __future__ import annotations

import json
from pathlib import Path

import click

from simulator import migration
from simulator.cli.hands import cluster_options, console_at_hand, read_here, write_here
from simulator.migration import Check, Plan, Target

_MARKS = {"pass": "✓", "warn": "!", "fail": "✗", "skipped": "–"}


@click.group("migrate")
def command() -> None:
    """Move the image registry's storage to a claim, with the checks before and after."""


@command.command("plan")
@click.option("--claim", default=Target.claim, show_default=True, help="Name of the claim.")
@click.option("--storage-class", default=Target.storage_class, show_default=True, help="Its storage class.")
@click.option("--size", default=Target.size, show_default=True, help="Its size, as a quantity.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the plan to this file, for apply.")
@cluster_options
def plan(claim: str, storage_class: str, size: str, out: Path | None, profile: str, seed: str) -> int:
    """Look at the cluster and say what would change. Writes nothing to it."""
    client = console_at_hand(profile, seed).client()
    made = migration.make_plan(client, Target(claim, storage_class, size))
    _show_plan(made)
    if out is not None:
        write_here(out, made.to_yaml())
        click.echo(f"The plan is in {out}.")
    return 0 if made.possible() else 1


@command.command("apply")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@cluster_options
def apply(file: Path | None, profile: str, seed: str) -> int:
    """Carry out the plan in FILE, or one made now with the defaults."""
    client = console_at_hand(profile, seed).client()
    made = migration.make_plan(client, Target()) if file is None else migration.read_plan(read_here(file), str(file))
    if not made.possible():
        _show_plan(made)
        return 1
    for step in migration.apply(client, made):
        click.echo(f"✓ {step.name}: {step.text}")
    return _show_checks(migration.verify(client, made.target.claim))


@command.command("verify")
@click.option("--claim", default=Target.claim, show_default=True, help="The claim that the registry should use.")
@cluster_options
def verify(claim: str, profile: str, seed: str) -> int:
    """Look whether the registry stores in the claim: configuration, conditions, and the mounts inside its pods."""
    return _show_checks(migration.verify(console_at_hand(profile, seed).client(), claim))


def _show_plan(made: Plan) -> None:
    _show_checks(made.checks)
    click.echo("\nThe change of configs.imageregistry.operator.openshift.io/cluster:")
    width = max(len(operation["op"]) for operation in made.patch)
    for operation in made.patch:
        value = f" {json.dumps(operation['value'])}" if "value" in operation else ""
        click.echo(f"  {operation['op']:<{width}} {operation['path']}{value}")
    if not made.possible():
        click.echo("\nThis plan cannot be applied: see the checks marked ✗.")


def _show_checks(checks: list[Check]) -> int:
    for check in checks:
        click.echo(f"{_MARKS[check.outcome]} {check.id}: {check.saw}")
        if check.do:
            click.echo(f"  {check.do}")
    return 1 if any(check.outcome == "fail" for check in checks) else 0
