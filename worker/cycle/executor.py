"""What executors import before they confine themselves, so that it is not counted to a document."""

from worker.cycle import retrieve
from worker.encoding import language

__all__ = ["retrieve"]

language.load_model()
