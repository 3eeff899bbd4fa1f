"""The service: where everything is built, and the only way in and out of a core.

    async with Core.open(settings) as core:          composition: the one place where everything is built
        core.app                                      the ASGI application (`api.create_app`)
        async with served(core.app, port=0) as at:    over a loopback socket
            at.base_url

Entrances: `inbound` (signed webhooks), `sessions` (who may ask), `commands` (what a person does), `feed` (what changed),
`projection` (the views). Narrowing needs a session, widening a signature (DESIGN §1.8).

Must never start an effect, hold a conversation's truth, or answer a question without the scope of the session that asks.
"""
