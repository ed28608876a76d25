"""`sanji demo`: the whole system on this machine, with real office work in it, checked to the last figure.

Reading order: `command`, `story` (what happens, top to bottom), `places` (the four services), `children` (their
processes), `rest` (when nothing moves any more), `checks` and `totals` (what must hold then), `telling` (the words).
"""
