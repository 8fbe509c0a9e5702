"""Numbers, dates and vocabulary in words. Every rounding of a report happens here, in templates or nowhere."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from unicodedata import east_asian_width

from assay.record.estimate import Interval
from assay.record.finding import Outcome
from assay.record.gate import Effect
from assay.record.policy import Stage, Tier
from assay.record.signature import Meaning
from assay.report.language import gettext, message, named

THIN = "\u202f"  # narrow no-break space
MINUS = "\u2212"
NOISE = 1e-16
"""What is nearer to 0 is not told apart: no measurement of data has that many digits."""
SYMBOLS: dict[str, str] = {
    "pass": "\u2713", "fail": "\u2715", "inconclusive": "\u25d0", "error": "!", "not_applicable": "\u2013",
    "excluded": "\u2013", "not judged": "\u00b7", "tolerated": "\u25d0",
}  # fmt: skip
OUTCOMES: dict[Outcome, str] = {
    "pass": message("pass"), "fail": message("fail"), "inconclusive": message("inconclusive"),
    "error": message("error"), "not_applicable": message("not applicable"),
}  # fmt: skip
EFFECTS: dict[Effect, str] = {
    "none": message("none"),
    "inform": message("none, for information only"),
    "warn": message("warns; does not close it"),
    "sign_off": message("closes it until signed off"),
    "block": message("closes it"),
}
EXIT_CODES: dict[int, str] = {
    0: message("the gate is open"),
    1: message("a control fails whose failure closes the gate"),
    2: message("the command, a policy, the manifest or the data cannot be used"),
    3: message("a control could not be evaluated because of an error"),
    4: message("a control that must be decided is inconclusive, a sign-off is missing, or nothing was evaluated"),
}
REASONS: dict[str, str] = {
    "evidence_missing": message("evidence is missing"),
    "evidence_stale": message("the evidence is too old"),
    "sample_too_small": message("there is too little to tell"),
    "interval_straddles": message("the interval reaches over the threshold"),
    "estimate_unstable": message("the estimate is not stable"),
    "estimate_undefined": message("the number is not defined for these data"),
    "applicability_unknown": message("it is not known whether the control applies"),
    "attestation_pending": message("a signed statement is still missing"),
}
LEVELS: dict[Tier, str] = {
    "low": message("low"), "medium": message("medium"), "high": message("high"), "critical": message("critical"),
}  # fmt: skip
"""Of severity and of risk."""
STAGES: dict[Stage, str] = {
    "development": message("development"), "staging": message("staging"), "production": message("production"),
    "monitoring": message("monitoring"),
}  # fmt: skip
MEANINGS: dict[Meaning, str] = {
    "author": message("author"), "reviewer": message("reviewer"), "approver": message("approver"),
    "responsibility": message("responsibility"),
}  # fmt: skip
"""What signers mean by a signature."""
_SPOKEN = {
    "abroca": "ABROCA", "auc": "AUC", "psi": "PSI", "ks": "KS", "ece": "expected calibration error", "shap": "SHAP",
    "id": "ID",
    "tpr": "true-positive rate", "fpr": "false-positive rate", "fnr": "false-negative rate", "brier": "Brier",
}  # fmt: skip
NAMES = {
    "observed_expected": "observed-to-expected ratio", "mean_residual": "mean residual", "event_rate": "event rate",
}  # fmt: skip
"""Names that do not read as words of their own."""
LONGEST_END = 15
"""Letters of a word that is left out rather than cut."""
_WIDE = {**dict.fromkeys("WM@%\u2026", 2.2), **dict.fromkeys("mw", 1.6)}
_SUPERSCRIPT = str.maketrans("-0123456789", "\u207b\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079")


_NOISE_ABOVE, _NOISE_BELOW = "< 10\u207b\u00b9\u2076", "> \u221210\u207b\u00b9\u2076"


def count(value: int) -> str:
    """`30 000`, with narrow spaces."""
    return f"{value:,}".replace(",", THIN).replace("-", MINUS)


def number(value: float | None, *thresholds: float) -> str:
    """Three significant digits, or as many more as it takes to be told from a threshold it does not equal."""
    if value is None:
        return gettext("not defined")
    if isinstance(value, int):
        return count(value)
    if value == 0:
        return "0"
    if abs(value) < NOISE:
        return _NOISE_BELOW if value < 0 else _NOISE_ABOVE
    for digits in range(3, 18):
        text = _significant(value, digits)
        shown = float(text)
        near_one = digits < 7 and (shown == 1) != (value == 1)
        if not near_one and all((shown == threshold) == (value == threshold) for threshold in thresholds):
            break
    return _typeset(text)


def _significant(value: float, digits: int) -> str:
    magnitude = math.floor(math.log10(abs(value)))
    if magnitude < -4 or magnitude > 14:
        return f"{value:.{digits - 1}e}"
    return f"{value:.{max(0, digits - 1 - magnitude)}f}"


def _typeset(text: str) -> str:
    mantissa, _, exponent = text.partition("e")
    whole, point, decimals = mantissa.partition(".")
    spaced = f"{int(whole):,}".replace(",", THIN) if len(whole.lstrip("-")) > 3 else whole
    return f"{spaced}{point}{decimals}".replace("-", MINUS) + (_power(exponent) if exponent else "")


def _power(exponent: str) -> str:
    return f"{THIN}\u00d7{THIN}10{str(int(exponent)).translate(_SUPERSCRIPT)}"


_COUNTS = re.compile(
    r"(?<![\w.,:=/#-])(?:\d{4,}|\d{1,3}(?:,\d{3})+)(?= (?:of|rows|people|events|non-events|probabilities|would)\b)"
    r"|(?<=\d of )(?:\d{4,})(?= )"
)
"""Counts in the prose of checks: `2000 of 15000 rows`; a year is none."""


_SINGULAR = re.compile(
    r"(?<![\w.,\u202f-])1 (bin|row|group|month|period|column|value|comparison|slice|region|pair|event|input|feature|"
    r"file|estimate|probabilit|control|people)(?:s|ies)?\b"
)
_P = re.compile(r"\bp(?P<is> = | of | is |-value = |-value of |-value is )(?P<value>\d(?:\.\d+)?e-\d+|0\.000\d+)")


def printed(text: str) -> str:
    """A sentence of the record without machine notation, with minus signs and thin spaces in large counts."""
    text = _P.sub(
        lambda found: f"p{found['is'].rstrip().replace('=', '').rstrip()} {p_value(float(found['value']))}", text
    )
    text = re.sub(r"\b\d(?:\.\d+)?e-(\d{2,3})\b", _tiny, text)
    text = re.sub(r"\b\d(?:\.\d+)?e\+(\d{2,3})\b", _large, text)
    text = re.sub(r"(?<=[ (])-(?=\d)", MINUS, text)
    text = _SINGULAR.sub(lambda found: f"1 {_ONE.get(found[1], found[1])}", text)
    return _COUNTS.sub(lambda found: count(int(found.group().replace(",", ""))), text)


_ONE = {"people": "person", "probabilit": "probability"}


def _tiny(found: re.Match[str]) -> str:
    value = float(found.group())
    return number(value) if value < NOISE else _typeset(found.group())


def _large(found: re.Match[str]) -> str:
    return count(int(float(found.group()))) if int(found[1]) < 15 else _typeset(found.group())


def p_value(value: float) -> str:
    """`0.0312`; smaller than a thousandth is told as that. No p-value is rounded onto a usual level."""
    return "< 0.001" if value < 0.001 else number(value, 0.001, 0.01, 0.05, 0.1)


def threshold(value: float) -> str:
    """A number of a policy, as it was written: `0.8`, `1.25`."""
    return _typeset(f"{value:.10g}")


def percent(share: float) -> str:
    """`21.7 %`. What is not nothing never reads 0 %, what is not everything never 100 %."""
    for digits in range(1 if share >= 0.01 else 2, 8):
        text = f"{100 * share:.{digits}f}"
        if (float(text) == 0) == (share == 0) and (float(text) == 100) == (share == 1):
            break
    whole = text.rstrip("0").rstrip(".") if float(text) in (0, 100) else text
    return f"{whole}{THIN}%".replace("-", MINUS)


def span(interval: Interval, *thresholds: float) -> str:
    """`0.62 to 0.71`."""
    if interval.low is None and interval.high is None:
        return gettext("unbounded")
    if interval.low is None:
        return gettext("up to %(high)s", high=number(interval.high, *thresholds))
    if interval.high is None:
        return gettext("%(low)s and above", low=number(interval.low, *thresholds))
    low, high = number(interval.low, *thresholds), number(interval.high, *thresholds)
    return gettext("%(low)s to %(high)s", low=low, high=high)


def level(share: float) -> str:
    """A share that a policy or method sets, as it was written: `95 %`, `99.67 %`."""
    return f"{100 * share:.4g}{THIN}%"


def proportion(numerator: int, denominator: int) -> str:
    """`217 of 1 000 (21.7 %)`."""
    share = f" ({percent(numerator / denominator)})" if denominator else ""
    return gettext("%(n)s of %(all)s", n=count(numerator), all=count(denominator)) + share


def title(name: str) -> str:
    """`impact_ratio` → `Impact ratio`; `sex*age_band` → `Sex × age band`. In German where there is a word for it."""
    return named(in_words(name))


def in_words(name: str) -> str:
    """The name as sentences of the record are printed: in English."""
    words = re.sub(r"[_\s]+", " ", NAMES.get(name, name).replace("*", " \u00d7 ")).strip().split(" ")
    spoken = " ".join(_SPOKEN.get(word, word) for word in words)
    return spoken[:1].upper() + spoken[1:]


def phrase(name: str) -> str:
    """Like `title`, for the middle of a sentence."""
    english = in_words(name)
    told = named(english)
    if told != english:
        return told
    return named(within(name))


def within(name: str) -> str:
    """Like `in_words`, for the middle of a sentence."""
    made = in_words(name)
    return made if made[:2].isupper() else made[:1].lower() + made[1:]


def moment(value: datetime) -> str:
    """`31 March 2026, 12:00 UTC`."""
    return gettext("%(day)s, %(time)s UTC", day=day(value.date()), time=f"{value:%H:%M}")


def day(value: date) -> str:
    """`31 March 2026`, in every locale."""
    month = gettext(_MONTHS[value.month - 1])
    return gettext("%(day)s %(month)s %(year)s", day=value.day, month=month, year=value.year)


_MONTHS = (
    message("January"), message("February"), message("March"), message("April"), message("May"), message("June"),
    message("July"), message("August"), message("September"), message("October"), message("November"),
    message("December"),
)  # fmt: skip


def enumeration(items: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    listed = list(items)
    if len(listed) < 2:
        return "".join(listed)
    return gettext("%(first)s and %(last)s", first=", ".join(listed[:-1]), last=listed[-1])


def plural(amount: int, singular: str, many: str | None = None) -> str:
    """`1 control`, `12 controls`."""
    return f"{count(amount)} {singular if amount == 1 else many or singular + 's'}"


def plain(value: object) -> str:
    """A parameter in words: never a Python literal."""
    match value:
        case None:
            return gettext("not set")
        case bool():
            return gettext("yes") if value else gettext("no")
        case int():
            return count(value)
        case float():
            return threshold(value)
        case Mapping():
            return "; ".join(f"{phrase(str(key))}: {plain(inner)}" for key, inner in value.items()) or gettext("none")
        case list() | tuple():
            return ", ".join(plain(inner) for inner in value) or gettext("none")
        case _:
            return str(value)


def sentence(text: str) -> str:
    """With a capital and a full stop."""
    text = text.strip()
    if not text:
        return text
    return text[0].upper() + text[1:] + ("" if text[-1] in ".!?:" else ".")


def hexadecimal(digest: str) -> str:
    """The digest without the name of its algorithm."""
    return digest.removeprefix("sha256:")


def shortened(text: str, most: int) -> str:
    """As much of the text as is about as wide as so many letters."""
    room = float(most)
    for place, letter in enumerate(text):
        room -= _WIDE.get(letter, 2 if east_asian_width(letter) in "FW" else 1.35 if letter.isupper() else 1)
        if room < 0:
            words = text[:place].rpartition(" ")[0]
            return (words if len(words) > place - LONGEST_END else text[:place]).rstrip() + "\u2026"
    return text
