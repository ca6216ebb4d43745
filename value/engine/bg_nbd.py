"""BG/NBD: Fader, Hardie & Lee (2005), *Counting your customers the easy way*, Marketing Science 24(2)."""

from dataclasses import dataclass

from value.engine.beta_geometric import BetaGeometric


@dataclass(frozen=True)
class BgNbd(BetaGeometric):
    """A customer may drop out after each repeat order, never after the first.

    So P(alive) is 1 for every one-time buyer, by construction: never show it as permanence.
    """

    name = "bg_nbd"
    label = "BG/NBD"
    source = "Fader, Hardie & Lee (2005)"
    chances_at_first = 0
    silent_after_first = True
