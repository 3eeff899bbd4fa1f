"""What may leave: every reply is checked by code before it is sent, and the simplest replies are made by code (R-F2).

    reply.check_reply(text, *, points, facts, release, language, pending, actions_done, customer_words=(),
                      customer_emails=(), sources=(), first_reply=False) -> list of finding codes, empty: it may leave
    render.render_single(points, question, release, language, customer_name) -> str     the reply of one run, no model call
    render.fixed_text(key, release, language, customer_name=None) -> str                 a fixed text as it is sent

`release` is anything shaped like `policy.ReplyRelease`; `workflows.release.Release` is. A finding never holds the reply's
text. `facts` maps a fact id to its key and value. Nothing here calls a model, reads a store or repairs a reply: one rewrite
with the reasons, then a person, is the runner's part.
"""
