"""What if: choose a place of the log, say what is to be different, run the turn again, compare (R-M4).

Nothing is sent by any of it, and the form says so before anything runs. It must never run with something that was not
given, and never remember a policy or arguments longer than the form is open.
"""

import json
from typing import Any, Final, cast

from pydantic import ValidationError

from agent_core.contract.forking import DEFAULT_POLICIES, ForkWanted, OtherArguments
from agent_core.contract.triage import ConversationTriage, ForkPoint
from console import texts_triage as texts
from console import words
from console.presenting import clock
from console.presenting.triage_compare import position_of, where
from console.shell.form import Form, FormField, FormFollows, FormLine, FormProps, Given
from console.state.app_state import AppState
from console.state.happenings import News
from console.state.store import Store
from console.state.triage import LookedAt
from console.state.triage_fork import ForkPointChosen
from console.widgets.check_row import CheckProps
from console.widgets.transcript.items import TranscriptItem
from console.workspaces.triage_deeds import TriageDeeds
from console.workspaces.triage_shown import alive_items

_FORM: Final = "fork:"
_AS_IT_WAS: Final = "as-it-was"
_DEFAULTS: Final = "defaults"


class Forking:
    """The turn that is run again, in one window.

    Args:
        store: The state.
        acts: What can be asked of the core.
    """

    def __init__(self, store: Store, acts: TriageDeeds) -> None:
        self._store = store
        self._acts = acts
        self._form: Form | None = None
        self._asked: ForkPoint | None = None

    def use(self, form: Form) -> None:
        """Ask in this form."""
        self._form = form
        form.changed.connect(self._changed)
        form.answered.connect(self._answered)

    def alive(self, state: AppState) -> tuple[TranscriptItem, ...]:
        """The repaired conversation as it goes on."""
        return alive_items(state)

    def _look(self) -> LookedAt | None:
        slice_ = self._store.state.triage
        return None if slice_.on_file else slice_.looked_at

    def point(self) -> ForkPoint | None:
        """The place the person stands on; the newest one before they chose."""
        at = self._look()
        points = at.shown.points if at is not None and at.shown is not None else ()
        position = self._store.state.triage.fork.position
        return next((one for one in points if one.position == position), points[-1] if points else None)

    def stands_on(self, key: str) -> None:
        """The keyboard stands on an item; one of the places is chosen by that."""
        at, position = self._look(), position_of(key)
        fork = self._store.state.triage.fork
        if at is not None and position is not None and fork.answer is None and fork.position != position:
            self._store.dispatch(ForkPointChosen(at.conversation, position))

    def back(self) -> None:
        """Put what was run away: the places stand there again."""
        at = self._look()
        if at is not None:
            self._store.dispatch(ForkPointChosen(at.conversation, self._store.state.triage.fork.position))

    def run(self) -> None:
        """Run the turn again from here, with nothing different."""
        point = self.point()
        if point is not None and self._store.state.triage.view == "fork":
            self._acts.fork(ForkWanted(position=point.position))

    def change(self) -> None:
        """Ask what is to be different."""
        point, at = self.point(), self._look()
        if self._form is None or point is None or at is None or at.shown is None:
            return
        if self._store.state.triage.view == "fork":
            self._asked = point
            self._form.show_form(fork_form(at.shown, point))

    def _changed(self, key: str, given: Given) -> None:
        if key.startswith(_FORM) and self._form is not None and self._asked is not None:
            self._form.set_follows(fork_follows(self._asked, given))

    def _answered(self, key: str, given: Given) -> None:
        point, at = self._asked, self._look()
        if not key.startswith(_FORM) or point is None or at is None:
            return
        self._asked = None
        try:
            self._acts.fork(fork_wanted(point, given))
        except ValidationError:
            self._store.dispatch(News("fork", texts.FORK_BAD_JSON, "", "warn"))


def fork_form(shown: ConversationTriage, point: ForkPoint) -> FormProps:
    """Ask what is to be different from a place on."""
    fields = [_workflows(shown)]
    if point.tool_use_id:
        label = texts.FORK_ARGUMENTS.format(tool=point.tool or point.tool_use_id)
        fields.append(FormField("arguments", label, "text", given=(_arguments(shown, point),)))
    fields += [
        FormField("policy_of", texts.FORK_POLICY, "one", _policies(shown), (_AS_IT_WAS,)),
        FormField("policy", texts.FORK_POLICY_TEXT, "text", hint=texts.FORK_POLICY_HINT),
        *_models(shown),
        FormField(
            "live", texts.FORK_LIVE, "any",
            (CheckProps("model", texts.FORK_LIVE_MODEL, texts.FORK_LIVE_MODEL_WORDS),
             CheckProps("reads", texts.FORK_LIVE_READS, texts.FORK_LIVE_READS_WORDS)),
        ),
    ]  # fmt: skip
    about = texts.FORK_ASK_WORDS.format(point=f"{point.title} · {where(point)}")
    return FormProps(
        f"{_FORM}{shown.conversation}:{point.position}", texts.FORK_ASK_TITLE, about, tuple(fields), texts.FORK_YES,
        "accent", "split", texts.FORK_FOLLOWS, fork_follows(point, {}),
    )  # fmt: skip


