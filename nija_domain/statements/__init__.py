"""What a journal tells people: read by page, API and command line alike."""
