"""The whole executor in a simulation that its seed repeats: time, venue, disk and people are drawn.

Session, turns, core and the venue's client are the real ones. Only the event loop, the journal's
file and the wires to the venue are replaced.
"""
