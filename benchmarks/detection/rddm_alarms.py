"""Reads sequences of outcomes and writes the places of RDDM's alarms; needs frouros and numpy only."""

import sys

import numpy as np
from frouros.detectors.concept_drift import RDDM, RDDMConfig  # type: ignore[import-not-found] # its own environment


def main(source: str, target: str) -> None:
    """Run one detector along every sequence; after an alarm it starts afresh."""
    data = np.load(source)
    config = RDDMConfig(drift_level=float(data["level"]), warning_level=float(data["level"]) * 1.773 / 2.258)
    found = []
    for sequence in np.split(data["lost"], data["lengths"]):
        detector, places = RDDM(config=config), []
        for place, lost in enumerate(sequence):
            detector.update(value=int(lost))
            if detector.status["drift"]:
                places.append(place)
                detector.reset()
        found.append(np.array(places, dtype=np.int64))
    np.savez(target, *found)


if __name__ == "__main__":
    main(*sys.argv[1:3])
