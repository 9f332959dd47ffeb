"""What will arrive: how much comes in a day, what it is made of, and how sure anyone can be.

The level of demand holds until it changes. When it last changed is not known, so every possible
day is weighed by how well it explains the counts (Bayesian online changepoint detection, R. P. Adams
and D. J. C. MacKay, 2007, arXiv:0710.3742, with normal logarithms of the counts): where
nothing speaks for a change, the recent and the long-run rate are one and the same; where
something does, days before the change soon count for nothing. The shares of the kinds
are treated in the same way, each for itself.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.random import Generator

from hub.domain.forecast.state import Floats, Ints, Work

# A level of demand holds for about two months; a new one is some 30 % off what is usual.
CHANGE_A_DAY = 1 / 40
_LEVEL_SPREAD = 0.3
_SHARE_SPREAD = 0.4
# A day's own noise, which so many days have to outweigh.
_DAY_NOISE = 0.1
_NOISE_DAYS = 15
_SHARE_NOISE = 0.05
# Weekdays differ by about this; after so many of one, half of what it shows is believed.
_WEEKDAY_SPREAD = 0.15
_PROFILE_DAYS = 0.5


class Reading(StrEnum):
    """Two ways to read the future: today's demand goes on, or it returns to usual from tomorrow."""

    GOES_ON = "goes_on"
    RETURNS = "returns"


@dataclass(frozen=True)
class History:
    """What arrived on past whole working days, and examples to draw from.

    `counts`: days x kinds, oldest first. `weekday` names the weekday of each (any small
    numbers from 0), `ahead` that of each day of the horizon. `examples` are
    recent arrivals of every kind with times counted from their own arrival (`due`, `deadline`,
    `rises`, `since`), and `minute` is the minute of the day when each came, in a day of
    `day_minutes`.
    """

    counts: Ints
    weekday: Ints
    ahead: Ints
    examples: Work
    minute: Floats
    day_minutes: float

    def __post_init__(self) -> None:
        if len(self.weekday) != len(self.counts):
            raise ValueError("History, weekday: must have one value per day of counts.")
        if len(self.minute) != len(self.examples):
            raise ValueError("History, minute: must have one value per example.")


@dataclass(frozen=True)
class Belief:
    """A level that may have changed: weights, means and standard deviations per possible last change."""

    weights: Floats
    means: Floats
    sds: Floats

    def draw(self, chance: Generator) -> float:
        """Return one level that may be true."""
        one = chance.choice(len(self.weights), p=self.weights)
        return float(chance.normal(self.means[one], self.sds[one]))

    @property
    def mean(self) -> float:
        """What is expected."""
        return float(self.weights @ self.means)


@dataclass(frozen=True)
class Demand:
    """What is believed of coming days: logarithms of arrivals on an average day, and of each kind's share.

    `usual` and `usual_shares` are the long run's, `profile` the factor of each day ahead,
    `day_noise` the standard deviation of a day's own logarithm.
    """

    level: Belief
    shares: tuple[Belief, ...]
    usual: float
    usual_shares: Floats
    profile: Floats
    day_noise: float

    def rates(self, reading: Reading, chance: Generator | None = None) -> Floats:
        """Return arrivals to expect, days ahead x kinds: drawn as may be true, or (no `chance`) the middle.

        Today stays as it is in both readings.
        """
        level = self.level.mean if chance is None else self.level.draw(chance)
        logs = np.array([one.mean if chance is None else one.draw(chance) for one in self.shares])
        now = np.exp(level) * _normal(np.exp(logs))
        found = np.outer(self.profile, now)
        if reading == Reading.RETURNS:
            doubt = 0.0 if chance is None else chance.normal(0.0, self.day_noise)
            found[1:] = np.outer(self.profile[1:], np.exp(self.usual + doubt) * self.usual_shares)
        return found


