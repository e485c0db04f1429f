"""The style sheet of the drawings: every rule is scoped, so that nothing around a drawing changes.

Which actor colours the marks is chosen by radio buttons and ``:has()``: no script, and no identifiers that two drawings
on a page would share.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

from stance.drawing.colours import DARK, DIVERGING, LIGHT, SIGNS, Theme, ink_on, mix
from stance.types import StanceLabel

_EDGES = {"against": "2px solid", "favor": "4px double", "neutral": "2px dotted", "unrelated": "1px dotted"}
_STEPS = len(DIVERGING)


def style_sheet(actors: int, *, default: int = 0) -> str:
    """Return the rules for drawings of ``actors`` actors; ``default`` colours where a browser lacks ``:has()``."""
    light, dark = _variables(LIGHT), _variables(DARK)
    # A notebook's own theme counts more than the system's.
    themes = (
        f".stance-doc{{color-scheme:light;{light}}}"
        f"@media (prefers-color-scheme:dark){{.stance-doc{{color-scheme:dark;{dark}}}}}"
        f'body[data-jp-theme-light="true"] .stance-doc,body.vscode-light .stance-doc{{color-scheme:light;{light}}}'
        f'body[data-jp-theme-light="false"] .stance-doc,body.vscode-dark .stance-doc{{color-scheme:dark;{dark}}}'
        f"@media print{{.stance-doc.stance-doc{{color-scheme:light;{light}}}"
        ".stance-doc mark,.stance-doc td,.stance-doc svg{print-color-adjust:exact;-webkit-print-color-adjust:exact}}"
    )
    labels = "".join(_label_rule(f".stance-doc .st-{label.value}", label) for label in StanceLabel)
    labels += "".join(
        f".stance-doc .st-fill-{label.value}{{fill:var(--{'line' if label is StanceLabel.UNRELATED else label.value})}}"
        for label in StanceLabel
    )
    steps = "".join(
        f".stance-doc .st-step{number}{{background:var(--step{number});color:var(--on{number})}}"
        for number in range(_STEPS)
    )
    choices = "".join(_choice(f".stance-doc:has(.st-pick{actor}:checked)", actor) for actor in range(actors))
    plain = f"@supports not selector(:has(*)){{.stance-doc .st-pick{{display:none}}{_choice('.stance-doc', default)}}}"
    return themes + rules("drawing.css") + labels + steps + choices + (plain if actors else "")


def step_class(balance: float) -> str:
    """Return the class of a cell with a balance from -1 to 1."""
    return f"st-step{round((balance + 1) / 2 * (_STEPS - 1))}"


def _variables(theme: Theme) -> str:
    found = {"paper": theme.paper, "raised": theme.raised, "text": theme.ink, "quiet": theme.quiet, "line": theme.line}
    for label, shade in theme.labels.items():
        found[label.value] = shade.ink
        found[f"{label.value}-fill"] = shade.fill
    for number in range(_STEPS):
        found[f"step{number}"] = background = step_colour(number, theme)
        found[f"on{number}"] = ink_on(background)
    return "".join(f"--{name}:{colour};" for name, colour in found.items())


def step_colour(number: int, theme: Theme) -> str:
    """Return the colour of a step of the heat map; on dark paper the middle is dark and the ends are bright."""
    if theme is LIGHT:
        return DIVERGING[number]
    middle = _STEPS // 2
    end = theme.labels[StanceLabel.AGAINST if number < middle else StanceLabel.FAVOR].ink
    return mix(mix(theme.raised, theme.quiet, 0.25), end, abs(number - middle) / middle * 0.9)


def _label_rule(selector: str, label: StanceLabel) -> str:
    fill = "transparent" if label is StanceLabel.UNRELATED else f"var(--{label.value}-fill)"
    # Where words are underlined, the line under the whole statement makes room for theirs.
    rest = _EDGES[label.value] if label is StanceLabel.UNRELATED else "0 none"
    values = (
        f'--ink:var(--{label.value});--fill:{fill};--edge:{_EDGES[label.value]};--rest:{rest};--sign:"{SIGNS[label]}"'
    )
    return f"{selector}{{{values}}}"


def _choice(root: str, actor: int) -> str:
    """Return the rules that colour marks by one actor; the signs of unrelated statements would only be noise."""
    marks = "".join(_label_rule(f"{root} .s{actor}{label.value[0]}", label) for label in StanceLabel)
    quiet = f'{root} .s{actor}u{{--ink:var(--quiet);--sign:""}}'
    words = "".join(
        f"{root} .w{actor}-{level}{{text-decoration:underline {level}px var(--ink);text-underline-offset:3px}}"
        for level in (1, 2, 3)
    )
    return marks + quiet + words


@cache
def rules(file: str, *, package: str = "stance.drawing") -> str:
    """Return the rules of a file of a package, on one line and without comments."""
    text = resources.files(package).joinpath(file).read_text(encoding="utf-8")
    return re.sub(r"\s*([{};,])\s*", r"\1", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)).strip()
