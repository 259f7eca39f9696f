"""`nija features`: the list of all features."""

import sys
from typing import Annotated

import typer

from nija.commands.options import Json


def features(
    *,
    json: Json = False,
    markdown: Annotated[
        bool,
        typer.Option("--markdown", help="Print them as the Markdown tables of docs/features.md."),
    ] = False,
) -> None:
    """List every feature with its formula, unit and warm-up."""
    from nija.actions.feature_list import list_features, write_markdown
    from nija.tables.reports import print_features

    listed = list_features()
    if markdown:
        sys.stdout.write(write_markdown(listed))
    else:
        print_features(listed, as_json=json)
