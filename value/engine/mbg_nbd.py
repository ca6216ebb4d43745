"""MBG/NBD: Batislam, Denizel & Filiztekin (2007), IJRM 24; Hoppe & Wagner (2007), Marketing JRM 3."""

from dataclasses import dataclass

from value.engine.beta_geometric import BetaGeometric


@dataclass(frozen=True)
class MbgNbd(BetaGeometric):
    """A customer may drop out after each order, the first included."""

    name = "mbg_nbd"
    label = "MBG/NBD"
    source = "Batislam, Denizel & Filiztekin (2007)"
    chances_at_first = 1
