"""The client of a core without a window: sign in, follow the feed, read, sign and send commands. Names no Qt.

    async with CoreClient(base_url) as client:
        await client.sign_in(signer) | await client.sign_in_embedded(token)
        async for news in client.feed(): ...           a FeedAnswer each; reconnects and catches up by itself
        await client.rows(bucket="needs") .detail(id) .ask(id) .asks() .core() .log(id)
        await client.approve(card) .deny(card, comment=…) .recall(…) .command(Pause())

`signing` makes and signs statements · `keys` where a key is kept · `core_process` starts a core as a child ·
`errors` what can go wrong, typed. It must never hold a private key longer than the signer it was given.
"""
