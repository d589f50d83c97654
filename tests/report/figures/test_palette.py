"""Colours are told apart with colour-vision deficiency, and stand out from their page."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from emtract.emotions import NON_NEUTRAL
from emtract.report.figures.palette import DARK, LIGHT, STEPS, series_tones, tone

# Machado, Oliveira and Fernandes (2009), severity 1.
SIGHT = {
    "typical": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]]
    ),
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
PAGES = {"light": (LIGHT, "#fdfdfc"), "dark": (DARK, "#14161a")}


def linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    xyz = TO_XYZ @ np.clip(rgb, 0, 1) / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("theme", PAGES)
@pytest.mark.parametrize("sight", SIGHT)
def test_any_two_emotions_differ(theme: str, sight: str) -> None:
    colours = {e: lab(SIGHT[sight] @ linear(PAGES[theme][0][e])) for e in NON_NEUTRAL}
    distances = {(a, b): np.linalg.norm(colours[a] - colours[b]) for a, b in combinations(colours, 2)}
    assert min(distances.values()) > 13, min(distances, key=distances.get)


@pytest.mark.parametrize("theme", PAGES)
def test_every_tone_stands_out_from_its_page(theme: str) -> None:
    palette, page = PAGES[theme]
    ground = TO_XYZ[1] @ linear(page)
    for name, colour in palette.items():
        light = TO_XYZ[1] @ linear(colour)
        assert (max(light, ground) + 0.05) / (min(light, ground) + 0.05) > 2.9, name


def test_tone_of_a_term() -> None:
    assert [tone(t) for t in ("happy_pre_open", "valence_market", "lagged_return")] == ["happy", "valence", "other"]


def test_names_that_are_no_emotion_take_even_steps_of_one_hue_and_a_difference_stands_out() -> None:
    quintiles = [f"quintile {i}" for i in range(1, 6)]
    assert [t for t, _ in series_tones([*quintiles, "long minus short"])] == [*STEPS, "other"]
    assert [t for t, _ in series_tones(["low enthusiasm", "high enthusiasm"])] == [STEPS[0], STEPS[-1]]
    assert len(set(series_tones([f"line {i}" for i in range(12)]))) == 12
    assert series_tones(["happy", "sad"]) == [("happy", "solid"), ("sad", "solid")]


@pytest.mark.parametrize("theme", PAGES)
def test_steps_run_away_from_the_page(theme: str) -> None:
    palette, page = PAGES[theme]
    far = [abs(float(TO_XYZ[1] @ linear(palette[s]) - TO_XYZ[1] @ linear(page))) for s in STEPS]
    assert far == sorted(far)
