"""Systems a brand brings itself: HTTP by declaration, servers of the Model Context Protocol, stand-ins for a sandbox.

Nothing here knows a vendor and no brand brings code: what is sent and what an answer means is said in `tools.yaml` and
checked when the folder was read (`workflows.own_tools`).

    results.read_result(tool, arguments, body, customer=) -> ToolResult | None      facts by declared paths; None: no match
    http_tools.HttpTools(site, tools)                                               `Tools` of one HTTP system
    samples.SampleTools(tools)                                                      answers made from schemas, for a sandbox
    brand_tools.BrandTools(...)                                                     all systems of a brand behind one `Tools`
"""
