"""Settings come from defaults, file and environment; what is unknown or does not fit is named."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import msgspec
import pytest
from msgspec import Meta

from nija_adapters.settings.loading import load_settings
from nija_domain.errors import SettingsInvalid


class BrokerSettings(msgspec.Struct, frozen=True, kw_only=True):
    account: str
    mode: Literal["paper", "live"] = "paper"
    speed: Annotated[float, Meta(gt=0)] = 1.0
    retries: Annotated[int, Meta(ge=0, le=5)] = 3
    capital: Decimal = Decimal(100)
    dry_run: bool = False
    symbols: tuple[str, ...] = ("BTC/USD",)
    home: Path = Path(".nija")
    note: str | None = None

    own_variables: ClassVar[tuple[str, ...]] = ("RETRIES", "SYMBOLS")

    def __post_init__(self) -> None:
        if self.mode == "live" and self.dry_run:
            raise ValueError("mode live excludes dry_run; set one of them")


def _load(
    text: str | None, environ: dict[str, str], *, folder: Path, section: str = "broker"
) -> BrokerSettings:
    path = None
    if text is not None:
        path = folder / "nija.toml"
        path.write_text(text)
    return load_settings(
        BrokerSettings,
        path=path,
        section=section,
        sections=("broker", "broker_page", "lake"),
        environ=environ,
    )


def test_the_environment_overrides_the_file_and_the_file_the_defaults(tmp_path: Path) -> None:
    """Each layer is optional; other sections and other variables are left to their owners."""
    text = '[broker]\naccount = "a"\nspeed = 2\nretries = 1\n[lake]\nwhatever = 1\n'
    environ = {
        "NIJA_BROKER_RETRIES": "5",
        "NIJA_BROKER_PAGE_PORT": "1",
        "NIJA_HOME": "/x",
        "PATH": "",
    }

    settings = _load(text, environ, folder=tmp_path)

    assert settings == BrokerSettings(account="a", speed=2.0, retries=5)


def test_text_becomes_what_its_field_is(tmp_path: Path) -> None:
    """Numbers, money, switches, lists and paths all fit into a variable."""
    environ = {
        "NIJA_BROKER_ACCOUNT": "007",
        "NIJA_BROKER_SPEED": "1e3",
        "NIJA_BROKER_CAPITAL": "0.10",
        "NIJA_BROKER_DRY_RUN": "1",
        "NIJA_BROKER_SYMBOLS": "ETH/USD, SOL/USD",
        "NIJA_BROKER_HOME": "/srv/nija",
        "NIJA_BROKER_NOTE": "12",
    }

    settings = _load(None, environ, folder=tmp_path)

    assert settings == BrokerSettings(
        account="007",
        speed=1000.0,
        capital=Decimal("0.10"),
        dry_run=True,
        symbols=("ETH/USD", "SOL/USD"),
        home=Path("/srv/nija"),
        note="12",
    )
    assert isinstance(settings.note, str)


def test_a_file_holds_the_same_types(tmp_path: Path) -> None:
    """TOML's own values are taken strictly: lists are lists, money may be text."""
    text = (
        '[broker]\naccount = "a"\nsymbols = ["ETH/USD"]\ncapital = "0.10"\n'
        'home = "/srv/nija"\ndry_run = true\n'
    )

    assert _load(text, {}, folder=tmp_path) == BrokerSettings(
        account="a",
        symbols=("ETH/USD",),
        capital=Decimal("0.10"),
        home=Path("/srv/nija"),
        dry_run=True,
    )


