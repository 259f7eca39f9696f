"""`nija regimes`: what the model makes of candles."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nija.commands.options import Json
from nija_domain.errors import CandlesInvalid, PlaceUnusable

if TYPE_CHECKING:
    from nija_domain.market.candles import CandleHistory

app = typer.Typer(no_args_is_help=True, help="Which state the market is in.")


@app.command()
def label(
    file: Annotated[Path, typer.Argument(help="Candles: ts, open, high, low, close, volume.")],
    *,
    out: Annotated[Path, typer.Option(help="The Parquet file to write.")],
    states: Annotated[int, typer.Option(min=2, max=8, help="How many regimes to tell.")] = 3,
    seed: Annotated[int, typer.Option(min=0, help="Where the restarts begin.")] = 7,
    json: Json = False,
) -> None:
    """Learn from a file's first half; write the filtered probabilities of its second, bar by bar.

    The columns p0, p1, p2 are Bull, Bear and Chop; no bar's row knows any later bar.
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
    """Before minutes of training, not after."""
    if not out.parent.is_dir():
        raise PlaceUnusable(f"{out.parent} is no folder; make it, or name another --out")
    if out.is_dir():
        raise PlaceUnusable(f"{out} is a folder; name a file in it as --out")
    if out.exists() and file.exists() and out.samefile(file):
        raise PlaceUnusable(f"{out} holds the candles themselves; name another --out")


@app.command()
def fit(
    *,
    venue: Annotated[
        str | None,
        typer.Option(help="Whose candles: kraken, imported; that of the settings if none."),
    ] = None,
    timeframe: Annotated[str | None, typer.Option(help="5m; that of the settings if none.")] = None,
    symbol: Annotated[
        list[str] | None, typer.Option(help="BTC/USD; once for each, all of the venue if none.")
    ] = None,
    json: Json = False,
) -> None:
    """Fit regimes on candles that the lake holds, and judge them against the champion's.

    Nothing is fetched, and what the pipelines train on stays as it is.
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
        str | None, typer.Option(help="The last study of this venue, not the last training.")
    ] = None,
    json: Json = False,
) -> None:
    """The regimes of this home's last training: their inputs, their worth, their statistics."""
    from nija.actions.regime_studies import read_study
    from nija.bootstrap import chosen_home
    from nija.tables.regimes import print_study

    print_study(read_study(chosen_home(), venue), as_json=json)


def read_history(path: Path) -> "CandleHistory":
    """The candles of a file as its reader repaired them, in the order of time."""
    from nija.bootstrap import read_sheets
    from nija_domain.market.candles import in_time_order

    reads = list(read_sheets(path))
    told = [p for read in reads for p in read.told if p.level in {"quarantine", "refuse"}]
    if len(reads) != 1 or told:
        why = told[0].text if told else f"it holds {len(reads)} tables"
        raise CandlesInvalid(
            f"{path} is no single table of candles: {why}; see"
            f" `nija candles check {path} --timeframe`, with the length of its bars"
        )
    return in_time_order(reads[0].sheet.history(reads[0].market.symbol or path.stem))
