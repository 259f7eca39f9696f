"""What is drawn for people."""

import dagster as dg

from nija_domain.market.candles import CandleHistory, FloatColumn
from nija_domain.regimes.model import RegimeModel


class Pictures(dg.ConfigurableResource):
    """PNG bodies by file name."""

    def draw_regimes(
        self,
        model: RegimeModel,
        history: CandleHistory,
        *,
        filtered: FloatColumn,
        places: FloatColumn,
    ) -> dict[str, bytes]:
        from nija_adapters.pictures import regimes

        return {
            "regime_ribbon.png": regimes.draw_ribbon(model, history, filtered),
            "regime_transitions.png": regimes.draw_transitions(model),
            "regime_emissions.png": regimes.draw_emissions(model),
            "regime_calibration.png": regimes.draw_calibration(places),
        }
