"""Waiting for something to come true, with an end."""

import time
from collections.abc import Callable


def wait_until(condition: Callable[[], bool], patience: float, pause: float = 0.1) -> bool:
    """Whether ``condition`` came true within ``patience`` seconds, looking every ``pause`` seconds."""
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True
