"""A small world made by hand, that the checker is checked by: records, rows, topics and a history, with nothing of the
product but its empty tables. Every value here was written down from the design, none was computed by a service.

A township, the city and the portal. Case 1 was referred to the city and concluded there. Case 2 was suspended and went
on, and the city orders the township to account for it. The city assumed case 3, and what the township wrote meanwhile
lost. Case 4 is new; its applicant asked for haste.
"""
