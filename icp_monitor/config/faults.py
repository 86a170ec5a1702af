"""What is wrong with one part of a configuration, named by its keys, before lines and files are known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic_core import InitErrorDetails, PydanticCustomError, ValidationError

Path = tuple[str | int, ...]
REFUSED = "refused"


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong at ``path`` (keys and list positions from the top of the file).

    ``value`` is what to show as found; None shows the text that the file has there. ``line`` is given where the
    path isn't enough: a key written twice.
    """

    path: Path
    message: str
    value: str | None = None
    cure: str | None = None
    line: int | None = None

    def as_error(self) -> PydanticCustomError:
        """The error with which a pydantic validator says so."""
        context = {"message": self.message, "value": self.value, "cure": self.cure}
        return PydanticCustomError(REFUSED, "{message}", context)


def refusal(message: str, cure: str | None = None, value: str | None = None) -> PydanticCustomError:
    """What a validator raises about the value that it was given."""
    return Fault((), message, value, cure).as_error()


def refuse(title: str, faults: Iterable[Fault]) -> None:
    """Raise all faults at once, if there are any.

    Raises:
        ValidationError: pydantic joins its errors with those of other fields.
    """
    errors = [InitErrorDetails(type=fault.as_error(), loc=fault.path, input=None) for fault in faults]
    if errors:
        raise ValidationError.from_exception_data(title, errors)
