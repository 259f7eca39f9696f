"""What is drawn for people."""

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path

import dagster as dg

from nija_adapters.home.places import Home
from nija_domain.market.candles import CandleHistory, FloatColumn
from nija_domain.regimes.model import RegimeModel

Shown = dict[str, dg.MarkdownMetadataValue]


class Pictures(dg.ConfigurableResource):
    """PNG bodies by file name, and the place where the gateway's page shows them."""

    home: str
    kept_max: int = 400

    def keep(self, files: Mapping[str, bytes], *, page_url: str) -> Shown:
        """Markdown of each: its address, which Dagster's page shows in its place.

        Carried inside, a picture needs a click, and every page that lists the asset loads it.
        """
        if not page_url:
            return {name: _carried(name, body) for name, body in files.items()}
        folder = Home(Path(self.home)).pictures
        folder.mkdir(parents=True, exist_ok=True)
        shown = {}
        for name, body in files.items():
            path = folder / f"{hashlib.sha256(body).hexdigest()[:16]}-{name}"
            draft = path.with_suffix(".draft")
            draft.write_bytes(body)
            draft.replace(path)
            shown[name] = dg.MetadataValue.md(f"![{name}]({page_url}/pictures/{path.name})")
        for old in sorted(folder.iterdir(), key=_age)[: -self.kept_max]:
            old.unlink(missing_ok=True)
        return shown

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


def _carried(name: str, body: bytes) -> dg.MarkdownMetadataValue:
    encoded = base64.b64encode(body).decode()
    return dg.MetadataValue.md(f"![{name}](data:image/png;base64,{encoded})")


def _age(path: Path) -> int:
    return path.stat().st_mtime_ns
