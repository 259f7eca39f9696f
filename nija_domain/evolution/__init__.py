"""The nightly search: what to try next, whether its code may run, and the verdict.

- `proposer.propose`: the next proposal
- `proposer.Proposal`: parameters and code to try
- `archive.archive_of`: everything tried before
- `static_check.check_source`: what speaks against generated code
- `night.Contest`: champion and proposal over the same bars
- `night.judge_night`: the verdict over a proposal
- `night.NightVerdict`: that verdict
- `candidate.Candidate`: a proposal with a slot of its own
- `candidate.OPEN_CANDIDATES_MAX`: how many there may be
"""
