"""Passwords as htpasswd files and the Secret of kubeadmin keep them: bcrypt, MD5 as Apache has it, and plain SHA-1.

bcrypt at a cost of 4 or 5 (what ``htpasswd -B`` makes) takes a fraction of a second here; each step doubles that,
and nobody is let in beyond 10.
Sources: Provos and Mazières, "A Future-Adaptable Password Scheme"; Apache, apr_md5.c; Go, x/crypto/bcrypt.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache, lru_cache
from hmac import compare_digest
from typing import Final

_BCRYPT: Final = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_APACHE: Final = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_STANDARD: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_READABLE: Final = "23456789abcdefghijkmnpqrstuvwxyzABCDEFGHIJKLMNPQRSTUVWXYZ"  # installer, password.go
_COST: Final = 4
_DEAREST: Final = 10  # seconds already
_LONGEST: Final = 72  # what bcrypt looks at
_Boxes = tuple[list[int], list[int]]  # P, and the four S one after another


@lru_cache(maxsize=256)
def verify(password: str, kept: str) -> bool:
    """Whether the password is the one that ``kept`` was made of; False for a form that is not known."""
    if kept.startswith(("$2a$", "$2b$", "$2y$")):
        return compare_digest(_again(password, kept), kept.encode())
    if kept.startswith("$apr1$"):
        return compare_digest(_apache_md5(password.encode(), kept.split("$")[2]).encode(), kept.encode())
    if kept.startswith("{SHA}"):
        digest = hashlib.sha1(password.encode()).digest()
        return compare_digest(base64.b64encode(digest), kept.removeprefix("{SHA}").encode())
    return False


def generated(seed: str) -> str:
    """A password as the installer gives kubeadmin: ``xxxxx-xxxxx-xxxxx-xxxxx``."""
    number = int.from_bytes(hashlib.sha256(f"kubeadmin {seed}".encode()).digest())
    letters = []
    for _ in range(20):
        number, index = divmod(number, len(_READABLE))
        letters.append(_READABLE[index])
    return "-".join("".join(letters[at : at + 5]) for at in range(0, 20, 5))


def generated_hash(seed: str) -> str:
    """The hash of a generated password. The password follows from the salt: ``generated_of`` knows it again."""
    salt = hashlib.sha256(f"salt {seed}".encode()).digest()[:16]
    return bcrypt(generated(_bcrypt64(salt)), salt)


def generated_of(kept: str) -> str:
    """The password that was generated for this hash; "" when the hash is of another one."""
    password = generated(kept[7:29])
    return password if verify(password, kept) else ""


# -- bcrypt


def bcrypt(password: str, salt: bytes, cost: int = _COST, version: str = "2a") -> str:
    """``$2a$04$`` with 22 characters of salt (16 bytes) and 31 of the hash."""
    key = (password.encode() + b"\0")[:_LONGEST]
    boxes = _initial()
    boxes = [*boxes[0]], [*boxes[1]]
    _expand(boxes, key, salt)
    for _ in range(1 << cost):
        _expand(boxes, key)
        _expand(boxes, salt)
    blocks = []
    for at in range(0, 24, 8):
        left, right = _words(b"OrpheanBeholderScryDoubt"[at : at + 8], 2)
        for _ in range(64):
            left, right = _encrypt(boxes, left, right)
        blocks += [left, right]
    digest = b"".join(word.to_bytes(4) for word in blocks)[:23]
    return f"${version}${cost:02}${_bcrypt64(salt)}{_bcrypt64(digest)}"


def _again(password: str, kept: str) -> bytes:
    """The hash of this password with the cost and the salt of another hash; nothing when that is none."""
    _, version, cost, rest = [*kept.split("$"), "", "", "", ""][:4]
    if not cost.isdigit() or not 4 <= int(cost) <= _DEAREST or len(rest) != 53 or not set(rest) <= set(_BCRYPT):
        return b""
    text = rest[:22].translate(str.maketrans(_BCRYPT, _STANDARD))
    return bcrypt(password, base64.b64decode(text + "==")[:16], int(cost), version).encode()


def _bcrypt64(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=").translate(str.maketrans(_STANDARD, _BCRYPT))


@cache
def _initial() -> _Boxes:
    """Blowfish begins with the digits of pi after the point: 18 + 1024 words of 32 bits."""
    bits = 32 * (18 + 1024)
    digits = _pi(bits) & ((1 << bits) - 1)
    words = [(digits >> (bits - 32 * (at + 1))) & 0xFFFFFFFF for at in range(18 + 1024)]
    return words[:18], words[18:]


def _pi(bits: int) -> int:
    """Pi times 2**bits, by Machin's formula."""
    guard = 64
    one = 1 << (bits + guard)
    return (4 * (4 * _arctangent(5, one) - _arctangent(239, one))) >> guard


