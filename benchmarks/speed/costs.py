"""What a process costs: processor time, peak memory, and how long one waits for it."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from benchmarks.speed.task import ROOT

Result = TypeVar("Result")


@dataclass(frozen=True)
class Cost:
    """``cpu`` (user and system) and ``wall`` in seconds, ``peak`` resident memory in MB (10⁶ bytes)."""

    cpu: float
    wall: float
    peak: float


def cost_of(command: Sequence[str], folder: Path = ROOT, environment: Mapping[str, str] | None = None) -> Cost:
    """Run the command to its end, in ``folder``; its environment is this process's unless another is given.

    Linux counts the memory of the process that starts another as that one's too, so this process must stay small.

    Raises:
        subprocess.CalledProcessError: the command failed.
    """
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Cost(usage.ru_utime + usage.ru_stime, time.perf_counter() - started, usage.ru_maxrss * 1024 / 1e6)


def apart(function: Callable[..., Result], *arguments: object) -> Result:
    """The function's result, computed in a process of its own, so that this one stays small."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()
