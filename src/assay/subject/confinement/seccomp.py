"""A filter of system calls: no new process, no socket, no signal to others, no way around it."""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterator, Sequence

from assay.subject.confinement.calls import (
    ABSENT,
    ARCHITECTURES,
    CLONE,
    CLONE_THREAD,
    MACHINES,
    MMAP,
    NOT_WITH,
    REFUSED,
    SHARED_WITHOUT_FILE,
    TO_ITSELF,
)
from assay.subject.confinement.system import SECCOMP, call, machine

SET_MODE_FILTER = 1
EPERM, ENOSYS = 1, 38
LOAD, EQUAL, AT_LEAST, ANY_BIT, AND, RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
"""Instructions of the filter machine (BPF)."""
KILL, REFUSE, ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16
"""Where they stand in what the filter is given."""
OF_X32 = 0x40000000
"""From here on, calls of x86-64 with other numbers."""

Instruction = tuple[int, int, int, int]


def refuse_calls() -> bool:
    """Put the filter up for this process for good. False where the kernel has none or the machine is not known.

    The process must have said that it will get no new privileges, and must have no other threads.
    """
    if not machine():
        return False
    code = b"".join(struct.pack("HBBI", *instruction) for instruction in program(machine(), os.getpid()))
    instructions = ctypes.create_string_buffer(code)
    filter_ = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(instructions)))
    try:
        call(SECCOMP[machine()], SET_MODE_FILTER, 0, filter_)
    except OSError:
        return False
    return True


def program(machine: str, process: int) -> list[Instruction]:
    """The filter, for a process that may send signals to itself."""
    place = MACHINES.index(machine)
    made: list[Instruction] = [
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUAL, 1, 0, ARCHITECTURES[machine]),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER),
        (AT_LEAST, 0, 1, OF_X32),
        (RETURN, 0, 0, KILL),
    ]
    for calls, error in ((REFUSED, EPERM), (ABSENT, ENOSYS)):
        for numbers in calls.values():
            made += _for(numbers[place], [(RETURN, 0, 0, REFUSE | error)])
    for name, numbers in TO_ITSELF.items():
        allowed = (process, 0) if name == "prlimit64" else (process,)
        made += _for(numbers[place], [*_argument(0, allowed, ALLOW), (RETURN, 0, 0, REFUSE | EPERM)])
    for numbers, argument, values in NOT_WITH.values():
        made += _for(numbers[place], [*_argument(argument, values, REFUSE | EPERM), (RETURN, 0, 0, ALLOW)])
    flags = [(LOAD, 0, 0, ARGUMENTS), (ANY_BIT, 0, 1, CLONE_THREAD), (RETURN, 0, 0, ALLOW)]
    made += _for(CLONE[place], [*flags, (RETURN, 0, 0, REFUSE | EPERM)])
    flags = [(LOAD, 0, 0, ARGUMENTS + 8 * 3), (AND, 0, 0, SHARED_WITHOUT_FILE), (EQUAL, 0, 1, SHARED_WITHOUT_FILE)]
    made += _for(MMAP[place], [*flags, (RETURN, 0, 0, REFUSE | EPERM), (RETURN, 0, 0, ALLOW)])
    return [*made, (RETURN, 0, 0, ALLOW)]


def _for(number: int | None, then: Sequence[Instruction]) -> list[Instruction]:
    """What is done at the call of that number; it must end in an answer."""
    return [] if number is None else [(EQUAL, 0, len(then), number), *then]


def _argument(place: int, values: Sequence[int], answer: int) -> Iterator[Instruction]:
    """The answer where the argument, of which the kernel too takes the low half, is one of the values."""
    yield LOAD, 0, 0, ARGUMENTS + 8 * place
    for value in values:
        yield EQUAL, 0, 1, value
        yield RETURN, 0, 0, answer
