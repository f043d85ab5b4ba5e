"""Applying one object: conflicts are tried again, other errors are worded as the operator words them."""

from typing import Any

import pytest

from simulator.controllers.image_registry.errors import OperatorError
from simulator.controllers.image_registry.resources import apply_object, apply_objects
from simulator.controllers.image_registry.resources.service import Service
from simulator.errors import Conflict, Forbidden, StatusError

CONFLICT = 'Operation cannot be fulfilled on services "image-registry": the object has been modified'


class Stubborn(Service):
    """A Service whose first writes fail."""

    def __init__(self, work: Any, *errors: StatusError) -> None:
        super().__init__(work)
        self.errors = list(errors)
        self.tries = 0

    def _fail(self) -> None:
        self.tries += 1
        if self.errors:
            raise self.errors.pop(0)

    def create(self) -> None:
        self._fail()
        super().create()

    def update(self, existing: Any) -> None:
        self._fail()
        super().update(existing)


def test_a_conflict_is_tried_again(running: Any) -> None:
    service = Stubborn(running.work({}), Conflict(CONFLICT), Conflict(CONFLICT))
    apply_object(service)
    assert service.tries == 3


def test_a_conflict_that_lasts_is_the_error_as_it_is(running: Any) -> None:
    service = Stubborn(running.work({}), *[Conflict(CONFLICT)] * 9)
    with pytest.raises(OperatorError) as caught:
        apply_objects([service])
    assert str(caught.value) == f"unable to apply objects: {CONFLICT}"


@pytest.mark.parametrize(("started", "verb"), [(False, "create"), (True, "update")])
def test_another_error_names_the_object(started: bool, verb: str, cluster: Any) -> None:
    if started:
        cluster.start()
    service = Stubborn(cluster.work({}), Forbidden("exceeded quota"))
    with pytest.raises(OperatorError) as caught:
        apply_object(service)
    name = "Namespace=openshift-image-registry, Name=image-registry"
    assert str(caught.value) == f"failed to {verb} object *v1.Service, {name}: exceeded quota"
    assert service.tries == 1
