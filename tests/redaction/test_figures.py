"""Recall and precision of the redaction hold on a corpus of every published shape of secret."""

from __future__ import annotations

import pytest

from tests.redaction.corpus import Sample
from tests.redaction.figures import Figures, Measurement, measure, of_look_alikes, of_secrets

AIM = 0.99
LEAST_OF_A_KIND = 0.95


@pytest.fixture(scope="module")
def measured() -> Measurement:
    return measure()


def test_nearly_every_secret_is_found_and_nearly_every_mark_is_right(measured: Measurement) -> None:
    assert measured.recall >= AIM
    assert measured.precision >= AIM


def test_no_kind_of_secret_is_found_less_often(measured: Measurement) -> None:
    assert {kind: one.missed for kind, one in measured.secrets.items() if not _is_good(one)} == {}


def test_every_kind_of_look_alike_is_left_alone(measured: Measurement) -> None:
    assert {kind: one.missed for kind, one in measured.look_alikes.items() if not _is_good(one)} == {}


def test_a_secret_that_is_left_and_a_word_that_goes_are_counted() -> None:
    """Guards the figures: a measurement that cannot see a mistake would always be good."""
    samples = [
        Sample("left", "inline", "the ring is under the mat", ("under the mat",)),
        Sample("spoiled", "inline", "my password is hunter2", ("hunter2",), ("my password is hunter2",)),
    ]

    found = of_secrets(samples)

    assert (found["left"].recall, found["spoiled"].recall, found["spoiled"].precision) == (0.0, 1.0, 0.5)
    assert of_look_alikes([("hit", "password: hunter2")])["hit"].recall == 0.0


def _is_good(figures: Figures) -> bool:
    return (figures.recall >= LEAST_OF_A_KIND and figures.precision >= LEAST_OF_A_KIND) or not figures.missed
