"""Secrets: left out, replaced or kept; and what is as secret as they are in other places.

| where                                         | what                                                              |
|-----------------------------------------------|-------------------------------------------------------------------|
| ``data`` and ``stringData`` of Secrets        | each value; its keys stay                                         |
| annotations of Secrets                        | the last applied configuration, and tokens                        |
| any text anywhere                             | a value that a Secret has, as it is or in base64; private keys,   |
|                                               | JSON web tokens, OAuth tokens, keys of AWS, passwords in URLs     |
| variables of containers, fields by their name | what is called password, token, secret, ...                       |
| kubeconfigs and logins for registries         | the credentials in them                                           |
| OAuth access and authorize tokens             | the whole objects: even their names are secret                    |

One value gets one placeholder wherever it stands, so that what belonged together still does.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from typing import Any, Final, Literal

from simulator.controllers.labels import annotations_of
from simulator.controllers.serviceaccount_pullsecrets import ACCOUNT, LOGINS_KEY, hosts_of, logins
from simulator.errors import Object
from simulator.profiles.importing.kinds import Item, Items, place_of
from simulator.profiles.importing.placeholders import NAMED, Placeholders
from simulator.profiles.importing.report import Report

Mode = Literal["leave-out", "replace", "keep"]

SECRETS: Final = "secrets"
_NEVER: Final = ("oauthaccesstokens.oauth.openshift.io", "oauthauthorizetokens.oauth.openshift.io",
                 "useroauthaccesstokens.oauth.openshift.io")  # fmt: skip
_LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
_SECRET_ANNOTATIONS: Final = ("openshift.io/token-secret.value",)
_CEPH_USERS: Final = ("adminID", "userID")
_SHORTEST: Final = 8  # a shorter value of a Secret could be any word

_BY_NAME: Final = re.compile(
    r"(?i)(pass(word|wd|phrase)?|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|credentials?)$"
)
_REFERENCE: Final = re.compile(r"(?i)(secret|credentials?)$")  # such a field may as well hold the name of a Secret
_NAME: Final = re.compile(r"[a-z0-9]([-.a-z0-9]{0,38}[a-z0-9])?")
_PATTERNS: Final = (
    ("a private key", re.compile(r"-----BEGIN ([A-Z ]*)PRIVATE KEY-----.*?-----END \1PRIVATE KEY-----", re.S)),
    ("a JSON web token", re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+")),
    ("an OAuth token", re.compile(r"\bsha256~[\w-]{20,}")),
    ("a key of AWS", re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")),
    ("a password in a URL", re.compile(r"(?<=://)[^\s/:@]+:[^\s/@]+(?=@)")),
    ("credentials in a kubeconfig", re.compile(
        r"(?<=client-key-data: )\S+|(?<=client-certificate-data: )\S+|(?<=\btoken: )[\w.~-]{8,}|(?<=\bpassword: )\S+"
    )),
    ("a login for a registry", re.compile(r"(?<=\"auth\":\")[^\"]+(?=\")|(?<=\"auth\": \")[^\"]+(?=\")")),
)  # fmt: skip
_OF_SECRET: Final = "a value that a Secret has"
_NAMED: Final = "a value that is secret by its name"
_HINTS: Final = ("PRIVATE KEY", "eyJ", "sha256~", "AKIA", "ASIA", "://", "client-", "token: ", "password: ", '"auth"')


def scrub(items: Items, mode: Mode, report: Report) -> Items:
    """The objects without secret values. ``keep`` changes nothing; the report tells each place that was replaced."""
    if mode == "keep":
        report.notes.append("The values of Secrets are in this profile: it was asked for with --secrets keep.")
        return items
    placeholders = Placeholders()
    kept = {key: item for key, item in items.items() if not _is_left_out(item, mode, report)}
    secrets = {key: _without_values(item, placeholders, report) for key, item in kept.items() if key[0] == SECRETS}
    if mode == "leave-out":
        for item in items.values():
            if item.row.key == SECRETS:
                _without_values(item, placeholders, Report())  # their values must not stand elsewhere, either
    scrubber = _Scrubber(placeholders, set(_public_words(items)), report)
    return {key: scrubber.cleaned(secrets.get(key, item)) for key, item in kept.items()}


def _public_words(items: Items) -> Iterator[str]:
    """What is no secret though a Secret may hold it: names and labels, as ``us-east-1`` or ``developer``."""
    for _, namespace, name in items:
        yield namespace
        yield name
    for item in items.values():
        labels = item.object["metadata"].get("labels")
        yield from (str(text) for text in (labels.values() if isinstance(labels, dict) else ()))


def _is_left_out(item: Item, mode: Mode, report: Report) -> bool:
    if item.row.key in _NEVER:
        report.replace(place_of((item.row.key, "", "(an object)")), "left out: its name is a secret")
        return True
    if item.row.key == SECRETS and mode == "leave-out":
        report.replace(place_of(item.key), "left out")
        return True
    return False


# -- Secrets


def _without_values(item: Item, placeholders: Placeholders, report: Report) -> Item:
    obj, where = item.object, place_of(item.key)
    changed = dict(obj)
    for field in ("data", "stringData"):
        values = obj.get(field)
        if isinstance(values, dict) and values:
            make = placeholders.encoded if field == "data" else placeholders.of
            changed[field] = {key: _value(item, key, str(value or ""), make) for key, value in values.items()}
            for key in values:
                report.replace(f"{where} {field}.{key}", "the value of a Secret")
    return item.with_object({**changed, "metadata": _without_copies(obj["metadata"], where, placeholders, report)})


def _value(item: Item, key: str, value: str, make: Any) -> str:
    """``namespace`` of a token, and the users of Ceph, which mounts show, follow from the object's own metadata."""
    if key == LOGINS_KEY and ACCOUNT in annotations_of(item.object):
        return _logins(item.object)
    meta = item.object["metadata"]
    told = {"namespace": meta["namespace"], **dict.fromkeys(_CEPH_USERS, meta["name"].removeprefix("rook-"))}
    if key in told:
        return told[key] if make.__name__ == "of" else _encoded(told[key])
    made: str = make(value, key)
    return made


