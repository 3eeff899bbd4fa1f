"""Every check between a person's signature and an action, each with its own code, sentence and consequence (R-C4, R-C5).

Source: the checks at execution of the security design (1–14), as amended: evidence values and `seen_through` instead of a
revision, two keys instead of one. A code is for life: it is logged, shown, counted and alarmed on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Then = Literal["refuse", "look_again", "lapse", "wait", "settled"]
"""What becomes of the proposal. `refuse`: this statement counts for nothing, the proposal goes on waiting. `look_again`:
the card is shown again. `lapse`: the proposal ends, a new one supersedes it. `wait`: nothing is wrong, but not now.
`settled`: the proposal is already over. Where an approval given earlier is what failed (at dispatch), `refuse` and
`look_again` are one: the card is issued again with a fresh nonce."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check.

    Attributes:
        number: Of the security design's list; several codes may share one.
        sentence: Says what happened and what to do; safe to show.
        then: What becomes of the proposal when it fails.
    """

    code: str
    number: int
    sentence: str
    then: Then = "refuse"


_TABLE = (
    Check("wrong_payload_type", 1, "This is not a statement of this product."),
    Check("not_one_signature", 2, "A statement carries exactly one signature."),
    Check("bad_base64", 2, "The envelope is damaged: it is not canonical base64."),
    Check("key_expired", 2, "This key has expired. Ask an admin to enrol it again, or a new one."),
    Check("unknown_key", 2, "This key belongs to no enrolled operator. Ask an admin to enrol it."),
    Check("key_revoked", 2, "This key was revoked. Nothing it signed counts any more."),
    Check("key_stopped", 2, "This key was stopped. An admin or a lead must look at it before it counts again."),
    Check("key_rotated", 2, "This key was replaced by a newer one of the same person. Sign with that one."),
    Check("key_not_yet_enrolled", 2, "This statement was signed before its key was enrolled. Sign it again."),
    Check("bad_signature", 3, "The signature does not fit the statement. Nothing was done."),
    Check("not_canonical", 3, "The statement is not in canonical form. Nothing was done."),
    Check("bad_statement", 3, "The statement is not of a known version. Update the console."),
    Check("wrong_core", 3, "This statement was made for another installation."),
    Check("key_not_named", 4, "The statement names another key than the one that signed it."),
    Check("foreign_operator", 4, "The statement names another operator than the owner of the key."),
    Check("wrong_role", 4, "The statement names a role that its signer does not have."),
    Check("nonce_not_issued", 5, "This statement answers a question that was not asked. Open the card again."),
    Check("nonce_used", 5, "This statement was used before. Each one counts once."),
    Check("issued_in_future", 6, "The statement is dated in the future. Check the console's clock."),
    Check("statement_expired", 6, "The statement has expired. Open the card and sign again."),
    Check("shown_later", 6, "The statement says that it was signed before its card was shown. Check the console's clock."),
    Check("shown_too_short", 6, "This was approved before its card could have been read. Look at it, then approve."),
    Check("shown_implausible", 6, "The statement says that its card was shown before it was there. Check the clock."),
    Check("lives_too_long", 6, "A statement may live fifteen minutes at most."),
    Check("not_a_decision", 7, "This is not a decision about a proposal."),
    Check("not_an_approval", 7, "This decision is not an approval."),
    Check("other_proposal", 7, "This statement is about another proposal. No signature moves from one to another."),
    Check("other_ask", 7, "This statement answers another ask."),
    Check("other_brand", 7, "This statement is for another brand."),
    Check("other_conversation", 7, "This statement is about another conversation."),
    Check("other_customer", 7, "This statement is about another customer."),
    Check("other_proposer", 7, "This statement names somebody else as the one who proposed it."),
    Check("other_edit", 7, "This statement is about another edit."),
    Check("other_run", 7, "This statement is about another run."),
    Check("other_workflow", 7, "This statement is about another workflow, version or step of it."),
    Check("other_release", 7, "This statement is about another release."),
    Check("other_tool", 7, "This statement is about another action."),
    Check("other_resource", 7, "This statement is about another thing."),
    Check("other_money", 7, "This statement is about another amount."),
    Check("other_arguments", 7, "This statement is about other arguments than the ones proposed."),
    Check("other_evidence", 7, "This statement rests on other evidence than the proposal."),
    Check("other_card", 7, "What was signed is not the card of this proposal."),
    Check("other_policy", 7, "This statement was made under other policies than the proposal."),
    Check("other_people_count", 7, "This statement names another number of people than the proposal needs."),
    Check("other_comment", 7, "The comment is not the one that was signed."),
    Check("arguments_changed", 7, "What is about to be sent is not what was approved. Nothing was sent."),
    Check("evidence_changed", 8, "What the approval rested on has changed. It needs a new look.", "lapse"),
    Check("look_again", 8, "The customer wrote after this card was shown. Read it and confirm again.", "look_again"),
    Check("policy_changed", 9, "The policies changed since this was proposed. It needs a new look.", "lapse"),
    Check("policy_forbids", 9, "Asked again now, the policies do not allow this any more.", "lapse"),
    Check("approver_not_allowed", 9, "The policies do not allow this person to approve this."),
    Check("proposal_over", 10, "This proposal is already settled.", "settled"),
    Check("proposal_expired", 10, "This proposal has expired. It was not executed.", "settled"),
    Check("ask_over", 10, "Somebody has already answered this.", "settled"),
    Check("verb_not_allowed", 10, "This ask cannot be answered in this way."),
    Check("role_not_allowed", 10, "Somebody with another role must answer this."),
    Check("quarantined", 10, "The conversation is quarantined. Nothing is executed until it is released.", "wait"),
    Check("human_control", 10, "A person has taken over the conversation. The agent executes nothing.", "wait"),
    Check("conversation_closed", 10, "The conversation is closed. This was not executed.", "lapse"),
    Check("agent_paused", 10, "The agent is paused here. Nothing is executed until it is resumed.", "wait"),
    Check("workflow_paused", 10, "The workflow that wanted this is paused. It waits until that is resumed.", "wait"),
    Check("run_withdrawn", 10, "The run that wanted this was withdrawn.", "lapse"),
    Check("release_withdrawn", 10, "The release this was proposed under was withdrawn.", "lapse"),
    Check("workflow_withdrawn", 10, "The workflow that wanted this was withdrawn.", "lapse"),
    Check("tool_withdrawn", 10, "This action was withdrawn from use.", "lapse"),
    Check("recalled", 10, "The approval was recalled by its author.", "wait"),
    Check("too_early", 10, "The time in which the approval can be recalled is not over yet.", "wait"),
    Check("out_of_order", 11, "Somebody else approved meanwhile. Open the card again, it shows who."),
    Check("approval_void", 11, "An earlier approval counts no more. Read the card and approve again.", "look_again"),
    Check("same_person", 11, "This person has already approved. Another person must."),
    Check("same_key", 11, "This key has already approved. Another person's key must."),
    Check("own_proposal", 11, "Nobody approves what they proposed themselves."),
    Check("proposer_gone", 11, "The person who proposed this may not act here any more. It was not executed.", "lapse"),
    Check("other_batch", 7, "The cases that came along are not the ones that were signed together."),
    Check("batch_not_allowed", 9, "This is never approved together with others. Approve it by itself."),
    Check("batch_not_alike", 9, "These cases are not alike. Approve them by themselves."),
    Check("batch_too_large", 12, "These are more cases, or more money together, than may be approved in one go."),
    Check("own_edit", 11, "Who changed a proposal counts with that change, never as the second person."),
    Check("arguments_refused", 9, "The action does not take these arguments any more. It needs a new look.", "lapse"),
    Check("simulated_person", 11, "A simulated operator counts only in the demonstration brand."),
    Check("too_few_people", 11, "More people must approve before this is executed.", "wait"),
    Check("over_limit", 12, "The amount is above this person's limit."),
    Check("over_daily_amount", 12, "This person has reached the amount they may approve in one day."),
    Check("over_daily_count", 12, "This person has reached the number of approvals they may give in one day."),
    Check("foreign_brand", 12, "This person does not work for this brand."),
    Check("already_done", 13, "The same action is already open or done. Look at it before you do it again.", "lapse"),
    Check("wrong_idempotency_key", 13, "The key that makes this happen once is not the proposal's. Nothing was sent."),
    Check("log_diverged", 14, "The console has seen another history than this core. Nothing is executed. Call an admin."),
)  # fmt: skip

CHECKS: Mapping[str, Check] = MappingProxyType({check.code: check for check in _TABLE})
"""Every check by its code."""
