"""The Image Registry Operator: storage, the objects that make the registry, conditions. It works as its release does.

``controller`` is the main loop, ``loops`` are those with a single purpose, which it has since 4.5; ``storage`` finds or
makes the storage; ``resources`` are the generated objects; ``conditions`` and ``clusteroperator`` tell how it went;
``bootstrap`` and ``removal`` are the beginning and the end.

What differs between releases is data with ``since`` and ``until`` (types, parts of objects, rows of conditions), or
has a name in ``simulator/changes/registry.py``. The release is that of the operator's own Deployment.
"""

from simulator.controllers.context import Controller
from simulator.controllers.image_registry import loops
from simulator.controllers.image_registry.controller import CONTROLLER

CONTROLLERS: tuple[Controller, ...] = (CONTROLLER, *loops.CONTROLLERS)

__all__ = ["CONTROLLERS"]
