"""Checks the settings of every program before any of them starts."""

import os
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec

from nija.bootstrap import CONFIG, check_exchange, check_venue_url, load_section, read_limits
from nija.home import ROOT, Home
from nija.running.services import venue_arguments
from nija.settings import UpSettings
from nija_domain.errors import SettingsInvalid


class Checked(msgspec.Struct, frozen=True):
    """`up` is None if its own section is invalid."""

    up: UpSettings | None
    bad: tuple[str, ...]


def check_settings(config: Path = CONFIG) -> Checked:
    """A sentence for each invalid setting: file, section, key, value and remedy."""
    bad: list[str] = []

    def check(load: Callable[[], object]) -> None:
        try:
            load()
        except SettingsInvalid as error:
            bad.append(str(error))

    up: list[UpSettings] = []
    check(lambda: up.append(load_section(UpSettings, "up", config=config)))
    for load in _programs(config):
        check(load)
    for settings in up:
        check(partial(_check_venue, settings, config))
    return Checked(up[0] if up else None, tuple(dict.fromkeys(bad)))


def read_checked() -> UpSettings:
    """The settings of `nija up`; raises with everything that is invalid in any program's."""
    checked = check_settings()
    if checked.bad or checked.up is None:
        raise SettingsInvalid(
            "\n".join(("nothing was started; correct these settings first:", *checked.bad))
        )
    return checked.up


def _programs(config: Path) -> tuple[Callable[[], object], ...]:
    from executor.settings import ExecutorSettings
    from gateway.settings import GatewaySettings
    from nija_domain.capital.governor import GovernorRules
    from nija_pipelines.settings import PipelineSettings, governor_environ

    def check_reach() -> None:
        executor = load_section(ExecutorSettings, "executor", config=config)
        pipelines = load_section(PipelineSettings, "pipelines", config=config)
        for section, settings in (("executor", executor), ("pipelines", pipelines)):
            _check_url(settings.venue_url, section, config)
        if executor.channel != pipelines.channel:
            raise SettingsInvalid(
                f"{config / 'nija.toml'}: channel of [executor] is {executor.channel!r}, channel of"
                f" [pipelines] is {pipelines.channel!r}; set both to the same name, or the executor"
                " gets no release"
            )
        if pipelines.exchange:
            _check_exchange(pipelines.exchange, config)

    environ = governor_environ(os.environ)
    return (
        lambda: load_section(ExecutorSettings, "executor", config=config),
        lambda: load_section(GatewaySettings, "gateway", config=config),
        lambda: load_section(PipelineSettings, "pipelines", config=config),
        lambda: load_section(GovernorRules, "governor", config=config, environ=environ),
        lambda: read_limits(config),
        check_reach,
    )


def _check_url(url: str, section: str, config: Path) -> None:
    try:
        check_venue_url(url)
    except SettingsInvalid as error:
        place = f"{config / 'nija.toml'}: key venue_url of [{section}]"
        raise SettingsInvalid(f"{place} is invalid: {error}") from error


def _check_exchange(name: str, config: Path) -> None:
    try:
        check_exchange(name)
    except SettingsInvalid as error:
        place = f"{config / 'nija.toml'}: key exchange of [pipelines]"
        raise SettingsInvalid(f"{place} is invalid: {error}") from error


def _check_venue(settings: UpSettings, config: Path) -> None:
    """The simulator's settings come from [up]."""
    from nija_pipelines.settings import PipelineSettings
    from simulator.__main__ import settings_of

    try:
        load_section(PipelineSettings, "pipelines", config=config)
    except SettingsInvalid:
        return  # the pipelines' own check reports it
    try:
        settings_of(list(venue_arguments(settings, home=Home(ROOT))))
    except SettingsInvalid as error:
        named = re.search(r"simulator setting (\w+)", str(error))
        if named and named[1] == "timeframe":
            place = "key timeframe of [pipelines], which the simulated venue uses too,"
        else:
            place = f"key venue_{named[1]} of [up]" if named else "[up]"
        raise SettingsInvalid(f"{config / 'nija.toml'}: {place} is invalid: {error}") from error
