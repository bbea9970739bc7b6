"""Imported first by the executors' fork server, so that it ends with the worker, even while importing the rest."""

import gc
import os

from feeds import lifeline, signals

# A collection writes to all objects that it visits, so executors would soon have copies of all that was imported.
os.register_at_fork(before=gc.freeze)

lifeline.end_with_parent()
signals.leave_to_parent()
