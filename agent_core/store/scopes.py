"""What may be stopped: everything, one brand, or one workflow of a brand (R-M3); how rows are named and lie in each other.

A workflow's scope lies inside its brand's: whoever moves it moves the brand's epoch, which every start's fence compares. So
no fence names workflows, and none can forget one. This module must never touch a database.
"""

from typing import Final

from agent_core.contract.ids import BrandId, WorkflowName

GLOBAL_SCOPE: Final = "global"

_BRAND: Final = "brand:"
_WORKFLOW: Final = "workflow:"


def brand_scope(brand: BrandId) -> str:
    """The scope of one brand: its row is compared by every fence of its conversations."""
    return f"{_BRAND}{brand}"


def workflow_scope(brand: BrandId, workflow: WorkflowName) -> str:
    """The scope of one workflow of a brand."""
    return f"{_WORKFLOW}{brand}/{workflow}"


def scope_around(scope: str) -> str | None:
    """The brand's scope, of a workflow's; none of any other."""
    return brand_scope(brand_in(scope)) if scope.startswith(_WORKFLOW) else None


def brand_in(scope: str) -> BrandId:
    """The brand that a scope is of, or lies in."""
    name = scope.removeprefix(_BRAND) if scope.startswith(_BRAND) else scope.removeprefix(_WORKFLOW)
    return BrandId(name.partition("/")[0])


def workflow_in(scope: str) -> WorkflowName | None:
    """The workflow that a scope is of; none of any other."""
    return WorkflowName(scope.partition("/")[2]) if scope.startswith(_WORKFLOW) else None


def workflows_between(brand: BrandId) -> tuple[str, str]:
    """The scopes of a brand's workflows: from the first name on, and before the second."""
    return f"{_WORKFLOW}{brand}/", f"{_WORKFLOW}{brand}0"  # what follows the stroke
