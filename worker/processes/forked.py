"""Imported first by the fork server of the executors: it ends with the worker, also while it imports the rest."""

from feeds import lifeline

lifeline.end_with_parent()
