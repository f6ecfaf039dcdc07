"""The one place where a thread or a child process starts; what the window and the command line both call.

run.start, run.resume    a run in its thread, watched through its log
apart.start_apart        the same in a process of its own, followed by its folder
prepared, resuming       a run's data as the network takes it; what going on with one asks first
analyst.Analyst          the network's facts, worked out in a thread while it is edited
child_job.ChildJob       a command of ours in a child process: an export, an import, the reading of weights
leash                    what makes a child process end with the one that started it
doctor                   what this machine has and lacks
"""
