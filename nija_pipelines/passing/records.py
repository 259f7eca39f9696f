"""How small results travel between assets: one JSON file an asset, readable by a person."""

import os
from pathlib import Path
from typing import Any

import dagster as dg
import msgspec

from nija_domain.errors import RecordBroken
from nija_pipelines.resources import Home

REMEDY = "run the job training_line or calibration, or materialise that asset"


class RecordStore(dg.ConfigurableIOManager):
    """Writes whole files only; reads them back as the type that the asset asks for."""

    home: str

    def handle_output(self, context: dg.OutputContext, obj: Any) -> None:  # noqa: ANN401 - any record
        if obj is None:
            return
        path = self._path(context.asset_key)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{context.run_id}")
        draft.write_bytes(msgspec.json.format(msgspec.json.encode(obj), indent=2))
        draft.replace(path)
        context.add_output_metadata({"record": dg.MetadataValue.path(os.fspath(path))})

    def load_input(self, context: dg.InputContext) -> Any:  # noqa: ANN401 - any record
        path, asset = self._path(context.asset_key), context.asset_key.to_user_string()
        try:
            return msgspec.json.decode(path.read_bytes(), type=context.dagster_type.typing_type)
        except FileNotFoundError as error:
            raise RecordBroken(f"{asset} left no record yet ({path}); {REMEDY}") from error
        except msgspec.MsgspecError as error:
            raise RecordBroken(
                f"the record of {asset} does not fit this version ({path}: {error}); {REMEDY}"
            ) from error

    def _path(self, key: dg.AssetKey) -> Path:
        return Home(Path(self.home)).record(*key.path)
