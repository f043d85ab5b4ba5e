"""Names, labels and the rest of ``metadata``. Source: apimachinery, util/validation/validation.go of 1.14."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from simulator.api.resourcetable import ResourceType
from simulator.api.validation.fields import Errors, Literal
from simulator.errors import Object

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_LABEL_1035 = "[a-z]([-a-z0-9]*[a-z0-9])?"
_QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_LABEL_VALUE = f"({_QUALIFIED})?"
_MAX_LABEL, _MAX_SUBDOMAIN = 63, 253
_MAX_ANNOTATIONS = 256 * 1024

_SUBDOMAIN_TEXT = (
    "a DNS-1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end "
    f"with an alphanumeric character (e.g. 'example.com', regex used for validation is '{_SUBDOMAIN}')"
)
_LABEL_TEXT = (
    "a DNS-1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an "
    f"alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '{_LABEL}')"
)
_LABEL_1035_TEXT = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, "
    "and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', "
    f"regex used for validation is '{_LABEL_1035}')"
)
_QUALIFIED_TEXT = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    f"character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '{_QUALIFIED}')"
)
_LABEL_VALUE_TEXT = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    f"'{_LABEL_VALUE}')"
)
_FREE_NAMES = ("rbac.authorization.k8s.io", "user.openshift.io", "oauth.openshift.io", "image.openshift.io")
"""Groups whose names only have to fit in a path."""


def validate_metadata(resource: ResourceType, meta: Mapping[str, Any], errors: Errors) -> None:
    """The metadata of a new object, its name first."""
    name = meta.get("name")
    if not name:
        errors.required("metadata.name", "name or generateName is required")
    else:
        validate_name(resource, name, errors)
    _validate_maps(meta, errors)
    _validate_owners(meta, errors)


def validate_metadata_update(
    resource: ResourceType, meta: Mapping[str, Any], old: Mapping[str, Any], wanted: Object, errors: Errors
) -> None:
    sent = wanted.get("metadata") or {}
    for key in ("name", "namespace", "uid"):
        if sent.get(key) and sent[key] != old.get(key):
            errors.invalid(f"metadata.{key}", sent[key], "field is immutable")
    if resource.custom and not sent.get("resourceVersion"):
        errors.invalid("metadata.resourceVersion", Literal("0x0"), "must be specified for an update")
    if "deletionTimestamp" in old:
        added = sorted(set(meta.get("finalizers") or ()) - set(old.get("finalizers") or ()))
        if added:
            found = "[]string{" + ", ".join(map(json.dumps, added)) + "}"
            errors.forbidden(
                "metadata.finalizers",
                f"no new finalizers can be added if the object is being deleted, found new finalizers {found}",
            )
    if meta is not old:
        _validate_maps(meta, errors)
        _validate_owners(meta, errors)


def validate_name(resource: ResourceType, name: str, errors: Errors, path: str = "metadata.name") -> None:
    if resource.group in _FREE_NAMES:
        for part in ("/", "%"):
            if part in name:
                errors.invalid(path, name, f"may not contain '{part}'")
        if name in (".", ".."):
            errors.invalid(path, name, f"may not be '{name}'")
    elif resource.key == "services":
        _check(path, name, _LABEL_1035, _LABEL_1035_TEXT, _MAX_LABEL, errors)
    elif resource.key == "namespaces":
        _check(path, name, _LABEL, _LABEL_TEXT, _MAX_LABEL, errors)
    else:
        _check(path, name, _SUBDOMAIN, _SUBDOMAIN_TEXT, _MAX_SUBDOMAIN, errors)


def validate_label_name(path: str, name: str, errors: Errors) -> None:
    """A DNS-1123 label, as containers and volumes are named by."""
    _check(path, name, _LABEL, _LABEL_TEXT, _MAX_LABEL, errors)


def validate_subdomain(path: str, name: str, errors: Errors) -> None:
    _check(path, name, _SUBDOMAIN, _SUBDOMAIN_TEXT, _MAX_SUBDOMAIN, errors)


def validate_labels(labels: Mapping[str, Any], path: str, errors: Errors) -> None:
    for key, value in sorted(labels.items()):
        _validate_key(key, path, errors)
        if len(value) > _MAX_LABEL:
            errors.invalid(path, value, f"must be no more than {_MAX_LABEL} characters")
        if not _fits(_LABEL_VALUE, value):
            errors.invalid(path, value, _LABEL_VALUE_TEXT)


def _fits(pattern: str, text: str) -> bool:
    return _is_match(pattern, text) if len(text) <= _MAX_SUBDOMAIN else re.fullmatch(pattern, text) is not None


@lru_cache(maxsize=2048)
def _is_match(pattern: str, text: str) -> bool:
    """Labels and keys repeat from object to object."""
    return re.fullmatch(pattern, text) is not None


def _check(path: str, name: str, pattern: str, text: str, limit: int, errors: Errors) -> None:
    if len(name) > limit:
        errors.invalid(path, name, f"must be no more than {limit} characters")
    if not _fits(pattern, name):
        errors.invalid(path, name, text)


def _validate_key(key: str, path: str, errors: Errors) -> None:
    prefix, slash, name = key.rpartition("/")
    if slash and not prefix:
        errors.invalid(path, key, "prefix part must be non-empty")
    elif slash and not _fits(_SUBDOMAIN, prefix):
        errors.invalid(path, key, f"prefix part {_SUBDOMAIN_TEXT}")
    if not name:
        errors.invalid(path, key, "name part must be non-empty")
    elif len(name) > _MAX_LABEL:
        errors.invalid(path, key, f"name part must be no more than {_MAX_LABEL} characters")
    if not _fits(_QUALIFIED, name):
        errors.invalid(path, key, _QUALIFIED_TEXT)


def _validate_maps(meta: Mapping[str, Any], errors: Errors) -> None:
    validate_labels(meta.get("labels") or {}, "metadata.labels", errors)
    annotations = meta.get("annotations") or {}
    for key in annotations:
        _validate_key(key.lower(), "metadata.annotations", errors)
    if sum(len(key) + len(value) for key, value in annotations.items()) > _MAX_ANNOTATIONS:
        errors.invalid("metadata.annotations", "", f"must have at most {_MAX_ANNOTATIONS} characters")


def _validate_owners(meta: Mapping[str, Any], errors: Errors) -> None:
    for index, owner in enumerate(meta.get("ownerReferences") or ()):
        for key in ("apiVersion", "kind", "name", "uid"):
            if not owner.get(key):
                detail = "version must not be empty" if key == "apiVersion" else f"{key} must not be empty"
                errors.invalid(f"metadata.ownerReferences[{index}].{key}", owner.get(key, ""), detail)
