"""The sections that the one settings file may hold, one for each program."""

SECTIONS = ("executor", "gateway", "governor", "pipelines", "up")
