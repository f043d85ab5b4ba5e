"""Objects of built-in kinds in protobuf, as kubectl's ``create`` and controllers of Go send them; answers are JSON.

``messages.json`` has the messages of all kinds (made by ``tools/protobuf_messages.py``):

    "k8s.io.api.core.v1.Secret": [[number, name in JSON, code, flags], ...]

A code is ``s`` string, ``i`` integer, ``b`` boolean, ``n`` double, ``f`` float, ``y`` bytes, or the name of a message;
``[`` before it a list, ``{`` a map from strings. The flag ``^``: the fields of the message stand in its parent; ``0``:
a zero value is told, where others are the same as nothing.
"""

from simulator.api.protobuf.decoding import decode_object

__all__ = ["decode_object"]
