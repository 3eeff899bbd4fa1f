"""Transcripts of others, as on-call is handed them: read as a Messages API request, and written back in their own form.

* `transcript`        `Transcript`: a body to diagnose, where each block came from, and the way back
* `detect`            `read(value, form)`: recognises the form
* `messages`          requests, lists of messages, session lines
* `openai_chat`       chat completions: `tool_calls` and `role: tool`
* `openai_responses`  responses: `function_call` and `function_call_output` items
* `langgraph`         checkpoints and state snapshots with a `messages` channel
"""
