"""Objects of built-in kinds in protobuf, as kubectl's ``create`` and controllers of Go send them.

Answers are JSON, which such clients take as well and which costs less to make, but for who takes nothing else.

``messages.json`` has the messages of all kinds (made by ``tools/protobuf_messages.py``):

    "k8s.io.api.core.v1.Secret": [[number, name in JSON, code, flags], ...]

A code is ``s`` string, ``i`` integer, ``b`` boolean, ``n`` double, ``f`` float, ``y`` bytes, or the name of a message;
``[`` before it a list, ``{`` a map from strings. The flag ``^``: the fields of the message stand in its parent; ``0``:
a zero value is told, where others are the same as nothing.
"""

from simulator.api.protobuf.decoding import decode_object
from simulator.api.protobuf.encoding import encode_event, encode_object, is_encodable

__all__ = ["decode_object", "encode_event", "encode_object", "is_encodable"]
