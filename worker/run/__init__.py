"""A worker that stays: the lock of the home, the heartbeat, and worker and server as processes of one command.

`schedule` alone knows APScheduler. What is done at each beat is the cycle's.
"""
