"""From what triage says to the runs that work on it. Pure: code decides, the model only classified (R-B1, R-B2, R-B6).

    triage.check_triage(result: TriageResult, messages: Sequence[str], release) -> CheckedTriage
        .result (TriageResult with only what holds)  .intents (CheckedIntent: id, workflow, words, …, entities)
        .findings (codes of what was dropped or lowered)  .language (a language of the brand, None: nobody speaks it)
    route.route(checked, open_runs: Sequence[OpenRun], customer_authenticated, release, *, questions_asked=0) -> RoutingPlan
        .runs (RouteTo: workflow, continue_run | None, intents, words, entities)  .to_people (codes)  .question | None
        .reply_text (key of a fixed text of the brand | None)  .rule  .language

`release` is anything shaped like `policy.RoutingRelease`; `workflows.release.Release` is. `questions_asked` counts turns in
a row that ended in a question of ours: there is never a second one (R-B9). What a run is told of its own entities goes into
its context block as `entities` (PROMPT_FORMAT.md).
"""
