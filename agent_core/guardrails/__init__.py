"""What may leave: every reply is checked by code before it is sent, and the simplest replies are made by code (R-F2).

    reply.check_reply(text, context) -> findings, empty: it may leave
    registry.CHECKS                     the checks by name; each is one module of `checks`
    reading.ReplyContext                everything a reply is held against
    render.render_single(points, question, release, language, customer_name) -> str     the reply of one run, no model call
    render.with_disclosures(text, context) -> str       what must be said at this moment, word for word
    render.fixed_text(key, release, language, customer_name=None) -> str                a fixed text as it is sent

`release` is anything shaped like `policy.ReplyRelease`; `workflows.release.Release` is. How texts are folded, masked and
told apart by language is given from outside (`sight.Sight`). A finding never holds the reply's text. Nothing here calls a
model, reads a store or repairs a reply: one rewrite with the reasons, then a person, is the engine's part.
"""
