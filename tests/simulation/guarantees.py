"""What the world promises. A guarantee is a function that tells, in words, how it was broken; nothing when it held.

Those of SAFETY hold at every revision and look at one :class:`Step`; those of LIVENESS hold once the faults have
stopped and all has settled. Each has a counter-example in test_guarantees.py, so that one that sees nothing is noticed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from simulator import migration
from simulator.api.gvrs import PERSISTENTVOLUMECLAIMS, REGISTRYCONFIGS, STATEFULSETS
from simulator.cluster import Cluster
from simulator.controllers.podstate import is_serving
from simulator.errors import Object
from simulator.infra import csi
from simulator.migration import world as registry
from simulator.runtime.clock import parse_rfc3339
from tests.simulation.world import REGISTRY, TARGET, Fold, History, Simulation, Step, fold_of, uid_of

CONFIGS = "configs.imageregistry.operator.openshift.io"
SANDBOXES, VOLUMES = "podsandboxes.infra.ocsim.dev", "volumes.infra.ocsim.dev"
ATTACHMENTS = "volumeattachments.storage.k8s.io"
_STATUSES = ("True", "False", "Unknown")
_WORKLOADS: dict[str, tuple[Callable[[Object], int], str]] = {  # resource -> (how many are wanted, how many there are)
    "deployments.apps": (lambda obj: obj["spec"].get("replicas", 1), "availableReplicas"),
    "statefulsets.apps": (lambda obj: obj["spec"].get("replicas", 1), "readyReplicas"),
    "daemonsets.apps": (lambda obj: obj["status"]["desiredNumberScheduled"], "numberReady"),
}

# One pass of the registry operator takes StorageExists from True to Unknown and back, and writes only the end of it.
_FLIPS_UNSEEN = ("StorageExists",)
_COPIES = ("clusteroperators.config.openshift.io",)

Findings = Iterator[str]


# -- at every revision


def revisions_follow_each_other(step: Step) -> Findings:
    entry = step.entry
    if entry.revision != step.revision + 1:
        yield f"revision {entry.revision} after {step.revision}"
    if entry.object["metadata"]["resourceVersion"] != str(entry.revision):
        yield f"resourceVersion {entry.object['metadata']['resourceVersion']} at revision {entry.revision}"


def time_does_not_run_backwards(step: Step) -> Findings:
    if step.entry.time < step.time:
        yield f"{step.entry.time} after {step.time}"


def a_uid_has_one_bearer(step: Step) -> Findings:
    bearer, uid = (step.entry.resource, step.entry.namespace, step.entry.name), uid_of(step.entry.object)
    if step.bearers.get(uid, bearer) != bearer:
        yield f"uid {uid} of {bearer} belongs to {step.bearers[uid]}"
    if step.before is None and step.entry.verb == "put" and uid in step.bearers:
        yield f"uid {uid} of {bearer} was used before"


def identity_is_kept(step: Step) -> Findings:
    if step.before is not None:
        for name in ("uid", "creationTimestamp"):
            was, now = step.before["metadata"].get(name), step.entry.object["metadata"].get(name)
            if was != now:
                yield f"{name} {was} became {now}"


def generation_only_grows(step: Step) -> Findings:
    was = 0 if step.before is None else step.before["metadata"].get("generation", 0)
    now = step.entry.object["metadata"].get("generation", 0)
    if now < was:
        yield f"generation {now} after {was}"
    if (step.entry.object.get("status") or {}).get("observedGeneration", 0) > now:
        yield f"a generation observed that is not there yet: {step.entry.object['status']['observedGeneration']}"


def deletion_is_final(step: Step) -> Findings:
    """No deletionTimestamp is taken back, and nothing goes while a finalizer holds it."""
    meta = step.entry.object["metadata"]
    if step.entry.verb == "delete":
        if meta.get("finalizers"):
            yield f"gone in spite of {meta['finalizers']}"
        return
    was = {} if step.before is None else step.before["metadata"]
    if "deletionTimestamp" in was and meta.get("deletionTimestamp", "~") > was["deletionTimestamp"]:
        yield "its deletion was taken back or put off"


def a_claim_has_one_volume(step: Step) -> Findings:
    if step.entry.resource == "persistentvolumes":
        holders: dict[str, list[str]] = {}
        for (_, name), volume in step.fold["persistentvolumes"].items():
            if uid := (volume["spec"].get("claimRef") or {}).get("uid"):
                holders.setdefault(uid, []).append(name)
        yield from (f"claim {uid} has {names}" for uid, names in holders.items() if len(names) > 1)


def bound_means_both_ways(step: Step) -> Findings:
    """A claim that says Bound names a volume whose claimRef is this very claim."""
    if step.entry.resource != "persistentvolumeclaims" or step.entry.verb == "delete":
        return
    claim = step.entry.object
    if (claim.get("status") or {}).get("phase") == "Bound":
        volume = step.fold["persistentvolumes"].get(("", claim["spec"].get("volumeName", "")), {})
        reference = volume.get("spec", {}).get("claimRef") or {}
        if reference.get("uid") != uid_of(claim):
            yield f"bound to {claim['spec'].get('volumeName')!r}, whose claimRef is {reference.get('uid')}"


def a_pod_stays_on_its_node(step: Step) -> Findings:
    if step.entry.resource == "pods" and step.before is not None:
        was, now = step.before["spec"].get("nodeName"), step.entry.object["spec"].get("nodeName")
        if was and was != now:
            yield f"bound to {was}, then to {now}"


def no_more_pods_than_asked_for(step: Step) -> Findings:
    """Whoever makes a pod has counted: not even an answer that is lost leads to one too many."""
    pod = step.entry.object
    if step.entry.resource != "pods" or step.before is not None:
        return
    for owner in pod["metadata"].get("ownerReferences") or ():
        found = step.fold.get("replicasets.apps", {}).get((step.entry.namespace, owner["name"]))
        if owner["kind"] == "ReplicaSet" and found is not None and uid_of(found) == owner["uid"]:
            active = [one for one in step.fold["pods"].values() if is_active(one) and is_owned(one, found)]
            if len(active) > found["spec"]["replicas"]:
                yield f"{len(active)} pods of {owner['name']}, which wants {found['spec']['replicas']}"


def conditions_are_well_formed(step: Step) -> Findings:
    """Each type once, a status of three, and a transition time that moves with the status and at no other time.

    A ClusterOperator copies the conditions of another object; it may have missed one turn of two.
    """
    now, was = conditions_of(step.entry.object), conditions_of(step.before or {})
    kinds = [condition["type"] for condition in now]
    if len(set(kinds)) != len(kinds):
        yield f"a type twice: {kinds}"
    known = {condition["type"]: condition for condition in was}
    for condition in now:
        old = known.get(condition["type"], {})
        moved = condition.get("lastTransitionTime")
        if condition.get("status") not in _STATUSES:
            yield f"{condition['type']} is {condition.get('status')!r}"
        if moved and parse_rfc3339(moved) > step.entry.time:
            yield f"{condition['type']} changes in the future"
        may_move = condition["type"] in _FLIPS_UNSEEN or step.entry.resource in _COPIES
        still = bool(old) and old["status"] == condition["status"] and not may_move
        if still and old.get("lastTransitionTime") != moved:
            yield f"{condition['type']} stayed {condition['status']} and has another transition time"


def events_count_up(step: Step) -> Findings:
    event = step.entry.object
    if step.entry.resource != "events" or step.entry.verb == "delete":
        return
    was = 0 if step.before is None else step.before["count"]
    if event["count"] != was + 1:
        yield f"count {event['count']} after {was}"
    if event["lastTimestamp"] < event["firstTimestamp"]:
        yield f"last seen {event['lastTimestamp']}, before {event['firstTimestamp']}"


def the_registry_stays_available(step: Step) -> Findings:
    """A rolling update takes no pod away before another one is ready. Only where no fault takes pods away."""
    if step.entry.resource == "pods" and step.entry.namespace == REGISTRY:
        pods = [pod for (namespace, _), pod in step.fold["pods"].items() if namespace == REGISTRY]
        if not any(is_serving(pod) for pod in pods if pod["metadata"]["labels"].get("docker-registry")):
            yield "no registry pod is ready"


SAFETY: tuple[Callable[[Step], Findings], ...] = (
    revisions_follow_each_other,
    time_does_not_run_backwards,
    a_uid_has_one_bearer,
    identity_is_kept,
    generation_only_grows,
    deletion_is_final,
    a_claim_has_one_volume,
    bound_means_both_ways,
    a_pod_stays_on_its_node,
    no_more_pods_than_asked_for,
    conditions_are_well_formed,
    events_count_up,
)


# -- in the end


def the_registry_has_moved(cluster: Cluster) -> Findings:
    """The conditions say so, the claim is Bound, and in each pod ``df`` shows its volume."""
    client = cluster.client()
    claim = client.get_or_none(PERSISTENTVOLUMECLAIMS, TARGET.claim, REGISTRY) or {}
    if (claim.get("status") or {}).get("phase") != "Bound":
        yield f"the claim is {claim.get('status')}"
    bad = [check for check in migration.verify(client, TARGET.claim) if check.outcome != "pass"]
    yield from (f"{check.id}: {check.saw}" for check in bad)
    conditions = {one["type"]: one["status"] for one in client.get(REGISTRYCONFIGS, "cluster")["status"]["conditions"]}
    wanted = {"Available": "True", "Progressing": "False", "Degraded": "False", "StorageExists": "True"}
    if {name: conditions.get(name) for name in wanted} != wanted:
        yield f"conditions {conditions}"
    pods, wanted_pods = len(registry.registry_pods(client)), client.get(REGISTRYCONFIGS, "cluster")["spec"]["replicas"]
    if pods != wanted_pods:
        yield f"{pods} registry pods, not {wanted_pods}"


def everything_runs(fold: Fold) -> Findings:
    for resource, (wanted, field) in _WORKLOADS.items():
        for (namespace, name), obj in fold[resource].items():
            there = obj.get("status", {}).get(field, 0)
            if there != wanted(obj):
                yield f"{resource} {namespace}/{name}: {there} of {wanted(obj)}"
    for (namespace, name), pod in fold["pods"].items():
        if pod["status"]["phase"] != "Succeeded" and not is_serving(pod):
            yield f"pod {namespace}/{name} is {pod['status']['phase']} and not ready"


def owners_live(fold: Fold) -> Findings:
    living = {uid_of(obj) for table in fold.values() for obj in table.values()}
    for resource, table in fold.items():
        for key, obj in table.items():
            for owner in obj["metadata"].get("ownerReferences") or ():
                if owner["uid"] not in living:
                    yield f"{resource} {key}: its owner {owner['kind']} {owner['name']} is gone"


def nothing_lingers(fold: Fold) -> Findings:
    """All that was deleted is gone: nothing still has a deletionTimestamp."""
    for resource, table in fold.items():
        for key, obj in table.items():
            if "deletionTimestamp" in obj["metadata"]:
                yield f"{resource} {key} still terminates, finalizers {obj['metadata'].get('finalizers', [])}"


def nothing_leaks(fold: Fold) -> Findings:
    """No sandbox or directory of a pod that is gone, no subvolume without its volume, no attachment without a user."""
    pods = {f"{namespace}/{name}": pod for (namespace, name), pod in fold["pods"].items()}
    sources = [volume["spec"].get("csi") or {} for volume in fold["persistentvolumes"].values()]
    provisioned = {csi.volume_name(source["volumeHandle"]) for source in sources if source}
    uids = {uid_of(pod) for pod in pods.values()}
    for (_, name), sandbox in fold.get(SANDBOXES, {}).items():
        if sandbox["spec"]["uid"] not in uids:
            yield f"sandbox {name} has no pod"
    for (_, name), volume in fold.get(VOLUMES, {}).items():
        if volume["spec"].get("pod") and volume["spec"]["pod"] not in pods:
            yield f"volume {name} has no pod"
        if volume["spec"]["backend"] in ("cephfs", "rbd") and name not in provisioned:
            yield f"volume {name} has no PersistentVolume"
    yield from _unused_attachments(fold)


def _unused_attachments(fold: Fold) -> Findings:
    claims = fold["persistentvolumeclaims"]
    used = set()
    for (namespace, _), pod in fold["pods"].items():
        for volume in pod["spec"].get("volumes") or ():
            claim = claims.get((namespace, (volume.get("persistentVolumeClaim") or {}).get("claimName", "")))
            if claim is not None:
                used.add((claim["spec"].get("volumeName"), pod["spec"].get("nodeName")))
    for (_, name), attachment in fold.get(ATTACHMENTS, {}).items():
        spec = attachment["spec"]
        if (spec["source"]["persistentVolumeName"], spec["nodeName"]) not in used:
            yield f"attachment {name} of {spec['source']['persistentVolumeName']} on {spec['nodeName']} has no user"


def the_stores_answer(cluster: Cluster) -> Findings:
    """Where there is a NooBaa, its core and its database are back."""
    client = cluster.client()
    if client.get_or_none(STATEFULSETS, "noobaa-core", "openshift-storage") and not cluster.machines.noobaa.runs():
        yield "noobaa does not answer"


def another_process_has_nothing_to_do(cluster: Cluster) -> Findings:
    """Who lists everything anew finds it settled: what was done does not hang on what a process remembers."""
    again = Cluster(cluster.profile, cluster.state.fork(), seed=f"{cluster.seed}+")
    revision = again.state.revision
    again.manager.start()
    again.clock.run_until_idle(3600)
    written = again.state.history(revision)
    yield from (f"{entry.cause} wrote {entry.resource} {entry.namespace}/{entry.name}" for entry in written)


LIVENESS: tuple[Callable[[Fold], Findings], ...] = (everything_runs, owners_live, nothing_lingers, nothing_leaks)


# -- all of them


def broken_in(history: History, *more: Callable[[Step], Findings]) -> list[str]:
    """Every finding of SAFETY, and of ``more``, in the order of revisions."""
    return [
        f"{guarantee.__name__}: revision {step.entry.revision}, {step.entry.resource} "
        f"{step.entry.namespace}/{step.entry.name} by {step.entry.cause}: {finding}"
        for step in history.steps()
        for guarantee in (*SAFETY, *more)
        for finding in guarantee(step)
    ]


def findings(simulation: Simulation) -> list[str]:
    """Run a simulation to its end and look at everything. [] is what all want to see."""
    rested = simulation.run()
    throughout = () if simulation.faults.machines else (the_registry_stays_available,)
    found = broken_in(simulation.history, *throughout)
    if not rested:
        found.append(f"never_at_rest: the next timer is due at {simulation.cluster.clock.next_due()}")
    cluster = simulation.cluster
    ends: list[tuple[str, Iterator[str]]] = [(one.__name__, one(fold_of(cluster.state))) for one in LIVENESS]
    ends += [
        (one.__name__, one(cluster))
        for one in (the_registry_has_moved, the_stores_answer, another_process_has_nothing_to_do)
    ]
    return found + [f"{name}: {finding}" for name, results in ends for finding in results]


# -- readers


def conditions_of(obj: Object) -> list[Object]:
    conditions: list[Object] = (obj.get("status") or {}).get("conditions") or []
    return conditions


def is_active(pod: Object) -> bool:
    return "deletionTimestamp" not in pod["metadata"] and pod["status"]["phase"] not in ("Succeeded", "Failed")


def is_owned(pod: Object, owner: Object) -> bool:
    return any(one["uid"] == uid_of(owner) for one in pod["metadata"].get("ownerReferences") or ())
