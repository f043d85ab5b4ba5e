"""The shell's variables: strings and indexed arrays, exported or not, with the dynamic scope of ``local``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace


class ShellError(Exception):
    """Ends the current command line, and when ``fatal`` the whole script. The message lacks the shell's prefix."""

    def __init__(self, message: str, status: int = 1, *, fatal: bool = False) -> None:
        super().__init__(message)
        self.message, self.status, self.fatal = message, status, fatal


@dataclass(frozen=True, slots=True)
class Variable:
    """``value`` None: declared but unset."""

    value: str | Mapping[int, str] | None
    exported: bool = False
    readonly: bool = False

    @property
    def scalar(self) -> str | None:
        """What ``$name`` gives: of an array, its element 0."""
        return self.value if isinstance(self.value, str) or self.value is None else self.value.get(0)

    @property
    def elements(self) -> Mapping[int, str]:
        if self.value is None:
            return {}
        return {0: self.value} if isinstance(self.value, str) else self.value


_UNSET = Variable(None)


class Variables:
    def __init__(self, environment: Mapping[str, str]) -> None:
        self._table = {name: Variable(value, exported=True) for name, value in environment.items()}
        self._scopes: list[dict[str, Variable | None]] = []

    def copy(self) -> Variables:
        twin = Variables({})
        twin._table = dict(self._table)
        twin._scopes = [dict(scope) for scope in self._scopes]
        return twin

    def get(self, name: str) -> str | None:
        variable = self._table.get(name)
        return None if variable is None else variable.scalar

    def variable(self, name: str) -> Variable:
        return self._table.get(name, _UNSET)

    def names(self) -> list[str]:
        return sorted(self._table)

    def environment(self) -> dict[str, str]:
        """What a program inherits."""
        return {
            name: variable.scalar
            for name, variable in self._table.items()
            if variable.exported and variable.scalar is not None
        }

    def set(self, name: str, value: str | Mapping[int, str] | None) -> None:
        variable = self._table.get(name, _UNSET)
        if variable.readonly:
            raise ShellError(f"{name}: readonly variable")
        if isinstance(value, str) and isinstance(variable.value, Mapping):
            value = {**variable.value, 0: value}
        self._table[name] = replace(variable, value=value)

    def set_element(self, name: str, index: int, value: str) -> None:
        elements = self.variable(name).elements
        if index < 0:
            index += max(elements, default=-1) + 1
        if index < 0:
            raise ShellError(f"{name}[{index}]: bad array subscript")
        self.set(name, {**elements, index: value})

    def mark(self, name: str, *, exported: bool | None = None, readonly: bool | None = None) -> None:
        variable = self._table.get(name, _UNSET)
        self._table[name] = replace(
            variable,
            exported=variable.exported if exported is None else exported,
            readonly=variable.readonly if readonly is None else readonly,
        )

    def unset(self, name: str) -> None:
        if self.variable(name).readonly:
            raise ShellError(f"unset: {name}: cannot unset: readonly variable")
        self._table.pop(name, None)

    def unset_element(self, name: str, index: int) -> None:
        elements = dict(self.variable(name).elements)
        elements.pop(index, None)
        self.set(name, elements)

    # Scopes: what ``local`` hides comes back when the function returns.

    def push_scope(self) -> None:
        self._scopes.append({})

    def pop_scope(self) -> None:
        for name, hidden in self._scopes.pop().items():
            if hidden is None:
                self._table.pop(name, None)
            else:
                self._table[name] = hidden

    def declare_local(self, name: str) -> None:
        scope = self._scopes[-1]
        if name not in scope:
            hidden = self._table.get(name)
            scope[name] = hidden
            self._table[name] = Variable(None, exported=hidden is not None and hidden.exported)

    def snapshot(self, name: str) -> Variable | None:
        return self._table.get(name)

    def restore(self, name: str, variable: Variable | None) -> None:
        if variable is None:
            self._table.pop(name, None)
        else:
            self._table[name] = variable
