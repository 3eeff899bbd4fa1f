"""What if: choose a place of the log, say what is to be different, run the turn again, compare (R-M4).

Nothing is sent by any of it, and the form says so before anything runs. It must never run with something that was not
given, and never remember a policy or arguments longer than the form is open.
"""

import json
from typing import Any, Final, cast

from pydantic import ValidationError

from agent_core.contract.forking import ForkWanted, OtherArguments
from agent_core.contract.triage import ConversationTriage, ForkPoint
from console import texts_triage as texts
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
    names = ", ".join(dict.fromkeys(one.workflow for one in shown.requests)) or "—"
    fields = [FormField("workflow", texts.FORK_WORKFLOW, "line", hint=texts.FORK_WORKFLOW_HINT.format(names=names))]
    if point.tool_use_id:
        label = texts.FORK_ARGUMENTS.format(tool=point.tool or point.tool_use_id)
        fields.append(FormField("arguments", label, "text", given=(_arguments(shown, point),)))
    fields += [
        FormField("policy", texts.FORK_POLICY, "text", hint=texts.FORK_POLICY_HINT),
        FormField("model", texts.FORK_MODEL, "line", hint=texts.FORK_MODEL_HINT),
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
    elif _one(given, "model") and "model" not in live:
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
        "workflow": _one(given, "workflow") or None,
        "model": _one(given, "model") or None,
        "policy": _one(given, "policy") or None,
        "live_model": "model" in live,
        "live_reads": "reads" in live,
    }
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
