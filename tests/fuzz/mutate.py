"""Damage as disks, programs and people do it."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Sequence

#: What people and programs put where a number or a name should be.
ODD = (
    b"nan", b"inf", b"-1", b"1e400", b"9" * 5000, b"0x" + b"f" * 6000, b"9223372036854775808", b"", b"\0", b"\xff\xfe",
    b'"', b"'", b"[" * 3000, b"{", b"\n", b",", b";", b"1,5", "ü".encode(), b"../../x", b"{stem:>2000000000}", b"true",
    b"1e9", b"1e308", b"<NA>", b"#", b"x" * 5000,
)  # fmt: skip
_NUMBERS = (0, 1, -1, 2, 7, 127, 128, 255, 256, 32767, 65535, 65536, 2**31 - 1, -(2**31), 10**6, 10**9)
_REALS = (0.0, -1.0, 1e-38, 1e38, float("nan"), float("inf"), 0.5, 1e9)
_LONGEST = 1 << 20

Change = Callable[[random.Random, bytes], bytes]


def damaged(rng: random.Random, wholes: Sequence[bytes]) -> bytes:
    """One of some files with a few changes; never longer than a megabyte."""
    raw = rng.choice(wholes)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        raw = _joined(rng, raw, rng.choice(wholes)) if rng.random() < 0.05 else rng.choice(_CHANGES)(rng, raw)
    return raw[:_LONGEST]


def _place(rng: random.Random, raw: bytes, width: int = 0) -> int:
    """Anywhere, but often where headers are."""
    last = max(len(raw) - width, 0)
    return rng.randint(0, min(last, 1100) if rng.random() < 0.6 else last)


def _flip(rng: random.Random, raw: bytes) -> bytes:
    at = _place(rng, raw, 1)
    return raw[:at] + bytes([raw[at] ^ (1 << rng.randrange(8))]) + raw[at + 1 :] if raw else raw


def _put(rng: random.Random, raw: bytes) -> bytes:
    at = _place(rng, raw)
    return raw[:at] + rng.choice((*ODD, rng.randbytes(4))) + raw[at + rng.choice((0, 0, 1, 2, 4, 8)) :]


def _number(rng: random.Random, raw: bytes) -> bytes:
    kind = rng.choice("hiqfd")
    value = rng.choice(_REALS) if kind in "fd" else rng.choice(_NUMBERS)
    limit = 1 << (8 * struct.calcsize(kind) - 1)
    if kind not in "fd":
        value = max(-limit, min(int(value), limit - 1))
    new = struct.pack(rng.choice("<>") + kind, value)
    at = _place(rng, raw, len(new)) & ~(rng.choice((0, 1, 3)))
    return raw[:at] + new + raw[at + len(new) :]


def _cut(rng: random.Random, raw: bytes) -> bytes:
    return raw[: rng.randint(0, len(raw))]


def _drop(rng: random.Random, raw: bytes) -> bytes:
    at = _place(rng, raw)
    return raw[:at] + raw[at + rng.randint(1, 64) :]


def _repeat(rng: random.Random, raw: bytes) -> bytes:
    at = _place(rng, raw)
    part = raw[at : at + rng.randint(1, 64)]
    return raw[:at] + part * rng.choice((2, 3, 50)) + raw[at + len(part) :]


def _move(rng: random.Random, raw: bytes) -> bytes:
    start, at = _place(rng, raw), _place(rng, raw)
    part = raw[start : start + rng.randint(1, 32)]
    return raw[:at] + part + raw[at + len(part) :]


def _joined(rng: random.Random, raw: bytes, other: bytes) -> bytes:
    return raw[: _place(rng, raw)] + other[_place(rng, other) :]


_CHANGES: tuple[Change, ...] = (_flip, _flip, _put, _put, _number, _number, _cut, _drop, _repeat, _move)
