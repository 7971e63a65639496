"""By hand: the same journey the way it is usually written, with care and without a framework of its own.

Four processes; FastStream takes one message at a time; an ORM session writes the stage's events; the next stage's
message is published after the commit. What is lost when a process dies between the two stays lost.
"""
