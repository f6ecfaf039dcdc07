"""The one place where a thread or a child process starts; what the window and the command line both call.

run.start, run.resume    a run in its thread, watched through its log
prepared, resuming       its data as the network takes it; what going on with it asks first
apart.start_apart        the same in a process of its own, followed by its folder
analyst.Analyst          the network's facts, worked out in a thread while it is edited
export.ExportJob         an export in a child process
leash                    what makes a child process end with the one that started it
doctor                   what this machine has and lacks
"""
