"""Seeded names: suffixes, UIDs and tokens. One seed, one sequence, the same on every Python."""

from __future__ import annotations

import hashlib

SAFE_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"  # apimachinery, util/rand: no vowels, no 0, 1, 3
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
        prefix, first, sha256 = self._prefix, self._count + 1, hashlib.sha256
        self._count += digits
        numbers = [sha256(b"%b%d" % (prefix, count)).digest()[15] & 15 for count in range(first, first + digits)]
        return bytes(numbers).hex()[1::2]

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


def uuid1(ticks: int, clock_sequence: int, node: str) -> str:
    """A version 1 UUID. ``ticks``: 100 ns since 1582; ``clock_sequence``: 16 bits, variant included; ``node``: hex."""
    low, middle, high = ticks & 0xFFFFFFFF, (ticks >> 32) & 0xFFFF, (ticks >> 48) & 0x0FFF
    return f"{low:08x}-{middle:04x}-1{high:03x}-{clock_sequence:04x}-{node}"
