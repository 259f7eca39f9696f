"""The market as one release sees it: features and filters, by symbol and for the whole."""

import msgspec

from nija_domain.features.stream import FeatureStates
from nija_domain.regimes.filter import FilterState
from nija_domain.regimes.hierarchy import MacroState
from nija_domain.regimes.model import feature_columns
from nija_domain.releases.content import ReleaseContent


class SymbolState(msgspec.Struct, frozen=True, kw_only=True):
    """One symbol at its last closed candle.

    A new release resets everything to its cut except the mark: positions keep the value of the
    newest close. `closes_before` are the few before it, newest last. After a gap `missing_bars`
    tells its length until every feature is warm again.
    """

    ts_us: int
    close: float
    features: FeatureStates
    values: tuple[float, ...]
    filtered: FilterState
    marked_us: int
    mark_price: float
    regime: str = ""
    micro: dict[str, FilterState] = {}
    closes_before: tuple[float, ...] = ()
    missing_bars: int = 0


class WholeState(msgspec.Struct, frozen=True, kw_only=True):
    """All symbols together at their last row; a later bar waits until it is complete."""

    ts_us: int
    pending_us: int
    features: FeatureStates
    macro: MacroState


class ActiveRelease(msgspec.Struct, frozen=True):
    release_id: str
    fingerprint: str
    content: ReleaseContent

    def regime_row(self, values: tuple[float, ...]) -> tuple[float, ...]:
        """The features that the regime model reads, in its order."""
        columns = feature_columns(self.content.regimes, self.content.feature_names)
        return tuple([values[column] for column in columns])

    def filtered_probs(self, symbol_state: SymbolState) -> dict[str, float]:
        names = self.content.regimes.state_names
        return dict(zip(names, symbol_state.filtered.probabilities, strict=True))


class Market(msgspec.Struct, frozen=True, kw_only=True):
    """`whole` is set where the release has a model of the whole market.

    `before` is the release that was active before this one, to which a roll-back returns. `left` is
    the one that a roll-back left; the channel may still point to it.
    """

    release: ActiveRelease | None = None
    before: ActiveRelease | None = None
    left: str = ""
    symbols: dict[str, SymbolState] = {}
    whole: WholeState | None = None

    @property
    def has_model(self) -> bool:
        """Whether regimes are those of a symbol within a state of the whole market."""
        return (
            self.whole is not None
            and self.release is not None
            and self.release.content.hierarchy is not None
        )
