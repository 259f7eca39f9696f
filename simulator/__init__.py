"""A venue in a box: Kraken's dialect over HTTP around the domain's matching and market worlds."""
