"""Effects whose outcome is unclear, where what was sent or created may not be found at once."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.helpdesk.ports import Clock


@dataclass(frozen=True, slots=True)
class UnclearOutcomes:
    """The times at which this process last learned that the outcome of an effect is unclear, by the effect's id."""

    clock: Clock
    _since: dict[str, float] = field(default_factory=dict, init=False)

    def note(self, effect_id: str) -> None:
        """Notes an attempt with an unclear outcome."""
        self._since[effect_id] = self.clock()

    def is_noted(self, effect_id: str) -> bool:
        """Returns whether the outcome of an effect is known to be unclear."""
        return effect_id in self._since

    def forget(self, effect_id: str) -> None:
        """Forgets an effect whose outcome is known."""
        self._since.pop(effect_id, None)

    def left(self, effect_id: str, settle_seconds: float) -> float:
        """Returns for how many seconds what was created may still not be found; 0 or less: it may be created again.

        An effect of an earlier process counts from now.
        """
        now = self.clock()
        left = self._since.setdefault(effect_id, now) + settle_seconds - now
        if left <= 0:
            self.forget(effect_id)
        return left
