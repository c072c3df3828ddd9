"""Exact tests of two counts: how likely a difference as large as this one is by chance alone (two-sided)."""

from __future__ import annotations

import math
from collections.abc import Callable

# Probabilities that differ by less are equal: they were computed along different paths.
_TOLERANCE = 1e-9


def fisher_exact(hits: int, total: int, other_hits: int, other_total: int) -> float:
    """Returns the p-value of Fisher's exact test: whether two groups have the same share of hits.

    It sums the hypergeometric probabilities of all tables with these margins that are not likelier than this one.
    """
    both, all_hits = total + other_total, hits + other_hits
    ways = _log_choose(both, all_hits)

    def log_probability(k: int) -> float:
        return _log_choose(total, k) + _log_choose(other_total, all_hits - k) - ways

    return _two_sided(log_probability, hits, range(max(0, all_hits - other_total), min(total, all_hits) + 1))


def binomial_test(hits: int, total: int, share: float = 0.5) -> float:
    """Returns the p-value of the exact binomial test: whether each of `total` is a hit with probability `share`.

    Of two Poisson counts with the same rate, each is binomial given their sum.
    """
    log_share, log_rest = math.log(share), math.log1p(-share)

    def log_probability(k: int) -> float:
        return _log_choose(total, k) + k * log_share + (total - k) * log_rest

    return _two_sided(log_probability, hits, range(total + 1))


def _two_sided(log_probability: Callable[[int], float], seen: int, possible: range) -> float:
    limit = log_probability(seen) + _TOLERANCE
    chances = map(log_probability, possible)
    return min(1.0, math.fsum(math.exp(chance) for chance in chances if chance <= limit))


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
