"""Ledgers of before read on: the name of a field in a file is not the name in the code."""

from nija_domain.events.ledger import IncidentRecorded, decode_entry, encode_entry

WRITTEN = (
    b'{"type":"incident_recorded/1","kind":"run failed: ingestion","told":"no bread",'
    b'"run_id":"0123","at_us":7}'
)


def test_an_incident_of_before_reads_back_to_the_byte() -> None:
    """Its text is called `told` in the file."""
    entry = decode_entry(WRITTEN)

    assert isinstance(entry, IncidentRecorded)
    assert entry.text == "no bread"
    assert encode_entry(entry) == WRITTEN
