"""The records of journal and ledger: flat, versioned, chained by hash.

- `records.JournalEvent`: any record of the journal
- `records.DERIVED`: the records that the core makes itself, and a replay makes again
- `records.WaterfallStep`: one step of the size of an entry
- `session_records.VenueLost`: the venue does not answer
- `session_records.VenueFound`: the venue answers again
- `capital_records.Approval`: what a person can approve: reopen or undo
- `chain.Link`: one row of a chained file
- `chain.encode_event`: a record as bytes
- `chain.decode_event`: bytes as a record
- `chain.link_all`: rows with their hashes
- `chain.follow_chain`: rows whose hashes were checked
- `ledger.LedgerEntry`: any entry of the ledger
- `ledger.AllocationDecided`: a decision of the governor
- `ledger.CandlesForgotten`: a series was deleted
- `ledger.HoldLifted`: a release that was rolled back may be promoted again
- `ledger.IncidentRecorded`: something failed
- `ledger.ProposalJudged`: the verdict over a night's proposal
- `ledger.ReleaseHeld`: a release was rolled back
- `ledger.ReleaseKept`: a release was not promoted, with the reasons
- `ledger.ReleasePromoted`: a channel points at a release
- `ledger.ReleasePublished`: a release was stored
- `ledger.StepConfirmed`: a person confirmed a large price step
- `ledger.TrialRecorded`: one training or proposal was tried
- `ledger.confirmed_steps`: the confirmed price steps by symbol
- `ledger.kept_since_promotion`: the challengers since the last promotion
- `ledger.encode_entry`: an entry as bytes
- `ledger.decode_entry`: bytes as an entry
"""
