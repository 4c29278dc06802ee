"""Models as JSON and back: arrays as text, our own classes by name, nothing else, so that reading runs no code."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, Final

import numpy as np

from syncer.core.lookalike import Feature, FeatureKind
from syncer.learn.calibrate import Calibration
from syncer.learn.encode import ChoicePart, Encoder, NumberPart
from syncer.learn.families import Ladder, Linear, Neighbours
from syncer.learn.marks import Marks, Vocabulary
from syncer.learn.space import Space, TextPlane
from syncer.learn.travel import Asked, Measure

_KNOWN: Final[Mapping[str, type]] = {
    one.__name__: one
    for one in (
        *(Asked, Measure, Calibration, Encoder, NumberPart, ChoicePart, Ladder, Linear, Neighbours),
        *(Space, TextPlane, Vocabulary, Marks, Feature),
    )
}


class PackError(ValueError):
    """What is read was not packed here, or by another version of these classes."""


def pack(value: Any) -> Any:
    """Plain JSON of a model. Raises PackError for what no model holds."""
    if value is None or (isinstance(value, bool | str | int | float) and not isinstance(value, FeatureKind)):
        return value
    if isinstance(value, FeatureKind):
        return {"kind": value.value}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        told = value.astype(value.dtype.newbyteorder("<"), copy=False)
        return {
            "array": [value.dtype.newbyteorder("<").str, list(value.shape), b64encode(told.tobytes()).decode("ascii")]
        }
    if is_dataclass(value) and type(value).__name__ in _KNOWN:
        return {
            "class": type(value).__name__,
            "of": {one.name: pack(getattr(value, one.name)) for one in fields(value)},
        }
    if isinstance(value, Mapping):
        return {"map": [[str(key), pack(held)] for key, held in value.items()]}
    if isinstance(value, frozenset | set):
        return {"set": sorted(map(str, value))}
    if isinstance(value, Sequence):
        return [pack(one) for one in value]
    raise PackError(f"{type(value).__name__} is no part of a model")


def unpack(data: Any) -> Any:
    """The model of its JSON; sequences come back as tuples. Raises PackError."""
    if isinstance(data, list):
        return tuple(unpack(one) for one in data)
    if not isinstance(data, dict):
        return data
    try:
        if "array" in data:
            kind, shape, text = data["array"]
            if np.dtype(kind).hasobject:
                raise PackError("an array of objects")
            return np.frombuffer(b64decode(text), dtype=kind).reshape(shape)
        if "class" in data:
            return _KNOWN[data["class"]](**{name: unpack(held) for name, held in data["of"].items()})
        if "map" in data:
            return {key: unpack(held) for key, held in data["map"]}
        if "set" in data:
            return frozenset(data["set"])
        return FeatureKind(data["kind"])
    except (KeyError, TypeError, ValueError) as error:
        raise PackError(f"{type(error).__name__}: no model") from error
