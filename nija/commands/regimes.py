"""`nija regimes`: fit the regime model, show it, and label candles with it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nija.commands.options import Json
from nija_domain.errors import CandlesInvalid, PlaceUnusable

if TYPE_CHECKING:
    from nija_domain.market.candles import CandleHistory

app = typer.Typer(
    no_args_is_help=True, help="Fit the model of market regimes, show it, or label a file with it."
)


@app.command()
def label(
    file: Annotated[Path, typer.Argument(help="Candle file: ts, open, high, low, close, volume.")],
    *,
    out: Annotated[Path, typer.Option(help="The Parquet file to write.")],
    states: Annotated[int, typer.Option(min=2, max=8, help="Number of regimes.")] = 3,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same result.")] = 7,
    json: Json = False,
) -> None:
    """Train on the first half of a file and write the regime probabilities of the second half.

    The columns p0, p1, p2 are Bull, Bear and Chop. No row uses a later bar.
    """
    _check_out(out, file)
    history = read_history(file)

    import numpy as np

    from nija.bootstrap import write_labels
    from nija.tables.regimes import print_labelling
    from nija_domain.regimes.fitting.label_training import label_second_half
    from nija_domain.regimes.fitting.plan import FitPlan

    plan = FitPlan(states=states, seed=seed)
    found = label_second_half(history, plan=plan, rng=np.random.default_rng(seed))
    write_labels(out, found.labels)
    print_labelling(found, out=out, as_json=json)


def _check_out(out: Path, file: Path) -> None:
    """Refuse a bad --out before minutes of training, not after."""
    if not out.parent.is_dir():
        raise PlaceUnusable(
            f"--out: the folder {out.parent} does not exist; create it, or name another file"
        )
    if out.is_dir():
        raise PlaceUnusable(f"--out: {out} is a folder; name a file in it")
    if out.exists() and file.exists() and out.samefile(file):
        raise PlaceUnusable(
            f"--out: {out} is the candle file itself and would be overwritten; name another file"
        )


@app.command()
def fit(
    *,
    venue: Annotated[
        str | None,
        typer.Option(help="The venue: kraken, imported. Default: the one in the settings."),
    ] = None,
    timeframe: Annotated[
        str | None, typer.Option(help="Length of one bar, such as 5m. Default: as in the settings.")
    ] = None,
    symbol: Annotated[
        list[str] | None,
        typer.Option(help="A symbol such as BTC/USD; repeat for more. Default: all of the venue."),
    ] = None,
    json: Json = False,
) -> None:
    """Fit regimes on candles in the lake and compare them with the champion's.

    Nothing is fetched, and the pipelines' own training data stays unchanged.
    """
    from nija.actions.regime_studies import StudyPlan, study_regimes
    from nija.bootstrap import chosen_home
    from nija.tables.regimes import print_study

    plan = StudyPlan(venue=venue, timeframe=timeframe, symbols=tuple(symbol or ()))
    print_study(study_regimes(chosen_home(), plan), as_json=json)


@app.command()
def show(
    *,
    venue: Annotated[
        str | None,
        typer.Option(help="Show the last `nija regimes fit` of this venue instead."),
    ] = None,
    json: Json = False,
) -> None:
    """Show the regimes of the last training: their inputs, how well they predict, statistics."""
    from nija.actions.regime_studies import read_study
    from nija.bootstrap import chosen_home
    from nija.tables.regimes import print_study

    print_study(read_study(chosen_home(), venue), as_json=json)


def read_history(path: Path) -> "CandleHistory":
    """Read the candles of one file, repaired and in the order of time."""
    from nija.bootstrap import read_sheets
    from nija_domain.market.candles import in_time_order

    reads = list(read_sheets(path))
    refused = [p for read in reads for p in read.problems if p.level in {"quarantine", "refuse"}]
    if len(reads) != 1 or refused:
        why = refused[0].text if refused else f"it holds {len(reads)} tables"
        raise CandlesInvalid(
            f"{path} is not one clean table of candles: {why}; run"
            f" `nija candles check {path} --timeframe ...` with the length of its bars for details"
        )
    return in_time_order(reads[0].sheet.history(reads[0].market.symbol or path.stem))
