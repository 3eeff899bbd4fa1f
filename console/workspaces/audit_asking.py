"""What Audit asks a person: filters, names of searches, notes, scores, an erasure, an acknowledgement.

Each question is opened by a key or a button and answered once. An erasure is signed only while the form shows exactly what
would go, and what was typed to find a customer is forgotten when the form is closed.
"""

from datetime import timedelta
from typing import Final, Protocol

from console import texts_audit
from console.presenting.proof import may_acknowledge
from console.presenting.searching import choices, chosen, unfiltered
from console.shell.form import Form, FormFollows, Given
from console.shell.palette import PaletteLine
from console.state.app_state import AppState
from console.state.audit import ERASING, REVIEWING
from console.state.happenings import News
from console.state.searching import LONGEST_NAME, SavedSearch, SearchForgotten, SearchRenamed, SearchSaved
from console.state.selectors import brands, read_only_reason
from console.state.store import Store
from console.widgets.prompt_overlay import PromptProps
from console.widgets.visible_text import one_line
from console.workspaces import audit_forms as forms
from console.workspaces.audit_deeds import AuditDeeds
from console.workspaces.workspace import Answer

_DAYS: Final = (1, 7, 30)


class _Shell(Protocol):
    def ask(self, props: PromptProps, answer: Answer) -> None:
        """Put a question over the window."""
        ...

    def offer(self, lines: tuple[PaletteLine, ...]) -> None:
        """Let the person choose among lines."""
        ...


