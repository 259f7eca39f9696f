"""A file of labels is there whole, or there is nothing."""

from pathlib import Path

import numpy as np
import pytest

from nija_adapters.candle_files.labels import write_labels
from nija_domain.errors import PlaceUnusable
from nija_domain.regimes.fitting.labels import Labels
from nija_domain.regimes.model import RegimeModel


def test_labels_that_cannot_be_placed_leave_nothing_behind(tmp_path: Path) -> None:
    """Neither the file nor the draft of it."""
    model = RegimeModel(
        feature_names=("log_return",),
        center=(0.0,),
        scale=(1.0,),
        outlier_limit=8.0,
        state_names=("Bull",),
        start_probs=(1.0,),
        transition=((1.0,),),
        means=((0.0,),),
        variances=((1.0,),),
        log_likelihood_per_bar=0.0,
        bars_fitted=1,
        converged=True,
    )
    labels = Labels(ts=np.zeros(1, np.int64), filtered_probs=np.ones((1, 1)), model=model)
    taken = tmp_path / "labels.parquet"
    taken.mkdir()
    with pytest.raises(PlaceUnusable, match="cannot be written"):
        write_labels(taken, labels)

    assert list(tmp_path.iterdir()) == [taken]
