"""The law and the work of the office as pure functions: no clock, no I/O, no ids made up inside.

Read in this order: actor, book, case (state), fold (events to state), then the acts as the office groups them:
receipt, supplement, acceptance, desk, work, referral (dispute), recall, requests (urging), outcome (delegation),
assumption, supervision, imported. `table` lists all acts.

Time: calendar (working days), times (facts, a fold), clocks (which run, since when, by which law), limits (how much is
used, until when, which light), ledger (day by day, in the words of reasons), lapse (what the passing of time writes),
suspension (the acts that stop a clock or lengthen it), outlook (for lists).
"""
