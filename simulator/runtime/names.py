"""Seeded names: suffixes, UIDs and tokens. One seed, one sequence, the same on every Python."""

from __future__ import annotations

import hashlib

SAFE_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"  # apimachinery, util/rand: no vowels, no 0, 1, 3
_LAST_DIGIT = 31  # of the sixteen bytes of a digest that make an integer
_ENDS = [b"%02d" % end for end in range(100)]
_GREGORIAN_OFFSET_S = 12_219_292_800  # from 1582-10-15 to 1970-01-01


class Names:
    """A deterministic source. ``epoch`` separates runs of one cluster: the revision at which it was opened."""

    def __init__(self, seed: int | str = 0, epoch: int = 0) -> None:
        self.seed = seed
        self._prefix = f"{seed}:{epoch}:".encode()
        self._count = 0

    def integer(self, below: int) -> int:
        """A number from 0 to ``below`` - 1. The bias of the modulo (below 2**-64 for our sizes) does not matter."""
        self._count += 1
        digest = hashlib.sha256(b"%b%d" % (self._prefix, self._count)).digest()
        return int.from_bytes(digest[:16], "big") % below

    def suffix(self, length: int = 5) -> str:
        """What the API server appends to ``generateName``: five letters of the safe alphabet."""
        return "".join(SAFE_ALPHABET[self.integer(len(SAFE_ALPHABET))] for _ in range(length))

    def hex(self, digits: int) -> str:
        """As many times ``integer(16)``, which is the last half byte that counts. Each object has a UID of 32."""
        sha256, first = hashlib.sha256, self._count + 1
        self._count += digits
        seeds = _counted(self._prefix, first, digits)
        return "".join([sha256(seed).hexdigest()[_LAST_DIGIT] for seed in seeds])

    def letters(self, length: int, alphabet: str = "abcdefghijklmnopqrstuvwxyz") -> str:
        return "".join(alphabet[self.integer(len(alphabet))] for _ in range(length))

    def uid(self, now: float, node: str) -> str:
        """A version 1 UUID, as API servers gave up to Kubernetes 1.15. ``node``: 12 hex digits, the master's MAC."""
        ticks = int((now + _GREGORIAN_OFFSET_S) * 10_000_000) + self.integer(10_000_000)
        return uuid1(ticks, 0x8995, node)

    def uid4(self) -> str:
        """A version 4 UUID, as API servers give since Kubernetes 1.16."""
        digits = self.hex(32)
        variant = "89ab"[int(digits[16], 16) & 3]
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def _counted(prefix: bytes, first: int, count: int) -> list[bytes]:
    """``prefix`` with each number from ``first`` on. All but the last two digits is written once for many of them."""
    if first < len(_ENDS):
        return [b"%b%d" % (prefix, number) for number in range(first, first + count)]
    hundreds, end = divmod(first, len(_ENDS))
    ends = _ENDS[end : end + count]
    head = b"%b%d" % (prefix, hundreds)
    found = [head + last for last in ends]
    return found if len(ends) == count else [*found, *_counted(prefix, first + len(ends), count - len(ends))]


def uuid1(ticks: int, clock_sequence: int, node: str) -> str:
    """A version 1 UUID. ``ticks``: 100 ns since 1582; ``clock_sequence``: 16 bits, variant included; ``node``: hex."""
    low, middle, high = ticks & 0xFFFFFFFF, (ticks >> 32) & 0xFFFF, (ticks >> 48) & 0x0FFF
    return f"{low:08x}-{middle:04x}-1{high:03x}-{clock_sequence:04x}-{node}"
