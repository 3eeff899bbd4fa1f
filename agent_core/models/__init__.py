"""Models: what is asked and answered, over the real client, and the record from which a call can be rebuilt.

Why: the engine owns retries, priorities and waits (R-A7); this package turns one request into one whole answer or one
typed failure. It must never retry, never edit an answer's blocks, never execute or half-read a cut tool call, and never
let the API key near a log.

* `port`      `ModelRequest(purpose, model, system, tools, messages, output_schema, max_tokens)`, `ModelAnswer(content,
  stop_reason, usage, model, request_id)` with `.calls` and `.text`, `ModelClient.answer(request, *, deadline_seconds)`,
  `ModelNames(small, standard).resolve(alias)`, `json_text`
* `failures`  `ModelFailure(kind, …)`: `.transient`, `.retry_after`; `backoff(attempt, retry_after) -> seconds`
* `provider`  `AnthropicModel(base_url=…, api_key=SecretStr)`
* `scripted`  `ScriptedModel(answers)`: fails on unexpected and on unconsumed answers; `say`, `call_tool`
* `reading`   `parse_triage`, `parse_run_answer`, `parse_draft`: `ModelAnswer -> value | AnswerProblem`
* `manifest`  `record_call(request, known) -> Recorded(manifest, new, known)`, `rebuild(manifest_text, text_of) -> bytes`
* `table`     `traits(model)`: what each model takes
"""
