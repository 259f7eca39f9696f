"""Small pictures for the metadata of assets, drawn as SVG and carried inside their Markdown."""

from base64 import b64encode
from collections.abc import Mapping, Sequence

WIDTH, HEIGHT, LEFT, TOP = 640, 240, 110, 30
ROW = 22
LINE_WIDTH, LINE_HEIGHT, POINTS_MAX = 420, 90, 40
INKS = ("#2f6f62", "#c98b2b", "#6a5acd", "#b5483a", "#4a90b8", "#7d8b3c", "#a0568a", "#5c6670")
CASH = "#e4e4df"


def as_markdown(svg: str, *, title: str) -> str:
    body = b64encode(svg.encode()).decode()
    return f"![{title}](data:image/svg+xml;base64,{body})"


def draw_stacked_areas(rows: Sequence[Mapping[str, float]], *, title: str) -> str:
    """Shares over time, one band a name, the rest of the height cash; a single row is a level."""
    shown = [*rows, *rows] if len(rows) == 1 else list(rows)
    names = list(dict.fromkeys(name for row in shown for name in row))
    base = [0.0] * len(shown)
    bands = []
    for place, name in enumerate(names):
        upper = [low + row.get(name, 0.0) for low, row in zip(base, shown, strict=True)]
        bands.append(_band(base, upper, INKS[place % len(INKS)]) + _key(place, name))
        base = upper
    frame = f'<rect x="{LEFT}" y="{TOP}" width="{WIDTH - LEFT}" height="{HEIGHT}" fill="{CASH}"/>'
    height = TOP + max(HEIGHT, ROW * len(names)) + 10
    return _svg(title, frame + "".join(bands), height)


def draw_line(values: Sequence[float]) -> str:
    """A curve so small that Dagster's page shows it in its place, without a click.

    It does so with Markdown of less than a thousand characters.
    """
    if not values:
        return _line_svg("", "no value")
    step = max(1, -(-len(values) // POINTS_MAX))
    shown = [*values[::step], values[-1]]
    low, span = min(shown), (max(shown) - min(shown)) or 1.0
    across = LINE_WIDTH / max(1, len(shown) - 1)
    places = (
        f"{place * across:.0f} {LINE_HEIGHT - LINE_HEIGHT * (value - low) / span:.0f}"
        for place, value in enumerate(shown)
    )
    return _line_svg("L".join(places), f"{values[0]:,.0f} to {values[-1]:,.0f}, least {low:,.0f}")


def _line_svg(path: str, caption: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{LINE_WIDTH}" height="{LINE_HEIGHT + 24}"'
        f' viewBox="0 -4 {LINE_WIDTH} {LINE_HEIGHT + 24}">'
        f'<path d="M{path}" fill="none" stroke="{INKS[0]}"/>'
        f'<text y="{LINE_HEIGHT + 16}" font-size="12" fill="#888">{caption}</text></svg>'
    )


def _band(low: Sequence[float], high: Sequence[float], ink: str) -> str:
    count = len(low)
    across = [LEFT + (WIDTH - LEFT) * place / (count - 1) for place in range(count)]
    top = [f"{x:.1f},{TOP + HEIGHT * (1.0 - y):.1f}" for x, y in zip(across, high, strict=True)]
    foot = [f"{x:.1f},{TOP + HEIGHT * (1.0 - y):.1f}" for x, y in zip(across, low, strict=True)]
    return f'<polygon points="{" ".join([*top, *reversed(foot)])}" fill="{ink}"/>'


def _key(place: int, name: str) -> str:
    y, ink = TOP + ROW * place + 12, INKS[place % len(INKS)]
    return (
        f'<rect x="4" y="{y - 9}" width="10" height="10" fill="{ink}"/>'
        f'<text x="20" y="{y}">{_escaped(name)}</text>'
    )


def draw_bars(shares: Mapping[str, float], *, title: str) -> str:
    """A bar a name, the longest over the whole width."""
    longest = max((abs(share) for share in shares.values()), default=0.0) or 1.0
    rows = [
        _bar_row(place, name, share, longest) for place, (name, share) in enumerate(shares.items())
    ]
    return _svg(title, "".join(rows), TOP + ROW * len(shares) + 10)


def _bar_row(place: int, name: str, share: float, longest: float) -> str:
    y, width = TOP + ROW * place, (WIDTH - LEFT - 70) * abs(share) / longest
    return (
        f'<text x="{LEFT - 8}" y="{y + 13}" text-anchor="end">{_escaped(name)}</text>'
        f'<rect x="{LEFT}" y="{y + 2}" width="{width:.1f}" height="15" fill="{INKS[0]}"/>'
        f'<text x="{LEFT + width + 6:.1f}" y="{y + 13}">{share:.1%}</text>'
    )


def _svg(title: str, body: str, height: int) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
        f' font-family="sans-serif" font-size="12"><text x="4" y="18" font-weight="bold">'
        f"{_escaped(title)}</text>{body}</svg>"
    )


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
