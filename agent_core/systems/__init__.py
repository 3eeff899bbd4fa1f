"""The outside world: tools and channels over one shared transport.

Why: each vendor is reached through 2 to 6 typed operations whose outcomes are types, and a lost answer of a write is
`unknown`, not a failure (R-A7, R-I1, R-I3). It must never retry, follow a redirect to another host, log a credential, or
hand on a string that the boundary has not cleaned.

* `port`               `Tools.perform / reconcile`, `Channel.send / look_up`, `ToolResult`, `Happened |
  DidNotHappen | Unknown`, `Sent | NotSent | SendUnknown`
* `tallying`           `Tallier.tally -> Told | CannotTell`: what a customer was given, by the other side's own list
* `transport`          `Transport().site(name, base_url, token) -> Site`: limits, bounds, redaction; `Reply | Trouble`
* `breaker`, `budget`  pure values: when a failing system is left alone, and how many repetitions it may get
* `integrations`       `Integrations(clock, rules, listener)`: both, for every system of one brand
* `outcomes`           `read_failure`, `write_failure`: what no good answer means
* `commerce.shop`      `ShopTools(site)`: a `Tools`
* `commerce.shapes`    the shop's answers and each tool's arguments; `commerce.views`: results and facts
* `channels.webchat`   `WebChat(site)`: a `Channel`
"""
