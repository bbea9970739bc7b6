"""Imported first by the executors' fork server, so that it ends with the worker, even while importing the rest."""

from feeds import lifeline, signals

lifeline.end_with_parent()
signals.leave_to_parent()
