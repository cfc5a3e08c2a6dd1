"""Holds a JSON value to a schema: says where it diverges, and which fields it has beyond the schema."""

from typing import Any

from tests.contract.schemas import Schema

KINDS: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def divergences(schema: Schema, value: Any, where: str = "$") -> list[str]:
    """Every place where the value is not what the schema says; an empty list where it is."""
    if "anyOf" in schema:
        found = [divergences(one, value, where) for one in schema["anyOf"]]
        return [] if [] in found else min(found, key=len)
    if "enum" in schema and value not in schema["enum"]:
        return [f"{where}: {value!r} is none of {', '.join(map(str, schema['enum']))}"]
    kind = schema.get("type")
    if kind is not None and not _is_a(kind, value):
        return [f"{where}: expected {kind}, got {value!r}"]
    if isinstance(value, dict):
        return _in_object(schema, value, where)
    if isinstance(value, list):
        return _in_list(schema, value, where)
    return _out_of_bounds(schema, value, where)


def additions(schema: Schema, value: Any) -> set[str]:
    """The names of fields, at any depth, of which the schema says nothing."""
    if "anyOf" in schema:
        return next((additions(one, value) for one in schema["anyOf"] if not divergences(one, value)), set())
    if isinstance(value, list):
        return set().union(*(additions(schema.get("items", {}), item) for item in value))
    if not isinstance(value, dict) or "properties" not in schema:
        return set()
    known = schema["properties"]
    inside = (additions(known[name], held) for name, held in value.items() if name in known)
    return (set(value) - set(known)).union(*inside)


def _is_a(kind: str, value: Any) -> bool:
    is_boolean = isinstance(value, bool)
    return isinstance(value, KINDS[kind]) and (not is_boolean or kind == "boolean")


def _in_object(schema: Schema, value: dict[str, Any], where: str) -> list[str]:
    found = [f"{where}.{name}: is missing" for name in schema.get("required", ()) if name not in value]
    if len(value) > schema.get("maxProperties", len(value)):
        found.append(f"{where}: has more than {schema['maxProperties']} properties")
    known, others = schema.get("properties", {}), schema.get("additionalProperties", {})
    for name, held in value.items():
        found += divergences(known.get(name, others), held, f"{where}.{name}")
    return found


def _in_list(schema: Schema, value: list[Any], where: str) -> list[str]:
    found = []
    if len(value) > schema.get("maxItems", len(value)):
        found.append(f"{where}: has more than {schema['maxItems']} items")
    for position, item in enumerate(value):
        found += divergences(schema.get("items", {}), item, f"{where}[{position}]")
    return found


def _out_of_bounds(schema: Schema, value: Any, where: str) -> list[str]:
    is_low = "minimum" in schema and value < schema["minimum"]
    is_low = is_low or ("exclusiveMinimum" in schema and value <= schema["exclusiveMinimum"])
    is_high = "maximum" in schema and value > schema["maximum"]
    return [f"{where}: {value!r} is out of bounds"] if is_low or is_high else []
