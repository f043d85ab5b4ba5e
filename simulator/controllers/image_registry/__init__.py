"""The Image Registry Operator of OpenShift 4.2: storage, the objects that make the registry, conditions.

``controller`` is the loop; ``storage`` finds or makes the storage; ``resources`` are the generated objects;
``conditions`` and ``clusteroperator`` tell how it went; ``bootstrap`` and ``removal`` are the beginning and the end.
What differs between releases stands in tables and in files named after one, so that the next comes beside them.
"""

from simulator.controllers.context import Controller
from simulator.controllers.image_registry.controller import CONTROLLER

CONTROLLERS: tuple[Controller, ...] = (CONTROLLER,)

__all__ = ["CONTROLLERS"]
