"""Brand folders: workflow files, tool scope, prompts. What an agent may try is written by people, in files (R-B3, R-B4).

Pure but for `loader`, which reads one folder; nothing here opens a socket, a database or a key.

    loader.load_brand(path, *, tools: ToolCatalog, check_policy) -> Release            raises findings.BrandInvalid
    release.Release            .digest .brand .behaviour .workflows .intents .tools .entities .policy_text .policy_digest
                               .workflow(name) .tools_of(name) .text(key, language) .language(code) .to_json()
                               Release.from_json(text, *, digest=None)                      raises contract Invalid
    tools.ToolDeclaration      .name .kind .input_schema .resource_of(arguments) .intent_of(arguments) .money_of(arguments)
                               .evidence_of(arguments) .narrows(before, after) .timeout_s …
    tools.argument_faults(declaration, arguments) -> tuple[str, ...]                    () when the arguments are valid
    commerce_tools.commerce_catalog() -> ToolCatalog                                        what the demo shop can do
    prompt.triage_system(release) / run_system(release, workflow, language) / compose_system(release, language) -> str
    prompt.tool_schemas(release, workflow) -> list of Messages API tools
    prompt.triage_schema() / run_answer_schema(workflow) / compose_schema() -> JSON schema
    outputs.missing_outputs(workflow, answer) -> tuple[str, ...]                             (R-B5)

A run's tools are `release.tools_of(workflow)` and nothing else. `run_system` depends on its arguments alone: a run keeps the
language it was opened with, and so its prefix stays byte for byte the same on every turn.
"""
