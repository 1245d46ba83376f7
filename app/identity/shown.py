"""Names and addresses as a person may read them: city and province see masked identities (domain §2)."""

from flask import Blueprint

from ..core.masking import mask_address, mask_name
from ..permissions import Actor, Role
from .access import current_actor


def shown_name(actor: Actor, name: str) -> str:
    """A name as this person may see it."""
    return mask_name(name) if actor.role is Role.CITY else name


def shown_address(actor: Actor, address: str) -> str:
    """An address as this person may see it."""
    return mask_address(address) if actor.role is Role.CITY else address


def register(bp: Blueprint) -> None:
    """`| shown_name` and `| shown_address` in every template, for whoever looks at the page."""
    bp.add_app_template_filter(lambda name: shown_name(current_actor(), name or ""), "shown_name")
    bp.add_app_template_filter(lambda address: shown_address(current_actor(), address or ""), "shown_address")