def _arctangent(inverse: int, one: int) -> int:
    """arctan(1 / inverse) times ``one``."""
    power = total = one // inverse
    sign, divisor = -1, 3
    while power:
        power //= inverse * inverse
        total += sign * (power // divisor)
        sign, divisor = -sign, divisor + 2
    return total


def _expand(boxes: _Boxes, key: bytes, salt: bytes = b"") -> None:
    """Mix a key, and a salt if there is one, into the boxes."""
    parts, substitutions = boxes
    for at, word in enumerate(_words(key, 18)):
        parts[at] ^= word
    salts = _words(salt, 4) if salt else [0, 0, 0, 0]
    left = right = turn = 0
    for box in (parts, substitutions):
        for at in range(0, len(box), 2):
            left, right = _encrypt(boxes, left ^ salts[turn], right ^ salts[turn + 1])
            box[at], box[at + 1] = left, right
            turn ^= 2


def _encrypt(boxes: _Boxes, left: int, right: int) -> tuple[int, int]:
    """One block of Blowfish."""
    parts, s = boxes
    for at in range(0, 16, 2):
        left ^= parts[at]
        right ^= (
            (s[left >> 24] + s[256 + (left >> 16 & 255)] ^ s[512 + (left >> 8 & 255)]) + s[768 + (left & 255)]
        ) & 0xFFFFFFFF
        right ^= parts[at + 1]
        left ^= (
            (s[right >> 24] + s[256 + (right >> 16 & 255)] ^ s[512 + (right >> 8 & 255)]) + s[768 + (right & 255)]
        ) & 0xFFFFFFFF
    return right ^ parts[17], left ^ parts[16]


def _words(data: bytes, count: int) -> list[int]:
    """``count`` words of 32 bits of the data, which goes round."""
    whole = data * (4 * count // len(data) + 1)
    return [int.from_bytes(whole[at : at + 4]) for at in range(0, 4 * count, 4)]


# -- MD5, as Apache has it


def _apache_md5(password: bytes, salt: str) -> str:
    first = hashlib.md5(password + salt.encode() + password).digest()
    mixed = password + b"$apr1$" + salt.encode() + (first * (len(password) // 16 + 1))[: len(password)]
    length = len(password)
    while length:
        mixed += b"\0" if length & 1 else password[:1]
        length >>= 1
    digest = hashlib.md5(mixed).digest()
    for turn in range(1000):
        step = password if turn & 1 else digest
        step += salt.encode() if turn % 3 else b""
        step += password if turn % 7 else b""
        digest = hashlib.md5(step + (digest if turn & 1 else password)).digest()
    return f"$apr1${salt}${_apache64(digest)}"


def _apache64(digest: bytes) -> str:
    groups = [(0, 6, 12), (1, 7, 13), (2, 8, 14), (3, 9, 15), (4, 10, 5)]
    text = "".join(_little64(digest[a] << 16 | digest[b] << 8 | digest[c], 4) for a, b, c in groups)
    return text + _little64(digest[11], 2)


def _little64(value: int, length: int) -> str:
    return "".join(_APACHE[value >> 6 * at & 63] for at in range(length))
