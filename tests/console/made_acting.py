"""Made-up actions of one's own, and like cases, for scenes and tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from agent_core.contract.editing import FieldFault
from agent_core.contract.ids import AskId, ConversationId, ProposalId
from agent_core.contract.money import Money
from agent_core.contract.proposals import RuleCited
from agent_core.contract.proposing import ActionField, ActionOffered, ActionPreview
from agent_core.contract.risk import BatchLimit, Risk
from agent_core.contract.views import AskCard, EvidenceShown, LabelledText
from tests.console import made

OFFERED = (
    ActionOffered(tool="cancel_order", title="Cancel an order", sentence="Cancel order {order_id}", workflow="cancel_order",
                  reversible=False),
    ActionOffered(tool="create_return", title="Open a return", sentence="Send a label", workflow="returns", reversible=True),
    ActionOffered(tool="grant_credit", title="Grant a credit", sentence="Credit {money}", workflow="goodwill",
                  reversible=False),
    ActionOffered(tool="refund_payment", title="Refund a payment", sentence="Refund {money}", workflow="refund_order",
                  reversible=False),
)  # fmt: skip
TEXT = {"type": "string"}
FIELDS = (
    ActionField(name="order_id", label="Order", form=TEXT, required=True, known=("NW-88213",)),
    ActionField(name="payment_id", label="Payment", form=TEXT, required=True, known=("pay_71", "pay_72", "pay_73")),
    ActionField(name="amount_minor", label="Amount", form={"type": "integer"}, required=True, money="currency"),
    ActionField(name="currency", label="Currency", form=TEXT, required=True, known=("EUR",)),
    ActionField(name="reason", label="Reason", form=TEXT, required=True),
)
BLANK = ActionPreview(conversation=made.conversation(1), brand=made.BRAND, chosen=OFFERED[3], fields=FIELDS)
MEDIUM = Risk(tier="medium", batch=BatchLimit(most=10, total=made.euros(20_000)))


def choosing(**changes: object) -> ActionPreview:
    """What there is to choose from."""
    return ActionPreview(conversation=made.conversation(1), brand=made.BRAND, offered=OFFERED).model_copy(update=changes)


def possible(**changes: object) -> ActionPreview:
    """An action that could be signed."""
    bound = made.ask(1).binding
    assert bound is not None
    return BLANK.model_copy(
        update={
            "countersigners": "one",
            "required_people": 1,
            "able": 3,
            "money": made.euros(2_550),
            "draft": "d_1",
            "title": "Refund 25.50 EUR of payment pay_71 for order NW-88213",
            "evidence": (
                EvidenceShown(key="payment.pay_71.refundable", label="Still refundable", value="64.90 EUR",
                              source="list_payments", source_seq=31, read_at=made.NOW),
                EvidenceShown(key="order.NW-88213.customer", label="Order belongs to customer", value="cus_1",
                              source="get_order", source_seq=30, read_at=made.NOW, this_customer=True),
            ),
            "rules": (RuleCited(id="refund-ask-a-person", why="Larger refunds wait for a person"),),
            "proposal": ProposalId("p_new"),
            "ask": AskId("a_new"),
            "binding": bound,
            **changes,
        }
    )  # fmt: skip


def refused() -> ActionPreview:
    """An action that policy is against."""
    words = "A refund is more than nothing and never more than what is known to be left of the payment"
    return BLANK.model_copy(update={"faults": (FieldFault(field="", code="over_refundable", sentence=words),)})


def case(number: int, minor: int = 2_500, **changes: object) -> AskCard:
    """One of several like refunds."""
    base = made.ask(number)
    assert base.binding is not None
    money = Money(amount_minor=minor, currency="EUR")
    bound = base.binding.model_copy(
        update={
            "proposal": ProposalId(f"p_case_{number}"),
            "resource": f"order:NW-{88_000 + number}",
            "nonce": f"n_case_{number}",
            "money": money,
            "proposed_by": None,
            "required_approvals": 1,
        }
    )
    update: dict[str, object] = {
        "title": f"Refund {money.text()} of payment pay_{number} for order NW-{88_000 + number}",
        "customer_name": ("Amara Okafor", "Jonas Weber", "Lucía Fernández", "Kim Sato", "Noor Haddad")[number % 5],
        "money": money,
        "binding": bound,
        "risk": MEDIUM,
        "rows": (
            LabelledText(label="Order", value=f"NW-{88_000 + number}"),
            LabelledText(label="Payment", value=f"pay_{number}"),
            LabelledText(label="Amount", value=money.text()),
            LabelledText(label="Reason", value="Charged twice"),
        ),
        "changes": (),
        "questions": (),
        "approvals": (),
        "look_again": False,
        "required_people": 1,
        "state": "waiting",
        "claimed_by": None,
        "proposed_by": None,
    }
    return base.model_copy(update={**update, **changes})


@dataclass
class ActingAskedFor:
    """Deeds that remember what they were asked for."""

    previews: list[tuple[ConversationId, str | None, Mapping[str, Any] | None]] = field(
        default_factory=list[tuple[ConversationId, str | None, Mapping[str, Any] | None]]
    )
    proposed: list[tuple[ActionPreview, str]] = field(default_factory=list[tuple[ActionPreview, str]])
    together: list[tuple[tuple[AskId, ...], datetime]] = field(default_factory=list[tuple[tuple[AskId, ...], datetime]])

    def preview_action(self, conversation: ConversationId, tool: str | None, arguments: Mapping[str, Any] | None) -> None:
        """Remember."""
        self.previews.append((conversation, tool, arguments))

    def propose(self, preview: ActionPreview, comment: str) -> None:
        """Remember."""
        self.proposed.append((preview, comment))

    def approve_together(self, asks: Sequence[AskId], shown_at: datetime) -> None:
        """Remember."""
        self.together.append((tuple(asks), shown_at))
