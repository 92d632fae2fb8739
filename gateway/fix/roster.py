"""Whose Logon it is: the sessions that are called, by CompIDs and what else they ask for, and templates of more."""

import re
from collections.abc import Container
from fnmatch import fnmatchcase
from typing import Final

from msgspec.structs import replace

from gateway.fix.header import Introduction
from gateway.fix.party import Party, fits
from gateway.model.sessions import SessionConfig

_COMP_ID: Final = re.compile(r"[!-<>-~]{1,64}")  # what a session's name may be made of


class Roster:
    """The acceptors of one Engine."""

    def __init__(self) -> None:
        self.templates: dict[str, SessionConfig] = {}  # by name
        self._parties: dict[tuple[str, str], list[Party]] = {}  # by our and their CompID

    def add(self, party: Party) -> None:
        config = party.session.config
        self._parties.setdefault((config.sender, config.target), []).append(party)

    def remove(self, party: Party) -> None:
        """Where it is there: an initiator never is."""
        config = party.session.config
        found = self._parties.get((config.sender, config.target), [])
        if party in found:
            found.remove(party)

    def known(self, who: Introduction) -> Party | None:
        """The session that is meant; of several the one that asks for most."""
        candidates = self._parties.get((who.target, who.sender), ())
        fitting = [party for party in candidates if party.served and fits(party.session.config, who)]
        return max(fitting, key=lambda party: len(party.name), default=None)

    def template(self, who: Introduction, taken: Container[str]) -> tuple[str, SessionConfig] | None:
        """A template's name and the session that it makes for them.

        None is made whose name is taken: that is somebody who is not served, or whom an operator removed.
        """
        if not _COMP_ID.fullmatch(who.sender):
            return None
        for pattern, template in self.templates.items():
            if template.sender == who.target and fnmatchcase(who.sender, template.target) and fits(template, who):
                config = replace(template, target=who.sender)
                if config.name not in taken:
                    return pattern, config
        return None
