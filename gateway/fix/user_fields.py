"""A session's dictionary with the fields of a dialect in what is said of an order."""

from functools import cache

from msgspec.structs import replace

from gateway.fix.dictionary import Dictionary, FieldDef, MemberDef, named
from gateway.model.dialects import UserField
from gateway.model.sessions import SessionConfig

_NO_ORDERS = 73


def dictionary_of(config: SessionConfig) -> Dictionary:
    """What the session speaks. Raises DictionaryError."""
    wording = config.wording
    if wording is None or wording.dialect is None or not wording.dialect.fields:
        return named(config.dictionary)
    return _extended(config.dictionary, wording.dialect.fields)


@cache
def _extended(name: str, fields: tuple[UserField, ...]) -> Dictionary:
    """Fields that the dictionary has keep their types."""
    known = named(name)
    own = {
        field.number: FieldDef(field.number, f"UserDefined{field.number}", field.type, {})
        for field in fields
        if field.number not in known.fields
    }
    members = {field.number: MemberDef(field.number, False) for field in fields}
    messages = dict(known.messages)
    for msg_type in ("D", "G", "8"):
        message = messages[msg_type]
        messages[msg_type] = replace(message, members=message.members | _missing(members, message.members))
    a_list = messages["E"]
    orders = a_list.members[_NO_ORDERS]
    assert orders.group is not None
    group = replace(orders.group, members=orders.group.members | _missing(members, orders.group.members))
    messages["E"] = replace(a_list, members=a_list.members | {_NO_ORDERS: replace(orders, group=group)})
    return replace(
        known,
        fields=known.fields | own,
        numbers=known.numbers | {field.name: field.number for field in own.values()},
        messages=messages,
    )


def _missing(members: dict[int, MemberDef], there: dict[int, MemberDef]) -> dict[int, MemberDef]:
    return {number: member for number, member in members.items() if number not in there}
