"""Who forbids what: the restrictions in force, and what they leave.

- `restrictions.Restrictions`: everything that limits entries now
- `authorities.Restriction`: one authority's word against entries
- `authorities.LEVELS`: how strict a directive is
- `authorities.MAY_LIFT`: whose word ends a restriction of each authority
- `restrictions.OWN_SLOTS`: the directives that stay in force after they expire
- `halts.tripped_halts`: the hard limits that were passed
- `halts.lifted_halts`: the halts that have ended
- `halts.halts_ended_by_release`: the halts that end when another release is active
- `halts.halts_lifted_by_person`: a halt that a person has lifted
- `halts.LIFTABLE`: the halts that a person may lift
- `halts.DRAWDOWN`: the halt that a lift measures anew
- `halts.ROLLBACK`: the halt of a day that was bad enough to roll the release back
- `halts.EquityMarks`: the equity that halts are measured by
- `approvals.approval_of`: a person's approval in a directive
"""
