"""Draws the simulated futures of each capital preset."""

from collections.abc import Sequence
from io import BytesIO

from nija_domain.capital.monte_carlo import Outlook

FORMATS = ("png", "svg", "pdf")


def draw_outlooks(outlooks: Sequence[Outlook], *, form: str) -> bytes:
    """Deepest drawdowns from the 5 % to the 95 % quantile, the middle half bold, per preset."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure
    from matplotlib.ticker import PercentFormatter

    figure = Figure(figsize=(8.0, 1.6 + 0.6 * len(outlooks)), dpi=100, layout="constrained")
    axes = figure.add_subplot()
    for place, outlook in enumerate(outlooks):
        low, quarter, middle, three, high = outlook.drawdowns
        axes.hlines(place, low, high, color="#77aa88", linewidth=4, label=_once("5 to 95 %", place))
        axes.hlines(place, quarter, three, color="#227744", linewidth=14)
        axes.plot(middle, place, "o", color="white", label=_once("median", place), mec="#227744")
    axes.set_title("How deep the account may fall, by preset", fontsize=11)
    axes.set(xlabel="deepest drawdown, share of the peak", ylabel="preset")
    axes.set_yticks(range(len(outlooks)), [outlook.preset for outlook in outlooks])
    axes.set_ylim(len(outlooks) - 0.5, -0.5)
    axes.set_xlim(left=0.0)
    axes.xaxis.set_major_formatter(PercentFormatter(1.0))
    axes.legend(loc="best", fontsize=8)
    body = BytesIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "nija"}):
        figure.savefig(body, format=form, metadata=UNDATED[form])
    return body.getvalue()


UNDATED = {"png": {"Software": None}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}
"""The same numbers make the same file."""


def _once(label: str, place: int) -> str:
    """A legend leaves out what begins with an underscore."""
    return label if place == 0 else f"_{label}"