def _logins(secret: Object) -> str:
    """The pull secret of an account, as its controller would fill it: with a token that follows from its metadata."""
    try:
        return _encoded(logins(secret, hosts_of(secret)))
    except (ValueError, KeyError, AttributeError, StopIteration):  # not what that controller wrote
        return _encoded("{}")


def _without_copies(meta: Object, where: str, placeholders: Placeholders, report: Report) -> Object:
    """Metadata without the copies of the values that annotations hold."""
    annotations = dict(meta.get("annotations") or {})
    if annotations.pop(_LAST_APPLIED, None) is not None:
        report.replace(f"{where} metadata.annotations[{_LAST_APPLIED}]", "left out: it repeats the values of a Secret")
    for name in _SECRET_ANNOTATIONS:
        if name in annotations:
            annotations[name] = placeholders.of(str(annotations[name]), name)
            report.replace(f"{where} metadata.annotations[{name}]", "a token in an annotation")
    return {**meta, "annotations": annotations} if annotations or "annotations" in meta else meta


# -- everything else


class _Scrubber:
    """Looks at every text once. ``_values`` are the values of Secrets that are long enough to be recognised."""

    def __init__(self, placeholders: Placeholders, public: set[str], report: Report) -> None:
        self._placeholders, self._public, self._report = placeholders, public, report
        self._values = dict(_recognisable(placeholders, public))
        self._by_start: dict[str, list[str]] = {}
        for value in self._values:
            self._by_start.setdefault(value[:_SHORTEST], []).append(value)
        self._clean_texts: set[str] = set()  # most texts come again and again

    def cleaned(self, item: Item) -> Item:
        """The item; the very same where nothing was found."""
        if item.row.key == SECRETS:
            return item
        where = place_of(item.key)
        meta = item.object["metadata"]
        body = {key: self._clean(value, key, where) for key, value in item.object.items() if key != "metadata"}
        body["metadata"] = meta
        if "annotations" in meta:
            annotations = self._clean(meta["annotations"], "metadata.annotations", where)
            body["metadata"] = meta if annotations == meta["annotations"] else {**meta, "annotations": annotations}
        body = {key: body[key] for key in item.object}
        return item if body == item.object else item.with_object(body)

    def _clean(self, value: Any, path: str, where: str, key: str = "") -> Any:
        if isinstance(value, str):
            return self._text(value, path, where, key)
        if isinstance(value, dict):
            if len(value) == 2 and isinstance(value.get("value"), str) and isinstance(value.get("name"), str):
                return self._variable(value, path, where)
            return {name: self._clean(item, f"{path}.{name}", where, name) for name, item in value.items()}
        if isinstance(value, list):
            return [self._clean(item, f"{path}[{index}]", where) for index, item in enumerate(value)]
        return value

    def _variable(self, variable: Object, path: str, where: str) -> Object:
        """``{name, value}``, of a container or a build: a reference would stand in ``valueFrom``."""
        name, text, path = variable["name"], variable["value"], f"{path}.value"
        if _BY_NAME.search(name) and self._is_value(text):
            return {**variable, "value": self._noted(self._placeholders.of(text, name), where, path, _NAMED)}
        return {**variable, "value": self._text(text, path, where, "")}

    def _text(self, text: str, path: str, where: str, key: str) -> str:
        if key and _BY_NAME.search(key) and self._is_value(text) and not self._may_refer(key, text):
            return self._noted(self._placeholders.of(text, key), where, path, _NAMED)
        if len(text) < _SHORTEST or text in self._clean_texts:
            return text
        known = self._values.get(text)
        if known is not None:
            return self._noted(known, where, path, _OF_SECRET)
        cleaned = self._within(text, path, where)
        if cleaned == text:
            self._clean_texts.add(text)
        return cleaned

    def _is_value(self, text: str) -> bool:
        """A path, a number, a name of something is no secret."""
        simple = text in ("", "true", "false") or text.isdigit() or text.startswith(("/", "$(")) or " " in text
        return not simple and text not in self._public

    def _may_refer(self, key: str, text: str) -> bool:
        return bool(_REFERENCE.search(key) and _NAME.fullmatch(text))

    def _within(self, text: str, path: str, where: str) -> str:
        """Secret parts of a longer text."""
        cleaned = text
        starts = {text[index : index + _SHORTEST] for index in range(len(text) - _SHORTEST + 1)}
        for start in self._by_start.keys() & starts:
            for value in self._by_start[start]:
                replaced = _replaced(cleaned, value, self._values[value])
                if replaced != cleaned:
                    cleaned = self._noted(replaced, where, path, _OF_SECRET)
        if any(hint in cleaned for hint in _HINTS):
            for what, pattern in _PATTERNS:
                replaced = pattern.sub(self._placeholder_of(what), cleaned)
                if replaced != cleaned:
                    cleaned = self._noted(replaced, where, path, what)
        return cleaned

    def _placeholder_of(self, what: str) -> Callable[[re.Match[str]], str]:
        return lambda match: self._placeholders.of(match.group(), what)

    def _noted(self, text: str, where: str, path: str, why: str) -> str:
        self._report.replace(f"{where} {path}", why)
        return text


def _replaced(text: str, value: str, placeholder: str) -> str:
    """Wherever the value stands; one that could be a part of a name, only where it is no part of a longer one."""
    if value not in text or not _NAME.fullmatch(value):
        return text.replace(value, placeholder)
    return re.sub(f"(?<![A-Za-z0-9-]){re.escape(value)}(?![A-Za-z0-9-])", placeholder, text)


def _recognisable(placeholders: Placeholders, public: set[str]) -> Iterator[tuple[str, str]]:
    """Values with their placeholders, as they are and in base64."""
    for value, placeholder in placeholders.known.items():
        is_public = value in public or ("BEGIN CERTIFICATE" in value and "PRIVATE KEY" not in value)
        is_public = is_public or value in placeholders.public or placeholder in NAMED.values()
        if len(value.strip()) >= _SHORTEST and not is_public and placeholder != value:
            yield value, placeholder
            yield _encoded(value), _encoded(placeholder)


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "surrogateescape")).decode()
