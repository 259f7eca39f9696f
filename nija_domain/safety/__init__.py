"""Who forbids what: the restrictions in force, and what they leave.

- `restrictions.Restrictions`: everything that limits entries now
- `restrictions.NO_ENTRIES`: the directives that forbid every entry
- `restrictions.OWN_SLOTS`: the directives that stay in force after they expire
- `restrictions.slot_of`: the slot that a directive fills
- `halts.tripped_halts`: the hard limits that were passed
- `halts.lifted_halts`: the halts that have ended
- `halts.halts_ended_by_release`: the halts that end when another release is active
- `halts.ROLLBACK`: the halt of a day that was bad enough to roll the release back
- `halts.EquityMarks`: the equity that halts are measured by
- `approvals.approval_of`: a person's approval in a directive
"""