def believed(history: History) -> Demand:
    """Return what the counts of past days say about coming ones.

    Without a day of history nothing is expected to arrive; the forecast says so by its figures.
    """
    days, kinds = history.counts.shape
    totals = history.counts.sum(axis=1) + 0.5
    own, seen = _weekdays(np.log(totals), history.weekday)
    profile = np.exp([own.get(int(day), 0.0) for day in history.ahead])
    if not days or not kinds:
        return Demand(
            Belief(np.ones(1), np.full(1, -np.inf), np.zeros(1)), (), -np.inf, np.zeros(0), profile, 0.0
        )
    logs = np.log(totals) - np.array([own.get(int(day), 0.0) for day in history.weekday])
    noise = _day_noise(logs, totals)
    times = np.array([seen.get(int(day), 0) for day in history.weekday])
    variance = noise**2 + 1 / totals + _WEEKDAY_SPREAD**2 * _PROFILE_DAYS / (times + _PROFILE_DAYS)
    usual = float(np.median(logs))
    level = _belief(logs, variance, usual, _LEVEL_SPREAD)
    long_run = (history.counts.sum(axis=0) + 0.5) / (history.counts.sum() + 0.5 * kinds)
    shares = []
    for kind in range(kinds):
        expected = totals * long_run[kind]
        # A normal logarithm of (count + what the long run expects of one day's noise) is calm for rare kinds.
        log_share = np.log((history.counts[:, kind] + 1.0) / (expected + 1.0))
        shares.append(_belief(log_share, _SHARE_NOISE**2 + 1 / (expected + 1.0), 0.0, _SHARE_SPREAD))
    beliefs = tuple(
        Belief(one.weights, one.means + np.log(share), one.sds)
        for one, share in zip(shares, long_run, strict=True)
    )
    return Demand(level, beliefs, usual, long_run, profile, noise)


def _normal(shares: Floats) -> Floats:
    total = shares.sum()
    return shares / total if total > 0 else shares


def _belief(logs: Floats, variance: Floats, prior_mean: float, prior_sd: float) -> Belief:
    """Weigh each possible day of the last change; index r is "r days since", of 0 to all of them."""
    weights, means, variances = np.ones(1), np.full(1, prior_mean), np.full(1, prior_sd**2)
    for value, noise in zip(logs.tolist(), variance.tolist(), strict=True):
        spread = variances + noise
        fit = np.exp(-0.5 * (value - means) ** 2 / spread) / np.sqrt(spread)
        grown = weights * fit
        # A change on this day's morning: the day is then the first of its level.
        fresh_spread = prior_sd**2 + noise
        fresh = np.exp(-0.5 * (value - prior_mean) ** 2 / fresh_spread) / np.sqrt(fresh_spread)
        gain = variances / spread
        fresh_gain = prior_sd**2 / fresh_spread
        means = np.append(fresh_gain * value + (1 - fresh_gain) * prior_mean, means + gain * (value - means))
        variances = np.append(prior_sd**2 * (1 - fresh_gain), variances * (1 - gain))
        weights = np.append(CHANGE_A_DAY * weights.sum() * fresh, (1 - CHANGE_A_DAY) * grown)
        weights = weights / weights.sum() if weights.sum() > 0 else np.full(len(weights), 1 / len(weights))
    return Belief(weights, means, np.sqrt(variances))


def _day_noise(logs: Floats, totals: Floats) -> float:
    """Return how much days differ beyond chance, by the median difference: one change hardly tells on it."""
    usual = _DAY_NOISE**2
    if len(logs) < 3:
        return _DAY_NOISE
    typical = 1.4826 * float(np.median(np.abs(np.diff(logs)))) / np.sqrt(2)
    seen = max(typical**2 - 1 / float(np.median(totals)), 0.0)
    return float(np.sqrt((len(logs) * seen + _NOISE_DAYS * usual) / (len(logs) + _NOISE_DAYS)))


def _weekdays(logs: Floats, weekday: Ints) -> tuple[dict[int, float], dict[int, int]]:
    """Return each weekday's own logarithm, near 0 where little is known, and how many there were.

    A day is held against runs of days that have one of each weekday, so that a rising level does not
    look like a weekday; the median, so that the day of a change does not either.
    """
    width = len(set(weekday.tolist()))
    if not width or len(logs) < width:
        return {}, {}
    means = np.convolve(logs, np.full(width, 1 / width), "valid")
    own: dict[int, list[float]] = {}
    for day, value in enumerate(logs.tolist()):
        around = means[max(day - width + 1, 0) : day + 1]
        own.setdefault(int(weekday[day]), []).append(value - float(np.median(around)))
    found = {name: float(np.median(one)) * len(one) / (len(one) + _PROFILE_DAYS) for name, one in own.items()}
    middle = sum(found.values()) / len(found)
    return {name: value - middle for name, value in found.items()}, {k: len(one) for k, one in own.items()}
