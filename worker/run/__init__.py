"""A long-running worker: the home's lock, the heartbeat, and worker and server as processes of one command.

Only `schedule` uses APScheduler. Each beat runs steps of `worker.cycle`.
"""
