"""What all executors need, imported by their fork server: a new one has it at once, and they share its memory."""

from worker.cycle import retrieve
from worker.encoding import language

__all__ = ["retrieve"]

language.load_model()