@pytest.mark.parametrize(
    ("text", "environ", "said"),
    [
        ("[broker]\nspeeed = 1", {}, r"nija\.toml: key speeed of \[broker\].*mean speed\?"),
        ("[brokr]\nspeed = 1", {}, r"nija\.toml: section \[brokr\] is unknown.*mean broker\?"),
        ("[zzz]", {}, r"known: broker, broker_page, lake"),
        ("broker = 1", {}, r"broker stands outside a section; write \[broker\]"),
        ("[broker\n", {}, r"nija\.toml is not valid TOML"),
        ("", {"NIJA_BROKER_RETRY": "1"}, r"variable NIJA_BROKER_RETRY is.*mean retries\?"),
        ("", {}, r"setting account of \[broker\] is missing; set NIJA_BROKER_ACCOUNT"),
        ("[broker]\nretries = '1'", {}, r"key retries of \[broker\].*Expected `int`"),
        ("[broker]\nretries = 6", {}, r"key retries.*<= 5"),
        ("[broker]\nsymbols = 'ETH/USD'", {}, r"key symbols.*Expected `array`"),
        ("[broker]\nhome = 1", {}, r"key home.*expected Path, got int"),
        ("", {"NIJA_BROKER_SPEED": "0"}, r"variable NIJA_BROKER_SPEED.*> 0"),
        ("", {"NIJA_BROKER_SPEED": "fast"}, r"variable NIJA_BROKER_SPEED.*`float`"),
        ("", {"NIJA_BROKER_MODE": "liv"}, r"variable NIJA_BROKER_MODE"),
        ("[broker]\nmode = 'live'\ndry_run = true", {}, r"\[broker\].*excludes dry_run; set one"),
    ],
)
def test_what_does_not_fit_is_named_with_its_remedy(
    tmp_path: Path, text: str, environ: dict[str, str], said: str
) -> None:
    """File, section, key or variable, and the nearest word that is known."""
    if "missing" not in said:
        environ = {**environ, "NIJA_BROKER_ACCOUNT": "a"}

    with pytest.raises(SettingsInvalid, match=said):
        _load(text, environ, folder=tmp_path)


def test_a_file_that_is_named_must_exist(tmp_path: Path) -> None:
    """A mistyped path never means defaults."""
    with pytest.raises(SettingsInvalid, match=r"none\.toml.*create it, or name another file"):
        load_settings(
            BrokerSettings,
            path=tmp_path / "none.toml",
            section="broker",
            sections=("broker",),
            environ={},
        )


def test_a_refused_secret_is_not_repeated(tmp_path: Path) -> None:
    """The message names the variable, never its value."""
    environ = {"NIJA_BROKER_ACCOUNT": "a", "NIJA_BROKER_RETRIES": "hunter2"}

    with pytest.raises(SettingsInvalid, match="NIJA_BROKER_RETRIES") as refusal:
        _load(None, environ, folder=tmp_path)

    assert "hunter2" not in str(refusal.value)


def test_a_name_of_its_own_is_read_beside_the_prefixed_one(tmp_path: Path) -> None:
    """It overrides the file, its prefixed twin overrides it, and others are nobody's."""
    text = '[broker]\naccount = "a"\nretries = 1\n'
    environ = {"RETRIES": "4", "SYMBOLS": "A/USD, B/USD", "SPEED": "9"}
    settings = _load(text, environ, folder=tmp_path)
    twice = _load(text, environ | {"NIJA_BROKER_RETRIES": "2"}, folder=tmp_path)

    assert (settings.retries, settings.symbols) == (4, ("A/USD", "B/USD"))
    assert (settings.speed, twice.retries) == (1.0, 2)
    with pytest.raises(SettingsInvalid, match="variable RETRIES is invalid"):
        _load(text, {"RETRIES": "nine"}, folder=tmp_path)


def test_where_the_file_alone_counts_a_variable_is_refused(tmp_path: Path) -> None:
    """Nobody shall believe that a limit was changed by it."""
    path = tmp_path / "limits.toml"
    path.write_text('[broker]\naccount = "a"\n')

    with pytest.raises(SettingsInvalid, match=r"NIJA_BROKER_RETRIES is read by no program; write"):
        load_settings(
            BrokerSettings,
            path=path,
            section="broker",
            sections=("broker",),
            environ={"NIJA_BROKER_RETRIES": "2"},
            is_file_only=True,
        )
