"""The protocol simulated without I/O: what services say to each other, and every fault that may come between.

Services, clerks and faults are modelled; insertion, fencing, following, restarting, asking and handing are not: they
are the functions of `services.runtime` that the real services call.
"""
