"""Security context constraints: what a pod may be, and who it runs as. One file each:

| file           | what                                                           |
| -------------- | -------------------------------------------------------------- |
| ``constraint`` | a constraint, and the order in which they are tried            |
| ``provider``   | a constraint with the ranges of a namespace                    |
| ``prescription`` | what it fills in                                             |
| ``faults``     | why it does not admit a pod; ``containers``: a container       |
| ``wording``    | single faults in the server's words                            |
| ``usable``     | which there are, and who may use them                          |
| ``standard``   | what stands in where a cluster says nothing                    |

Source: openshift/apiserver-library-go, sccadmission/admission.go (4.2, 4.20).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from simulator.api.admission.refusal import forbidden
from simulator.api.admission.security.faults import faults
from simulator.api.admission.security.prescription import prescribed
from simulator.api.admission.security.provider import Provider
from simulator.api.admission.security.standard import is_component, is_platform, narrowest, without_masters
from simulator.api.admission.security.usable import BY_ACCOUNT, BY_USER, Candidate, Constraints, Place
from simulator.api.authorization import MASTERS
from simulator.api.resourcetable import ResourceType
from simulator.api.types import User
from simulator.changes.access import EVERY_CONSTRAINT_ANSWERS
from simulator.changes.api import REQUIRED_CONSTRAINT, RESTRICTED_CONSTRAINT, SUBJECT_OF_CONSTRAINT
from simulator.errors import Object
from simulator.release import Dated

if TYPE_CHECKING:
    from simulator.api.server import ApiServer

SCC: Final = "openshift.io/scc"
_REQUIRED: Final = "openshift.io/required-scc"
_SUBJECT: Final = "security.openshift.io/validated-scc-subject-type"
_RUN_LEVEL: Final = "openshift.io/run-level"  # namespaces of the control plane start before this step works
_UNABLE: Final = "unable to validate against any security context constraint"
_CHANGED: Final = f"invalid change of required security context constraint annotation: {_REQUIRED}"
_WOULD_FIT: Final = (
    "no access to scc/restricted: Forbidden: the pod fails to validate against the `restricted-v2` security context "
    "constraint, but would validate successfully against the `restricted` security context constraint"
)
_OF_COLLECTOR: Final = ("finalizers", "ownerReferences", "resourceVersion", "managedFields", "generation")


def assign_security_context(
    server: ApiServer,
    operation: str,
    user: User,
    resource: ResourceType,
    obj: Object,
    old: Object | None,
    subresource: str,
) -> Object:
    """Annotate the pod with the constraint that admits it, and fill in what that prescribes for its namespace.

    Forbidden when there is none. A change of a pod that is there must need nothing filled in.
    """
    if resource.key != "pods" or _is_ignored(operation, user, obj, old, subresource):
        return obj
    stored = server.state.get("namespaces", "", obj["metadata"]["namespace"])
    namespace = stored.object if stored is not None else {"metadata": {"name": obj["metadata"]["namespace"]}}
    if (namespace["metadata"].get("labels") or {}).get(_RUN_LEVEL) in ("0", "1"):
        return obj
    required = _annotation(obj, _REQUIRED) if REQUIRED_CONSTRAINT.at(server.release) else ""
    if old is not None and REQUIRED_CONSTRAINT.at(server.release) and required != _annotation(old, _REQUIRED):
        raise forbidden(resource, obj, _CHANGED)
    constraints = server.constraints
    constraints.refresh(server)
    place, trial = constraints.place(namespace), Trial(server.release, obj, is_new=operation == "CREATE")
    if not trial.run(_candidates(server, user, place, obj, required)):
        raise forbidden(resource, obj, _refusal(trial, place.providers, required))
    return trial.admitted


def _is_ignored(operation: str, user: User, obj: Object, old: Object | None, subresource: str) -> bool:
    """Subresources, pods of Windows, and what changes nothing that a constraint looks at."""
    if subresource or operation not in ("CREATE", "UPDATE"):
        return True
    if (obj["spec"].get("os") or {}).get("name") == "windows":
        return True
    if operation == "CREATE" or old is None:
        return operation != "CREATE"
    return MASTERS in user.groups or (obj["spec"] == old["spec"] and _of_collector(obj) == _of_collector(old))


def _of_collector(pod: Object) -> Object:
    """What the garbage collector does not change. Source: kubernetes, registry/rbac/helpers.go."""
    return {key: value for key, value in pod["metadata"].items() if key not in _OF_COLLECTOR and value}


def _annotation(pod: Object, key: str) -> str:
    return (pod["metadata"].get("annotations") or {}).get(key) or ""


# -- candidates


def _candidates(server: ApiServer, user: User, place: Place, pod: Object, required: str) -> Sequence[Candidate]:
    """In the order in which they are tried."""
    providers, component = place.providers, is_component(user)
    if required and required not in providers:
        return ()
    if component and (server.constraints.bare or is_platform(user, place.namespace["metadata"]["name"])):
        wanted = (required,) if required else narrowest(server.release)
        plain = RESTRICTED_CONSTRAINT.at(server.release)
        return [(providers[one], BY_USER if one == plain else BY_ACCOUNT) for one in wanted if one in providers]
    user, account = without_masters(user) if component else user, pod["spec"].get("serviceAccountName") or ""
    every = server.constraints.candidates(server, user, place, account)
    return [one for one in every if one[0].constraint.name == required] if required else every


# -- the trial


class Trial:
    """Tries the candidates on a pod. ``said``: what speaks against them; ``unusable``: the names of those that nobody
    may use here.
    """

    def __init__(self, release: Dated, pod: Object, *, is_new: bool) -> None:
        self.release, self.pod, self.is_new = release, pod, is_new
        self.admitted = pod
        self.said: list[str] = []
        self.unusable: list[str] = []

    def run(self, candidates: Iterable[Candidate]) -> bool:
        """Whether one admits the pod: a new one as it fills it in, an old one only as it is."""
        for provider, subject in candidates:
            if not subject:
                self._note_unusable(provider.constraint.name)
                continue
            filled = prescribed(self.pod, provider, self.release)
            found = faults(filled, provider, self.release)
            if not found and (self.is_new or _is_same(filled, self.pod)):
                self.admitted = self._annotated(filled, provider.constraint.name, subject)
                return True
            self.said += found
        return False

    def _note_unusable(self, name: str) -> None:
        self.unusable.append(name)
        if EVERY_CONSTRAINT_ANSWERS.at(self.release):
            self.said.append(f'provider "{name}": Forbidden: not usable by user or serviceaccount')

    def _annotated(self, pod: Object, name: str, subject: str) -> Object:
        noted = {SCC: name}
        if SUBJECT_OF_CONSTRAINT.at(self.release):
            noted[_SUBJECT] = subject
        annotations = {**(pod["metadata"].get("annotations") or {}), **noted}
        return {**pod, "metadata": {**pod["metadata"], "annotations": annotations}}


def _is_same(filled: Object, pod: Object) -> bool:
    notes = filled["metadata"].get("annotations") or {}
    return bool(filled["spec"] == pod["spec"] and notes == (pod["metadata"].get("annotations") or {}))


# -- refusals


def _refusal(trial: Trial, providers: dict[str, Provider], required: str) -> str:
    if required and required not in providers:
        what = f'securitycontextconstraints.security.openshift.io "{required}" not found'
        return f'failed to retrieve the required SCC "{required}": {what}'
    plain = providers.get("restricted")
    tried_both = "restricted-v2" in providers and not required
    asked = plain is not None and tried_both and "restricted" in trial.unusable
    if plain and asked and not faults(prescribed(trial.pod, plain, trial.release), plain, trial.release):
        trial.said.append(_WOULD_FIT)
    return f"{_UNABLE}: {_joined(trial.said, trial.release)}"


def _joined(said: Sequence[str], release: Dated) -> str:
    """As the release prints its list of errors: as an aggregate, each once, or as a slice."""
    if not EVERY_CONSTRAINT_ANSWERS.at(release):
        return f"[{' '.join(said)}]"
    once = list(dict.fromkeys(said))
    return once[0] if len(once) == 1 else f"[{', '.join(once)}]"


__all__ = ["SCC", "Constraints", "assign_security_context"]
