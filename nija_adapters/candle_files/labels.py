"""Regime labels as a Parquet file: a row per bar, a probability per state, the likeliest name."""

from pathlib import Path

from nija_domain.errors import PlaceUnusable
from nija_domain.regimes.fitting.labels import Labels


def write_labels(path: Path, labels: Labels) -> None:
    """Columns ts, p0, p1, … in the order of the model's states, and name; whole or not at all."""
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
