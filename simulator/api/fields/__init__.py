"""Who manages which field: field sets, how objects differ and merge by them, ``metadata.managedFields``, and apply.

Source: sigs.k8s.io/structured-merge-diff and apimachinery, util/managedfields, of Kubernetes 1.33.

A set of fields is the JSON that ``fieldsV1`` holds: a tree of maps whose keys are steps (``f:NAME``, ``k:{"name":"a"}``
for the item of a list that is a map, ``v:"a"`` for that of a set). A step belongs to the set itself if nothing is
below it, or if it says ``.``:

    {"f:spec": {"f:replicas": {}, "f:selector": {}}}             .spec.replicas and .spec.selector, not .spec
    {"f:metadata": {"f:labels": {".": {}, "f:app": {}}}}         .metadata.labels and .metadata.labels.app

Sets are never changed in place.
"""
