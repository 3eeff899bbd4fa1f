"""The outside world: tools and channels over one shared transport.

Why: each vendor is reached through 2 to 6 typed operations whose outcomes are types, and a lost answer of a write is
`unknown`, not a failure (R-A7, R-I1, R-I3). It must never retry, follow a redirect to another host, log a credential, or
hand on a string that the boundary has not cleaned.

* `port`               `Tools.perform / reconcile / kinds`, `Channel.send / look_up`, `ToolResult`, `Happened |
  DidNotHappen | Unknown`, `Sent | NotSent | SendUnknown`
* `transport`          `Transport(base_url=…, token=SecretStr, …)`: limits, bounds, redaction; `Reply | TransportFailure`
* `commerce.shop`      `ShopTools(transport)`
* `commerce.results`   pydantic shapes of the shop's answers and of each tool's arguments
* `channels.webchat`   `WebChat(transport)`
"""