def _workflows(shown: ConversationTriage) -> FormField:
    """The workflows of the brand; typed where the core names none."""
    names = ", ".join(dict.fromkeys(one.title or one.workflow for one in shown.requests)) or "—"
    hint = texts.FORK_WORKFLOW_HINT.format(names=names)
    if not shown.choices.workflows:
        return FormField("workflow", texts.FORK_WORKFLOW, "line", hint=hint)
    known = (
        CheckProps(one.workflow, one.title, words.AUTHORITY_LEVELS.get(one.authority, one.authority))
        for one in shown.choices.workflows
    )
    first = CheckProps(_AS_IT_WAS, texts.FORK_AS_IT_WAS, hint)
    return FormField("workflow", texts.FORK_WORKFLOW, "one", (first, *known), (_AS_IT_WAS,))


def _policies(shown: ConversationTriage) -> tuple[CheckProps, ...]:
    """The brand's own, the defaults of a shop alone, and those of earlier releases that said something else."""
    earlier = (
        CheckProps(
            one.release,
            texts.FORK_POLICY_SINCE.format(time=clock.moment(one.since)),
            texts.FORK_POLICY_HERE if one.here else "",
        )
        for one in shown.choices.policies
    )
    return (
        CheckProps(_AS_IT_WAS, texts.FORK_POLICY_HINT),
        CheckProps(_DEFAULTS, texts.FORK_POLICY_DEFAULTS, texts.FORK_POLICY_DEFAULTS_WORDS),
        *earlier,
    )


def _models(shown: ConversationTriage) -> list[FormField]:
    """The models that are in use here, and any other by its name."""
    named = FormField("model", texts.FORK_MODEL_OTHER, "line", hint=texts.FORK_MODEL_HINT)
    if not shown.choices.models:
        return [named]
    known = (CheckProps(one, one) for one in shown.choices.models)
    first = CheckProps(_AS_IT_WAS, texts.FORK_AS_IT_WAS)
    return [FormField("known_model", texts.FORK_MODEL, "one", (first, *known), (_AS_IT_WAS,)), named]


def _model(given: Given) -> str:
    """The model that is wanted: a name that was typed goes before one that was chosen."""
    return _one(given, "model") or _chosen(given, "known_model")


def _chosen(given: Given, key: str) -> str:
    said = _one(given, key)
    return "" if said == _AS_IT_WAS else said


def fork_follows(point: ForkPoint, given: Given) -> FormFollows:
    """What a run would do, and why it cannot be run yet."""
    lines = [
        FormLine(texts.FORK_NOTHING_SENT, icon="shield-check", tone="ok"),
        FormLine(texts.FORK_NO_MESSAGE, icon="message-circle"),
        FormLine(texts.FORK_RECORD, icon="scroll-text"),
    ]
    live = given.get("live", ())
    if "model" in live:
        lines.append(FormLine(texts.FORK_LIVE_MODEL, texts.FORK_LIVE_MODEL_WORDS, "coins", "warn"))
    fault = ""
    if _one(given, "arguments") and _object(_one(given, "arguments")) is None and point.tool_use_id:
        fault = texts.FORK_BAD_JSON
    elif _model(given) and "model" not in live:
        fault = texts.FORK_MODEL_NEEDS
    return FormFollows(tuple(lines), not fault, fault)


def fork_wanted(point: ForkPoint, given: Given) -> ForkWanted:
    """What is asked for.

    Raises:
        ValidationError: Something given cannot be asked for.
    """
    arguments = _object(_one(given, "arguments")) if point.tool_use_id and _one(given, "arguments") else None
    live = given.get("live", ())
    value: dict[str, Any] = {
        "position": point.position,
        "workflow": _chosen(given, "workflow") or None,
        "model": _model(given) or None,
        "policy": _one(given, "policy") or None,
        "live_model": "model" in live,
        "live_reads": "reads" in live,
    }
    policy = _chosen(given, "policy_of")
    if value["policy"] is None and policy:
        # That of a release is named: the core knows its text.
        value |= {"policy": DEFAULT_POLICIES} if policy == _DEFAULTS else {"policy_of": policy}
    if arguments is not None:
        value["arguments"] = OtherArguments(tool_use_id=point.tool_use_id, arguments=arguments)
    return ForkWanted.model_validate(value)


def _one(given: Given, key: str) -> str:
    return "".join(given.get(key, ())).strip()


def _object(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def _arguments(shown: ConversationTriage, point: ForkPoint) -> str:
    """The arguments of the call at a place, where the request shows them whole."""
    for request in shown.requests:
        for message in request.messages:
            for block in message.blocks:
                if block.type == "tool_use" and block.tool_use_id == point.tool_use_id and not block.cut:
                    value = _object(block.text)
                    found = value.get("input") if value is not None else None
                    return json.dumps(found if found is not None else value or {}, indent=1, ensure_ascii=True)
    return ""
