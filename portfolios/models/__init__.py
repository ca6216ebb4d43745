"""Who answers for whom, by whose decision or which rule."""

from portfolios.models.assignment_rules import AssignmentPolicy, PortfolioRules, Unpinned
from portfolios.models.assignment_runs import (
    AssignmentDecision,
    AssignmentFacts,
    AssignmentProposal,
    AssignmentRun,
)
from portfolios.models.portfolio import Assignment, Portfolio, Transfer

__all__ = [
    "Assignment",
    "AssignmentDecision",
    "AssignmentFacts",
    "AssignmentPolicy",
    "AssignmentProposal",
    "AssignmentRun",
    "Portfolio",
    "PortfolioRules",
    "Transfer",
    "Unpinned",
]
