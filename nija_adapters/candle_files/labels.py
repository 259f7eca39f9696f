"""Writes regime labels as Parquet: one row per bar, one probability per state."""

from pathlib import Path

from nija_domain.errors import PlaceUnusable
from nija_domain.regimes.fitting.labels import Labels


def write_labels(path: Path, labels: Labels) -> None:
    """Write the columns ts, p0, p1, … and name; a failure leaves no partial file."""
    import polars as pl

    columns = {"ts": labels.ts, **labels.columns, "name": labels.likeliest}
    draft = path.with_name(f".{path.name}.draft")
    try:
        pl.DataFrame(columns).write_parquet(draft)
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise PlaceUnusable(
            f"{path} cannot be written: {error.strerror}; name a file in an existing folder that"
            " you may write to"
        ) from error