class AuditAsking:
    """The questions of one window.

    Args:
        store: The state.
        deeds: What a person can ask for.
        shell: Where questions are put.
        form: Where forms are shown.
    """

    def __init__(self, store: Store, deeds: AuditDeeds, shell: _Shell, form: Form) -> None:
        self._store = store
        self._deeds = deeds
        self._shell = shell
        self._form = form
        self._told: tuple[object, ...] = ()
        form.changed.connect(self._changed)
        form.answered.connect(self._answered)
        form.dismissed.connect(self._dismissed)

    def refresh(self, state: AppState) -> None:
        """Follow what the core says about a form that is open."""
        if self._form.current != forms.ERASE:
            return
        audit = state.audit
        told = (audit.erasing, audit.erasure, audit.erasure_problem)
        if told != self._told:
            self._told = told
            self._form.set_follows(forms.erase_follows(audit, self._form.given()))

    # -- searching -----------------------------------------------------------------------------------------------------

    def filter(self) -> None:
        """Offer everything a search can be narrowed by; type to find it."""
        state = self._store.state
        search = state.audit.search
        if search.facets is None:
            self._deeds.read_facets()
        titles = {str(one.brand): one.title for one in brands(state)}
        lines = [PaletteLine("audit:ranges", texts_audit.FILTER_ALL, texts_audit.FILTER, "list-filter")]
        if search.is_filtered:
            lines.append(PaletteLine("audit:unfilter", texts_audit.FILTER_CLEAR, texts_audit.FILTER, "x"))
        opened = state.audit.past.detail
        if opened is not None and search.asked.conversation is None:
            said = texts_audit.ONLY_THIS.format(name=one_line(opened.row.customer_name, 60))
            key = f"audit:filter:conversation={opened.row.conversation}"
            lines.append(PaletteLine(key, said, texts_audit.FILTER, "messages-square"))
        lines += [
            PaletteLine(f"audit:since:{days}", texts_audit.SINCE_DAYS.of(days), texts_audit.FILTER, "calendar")
            for days in _DAYS
        ]
        lines += [
            PaletteLine(f"audit:filter:{choice}", words, counted or texts_audit.FILTER, "list-filter")
            for choice, words, counted in choices(search.facets, titles)
        ]
        self._shell.offer(tuple(lines))

    def keep(self) -> None:
        """Ask for a name, and keep the present search under it."""
        name = self._store.state.audit.search.asked.q[:LONGEST_NAME]
        props = PromptProps(
            "audit-keep", texts_audit.KEEP_TITLE, texts_audit.KEEP_WORDS, texts_audit.KEEP_YES, "accent", "search",
            texts_audit.KEEP_FIELD, required=True, note=name,
        )  # fmt: skip
        self._shell.ask(props, lambda given: self._store.dispatch(SearchSaved(given)))

    def kept(self) -> None:
        """Offer the kept searches: to ask again, to rename, to forget."""
        saved = self._store.state.audit.search.saved
        lines = [PaletteLine(f"audit:kept:{one.name}", _named(one), texts_audit.KEPT_KIND, "search") for one in saved]
        for one in saved:
            renamed = texts_audit.KEPT_RENAME.format(name=one.name)
            lines.append(PaletteLine(f"audit:rename:{one.name}", renamed, texts_audit.KEPT_KIND, "pencil"))
            gone = texts_audit.KEPT_FORGET.format(name=one.name)
            lines.append(PaletteLine(f"audit:forget:{one.name}", gone, texts_audit.KEPT_KIND, "x"))
        if not lines:
            lines.append(PaletteLine("audit:keep", texts_audit.KEPT_NONE, texts_audit.KEPT_KIND, "info"))
        self._shell.offer(tuple(lines))

    def carry_out(self, key: str) -> None:
        """Do what a line that was offered stands for."""
        kind, _, rest = key.partition(":")
        asked = self._store.state.audit.search.asked
        match kind:
            case "filter":
                self._deeds.search(chosen(asked, rest))
            case "since" if rest.isascii() and rest.isdigit():
                since = self._store.state.now - timedelta(days=int(rest[:4]))
                self._deeds.search(asked.model_copy(update={"since": since.replace(microsecond=0)}))
            case "unfilter":
                self._deeds.search(unfiltered(asked))
            case "ranges":
                self._form.show_form(forms.filter_form(asked))
            case "kept":
                found = next((one for one in self._store.state.audit.search.saved if one.name == rest), None)
                if found is not None:
                    self._deeds.search(found.asked)
            case "rename":
                self._rename(rest)
            case "forget":
                self._store.dispatch(SearchForgotten(rest))
            case "keep":
                self.keep()
            case _:
                pass

    def _rename(self, name: str) -> None:
        props = PromptProps(
            "audit-rename", texts_audit.RENAME_TITLE.format(name=name), texts_audit.KEEP_WORDS, texts_audit.RENAME_YES,
            "accent", "pencil", texts_audit.RENAME_FIELD, required=True,
        )  # fmt: skip
        self._shell.ask(props, lambda given: self._store.dispatch(SearchRenamed(name, given)))

    # -- reviews -------------------------------------------------------------------------------------------------------

    def note(self) -> None:
        """Ask for a note about the open conversation, or about the moment one stands on."""
        past = self._store.state.audit.past
        conversation, about = past.conversation, past.position
        if conversation is None or past.reviews is None or not self._may_review():
            return
        title = texts_audit.NOTE_TITLE if about is None else texts_audit.NOTE_ABOUT_TITLE
        props = PromptProps(
            "audit-note", title, texts_audit.NOTE_WORDS, texts_audit.NOTE_YES, "accent", "pencil", texts_audit.NOTE_FIELD,
            required=True,
        )  # fmt: skip
        self._shell.ask(props, lambda given: self._deeds.note(conversation, given, about))

    def score(self) -> None:
        """Ask for points by the brand's rubric."""
        shown = self._store.state.audit.past.reviews
        if shown is not None and self._may_review():
            self._form.show_form(forms.score_form(shown))

    def finish(self) -> None:
        """Say that one has looked."""
        past = self._store.state.audit.past
        if past.reviews is not None and self._may_review():
            self._deeds.finish_review(past.reviews, past.picked)

    def _may_review(self) -> bool:
        state = self._store.state
        shown = state.audit.past.reviews
        if shown is None:
            return False
        reason = read_only_reason(state) or ("" if shown.may_review else texts_audit.MAY_NOT_REVIEW)
        if reason:
            # A key that does nothing must say why.
            self._store.dispatch(News(REVIEWING, reason, "", "warn"))
        return not reason

    # -- erasing and the alarm -----------------------------------------------------------------------------------------

    def erase(self) -> None:
        """Ask whom to erase: the customer of the open conversation, or somebody named."""
        state = self._store.state
        reason = read_only_reason(state)
        if reason:
            self._store.dispatch(News(ERASING, reason, "", "warn"))
            return
        self._told = ()
        titles = {one.brand: one.title for one in brands(state)}
        self._form.show_form(forms.erase_form(state.audit.past.conversation, titles))

    def acknowledge(self, kind: str) -> None:
        """Ask why the log is another one, and sign that one knows."""
        state = self._store.state
        if kind == "witness":
            props = PromptProps(
                "audit-take-on", texts_audit.ALARM_TAKE_ON_TITLE, texts_audit.ALARM_TAKE_ON_WORDS,
                texts_audit.ALARM_TAKE_ON_YES, "danger", "shield-alert",
            )  # fmt: skip
            self._shell.ask(props, lambda _given: self._deeds.take_on_log())
            return
        alarm = state.core.alarm if state.core is not None else None
        if alarm is None or not may_acknowledge(state):
            return
        props = PromptProps(
            "audit-acknowledge", texts_audit.ALARM_ACKNOWLEDGE_TITLE, texts_audit.ALARM_ACKNOWLEDGE_WORDS,
            texts_audit.ALARM_ACKNOWLEDGE_YES, "danger", "shield-alert", texts_audit.ALARM_ACKNOWLEDGE_FIELD, required=True,
        )  # fmt: skip
        self._shell.ask(props, lambda given: self._deeds.acknowledge(alarm, given))

    # -- forms ---------------------------------------------------------------------------------------------------------

    def _changed(self, key: str, given: Given) -> None:
        state = self._store.state
        if key == forms.FILTER:
            self._form.set_follows(forms.filter_follows(state.audit.search.asked, given))
        elif key == forms.ERASE:
            past = state.audit.past
            detail = past.detail
            known = brands(state)
            brand = detail.row.brand if detail is not None else state.brand or (known[0].brand if known else None)
            wanted = forms.erasure_wanted(given, past.conversation if detail is not None else None, brand)
            if wanted != state.audit.erasing:
                self._form.set_follows(FormFollows(ready=False, note=texts_audit.LOOKING, of=given))
                self._deeds.preview_erasure(wanted)
            else:
                self._form.set_follows(forms.erase_follows(state.audit, given))

    def _answered(self, key: str, given: Given) -> None:
        state = self._store.state
        if key == forms.FILTER:
            made, faults = forms.filtered(state.audit.search.asked, given)
            if not faults:
                self._deeds.search(made)
        elif key == forms.SCORE and state.audit.past.reviews is not None:
            shown = state.audit.past.reviews
            done = "done" in given.get("_done", ())
            points = forms.scores(shown, given)
            self._deeds.score(shown, points, forms.said(given, "_comment"), state.audit.past.picked, done=done)
        elif key == forms.ERASE:
            preview = state.audit.erasure
            if preview is not None and forms.erase_follows(state.audit, given).ready:
                self._deeds.erase(preview, forms.erasure_reason(given))
            self._deeds.preview_erasure(None)

    def _dismissed(self, key: str) -> None:
        if key == forms.ERASE:
            self._deeds.preview_erasure(None)


def _named(one: SavedSearch) -> str:
    return texts_audit.KEPT_LINE.format(name=one.name)
