"""A brand written from scratch whose tools are all its own: a pottery school. No code of ours knows it."""

from pathlib import Path

BRAND = """\
format: 1
name: kiln
title: The Kiln
languages: [en]
default_language: en
currency: EUR
channels:
  - {name: chat, kind: chat, authenticates: true}
opening_hours:
  timezone: Europe/Dublin
  days: {mon: 09:00-17:00, tue: 09:00-17:00, wed: 09:00-17:00, thu: 09:00-17:00, fri: 09:00-17:00}
timing: {batch_window_ms: 0, reply_deadline_s: 30, proposal_expiry_s: 3600, undo_s: 0}
topics: {allowed: [classes]}
queues:
  - {name: everyone, title: Everyone, priority: 3, first_look_s: 7200}
entities:
  booking_id: {pattern: 'KB-\\d{4}', example: KB-1001, title: booking number, reference: true}
  day: {pattern: '(?:monday|tuesday|wednesday|thursday|friday)', example: friday, title: day}
routing:
  unauthenticated: people
  closing: silent
  closing_words: {en: [thanks, thank you, ok, great]}
  queues: {default: everyone}
link_hosts: [kiln.example]
texts:
  greeting: Hello {name},
  greeting_unnamed: Hello,
  signature: Your Kiln
  handoff: Thank you for your message. One of us reads it personally and answers you here.
  handoff_part: One of us takes care of the rest and answers you here.
  quarantine: Thank you for your patience. One of us reads your message personally and answers you here.
  outside_language: Thank you for your message. We answer in English; one of us will write to you.
  clarify: What can we do for you, and which booking is it about?
  unclear_twice: One of us will read your messages and answer you here.
  nothing_found: Thank you for your message. One of us takes care of it and answers you here.
  closing: You are welcome.
  sign_in: Please write to us from your account, so that only you learn about your bookings.
  still_waiting: This is still waiting for one of us. You hear from us as soon as it is decided.
  still_working: We are still working on the rest of your message and write to you as soon as we know more.
"""

BEHAVIOUR = """\
format: 1
tone: [Warm and short.]
prohibited:
  - {code: promise, phrases: {en: [we guarantee, I promise]}}
"""

TOOLS = """\
format: 1
systems:
  - name: bookings
    kind: http
    url: %URL%/api
    auth: {secret: bookings_key, header: x-api-key, prefix: ""}
    headers: {x-client: countersign}
tools:
  - name: find_booking
    system: bookings
    title: Look up a booking
    description: Read one booking of a class - its day, its teacher and whether it stands.
    kind: read
    sentence: Read booking {booking_id}
    resource_type: Order
    resource: booking:{booking_id}
    owner: booking.{booking_id}.customer
    arguments:
      booking_id: {type: string, pattern: '^KB-[0-9]{4}$', description: The booking number., label: Booking}
    result:
      type: object
      properties:
        id: {type: string}
        customer_id: {type: string, maxLength: 64}
        day: {type: string, enum: [monday, tuesday, wednesday, thursday, friday]}
        teacher: {type: [string, "null"], maxLength: 80}
        state: {type: string, examples: [booked]}
      required: [id, customer_id, day, state]
    yields:
      - {key: "booking.{booking_id}.customer", value: customer_id}
      - {key: "booking.{booking_id}.day", value: day}
      - {key: "booking.{booking_id}.state", value: state}
    http:
      method: GET
      path: /bookings/{booking_id}
  - name: move_booking
    system: bookings
    title: Move a booking
    description: Move one booking to another day of the week. People decide it, so the answer is `pending` at first.
    kind: write
    sentence: Move booking {booking_id} to {day}
    resource_type: Order
    resource: booking:{booking_id}
    owner: booking.{booking_id}.customer
    owner_label: Booking belongs to customer
    discriminator: "{day}"
    arguments:
      booking_id: {type: string, pattern: '^KB-[0-9]{4}$', description: The booking number., label: Booking}
      day: {type: string, enum: [monday, tuesday, wednesday, thursday, friday], description: The new day., label: New day}
      reason: {type: string, minLength: 1, maxLength: 200, description: Why., optional: true, only_shown: true}
    needs:
      - {name: booking_state, type: String, key: "booking.{booking_id}.state", label: Booking is}
      - {name: booking_day, type: String, key: "booking.{booking_id}.day", label: Day until now}
    result:
      type: object
      properties:
        move_id: {type: string}
        day: {type: string}
      required: [move_id, day]
    yields:
      - {key: "booking.{booking_id}.moved_to", value: day}
    timeout_s: 5
    http:
      method: POST
      path: /bookings/{booking_id}/moves
      body: {day: "{day}", why: "{reason}", source: "countersign for {customer}"}
      idempotency: {header: idempotency-key}
      failures: {transient: [503], refused: [409], unknown: [502], code: problem.code}
      reconcile:
        path: /moves
        query: {key: "{idempotency_key}"}
        found: moves
        where: {booking: "{booking_id}"}
        not_found: did_not_happen
"""

POLICY = """\
@id("read-own-bookings")
@why("The agent reads bookings of the customer who is signed in")
permit (principal is Workflow, action == Action::"find_booking.execute", resource is Order)
when { context.facts.customerAuthenticated };

@id("move-ask-a-person")
@why("Every move waits for a person, while the booking stands")
@code("needs_approval")
permit (principal, action == Action::"move_booking.propose", resource is Order)
when {
  context.facts.customerAuthenticated
  && context.facts has bookingState && context.facts.bookingState == "booked"
  && context.arguments.day != "monday"
};

@id("move-approved")
@why("A move that a person approved is made")
permit (principal, action == Action::"move_booking.executeApproved", resource is Order)
when { context.facts.customerAuthenticated };

@id("supervisors-approve-moves")
@why("Supervisors approve moves")
permit (principal in Role::"supervisor", action == Action::"move_booking.approve", resource is Order);
"""

WORKFLOW = """\
format: 1
name: move_class
version: 1
title: Move a class
topic: classes
authority: approval_gated
authenticated: true
intents:
  - id: move_class
    description: The customer wants to come on another day.
    phrases: [move my class, another day, reschedule, move booking]
entities: [booking_id, day]
tools: [find_booking, move_booking]
instructions: |
  Move one booking of this customer to the day they name. Nothing else; for anything more, escalate with `needs_other_help`.
steps:
  - id: find
    text: Look up the booking the customer names.
    call: find_booking
    with: {booking_id: "{booking_id}"}
    ask: Which booking is it about? The number looks like KB-1001.
    denied: I could not find a booking {booking_id} of yours.
  - id: move
    text: Move it to the day they want.
    when: find.outcome == succeeded
    call: move_booking
    with: {booking_id: "{booking_id}", day: "{day}", reason: asked by the customer}
    ask: On which day would you like to come?
    pending: I have asked for your class {booking_id} to be moved to {day}. You hear from us as soon as it is confirmed.
    done: Your class {booking_id} now takes place on {day}.
    denied: Your class could not be moved. {reason}
    failed: Your class could not be moved.
outputs:
  - {name: booking_id, description: The booking it is about.}
"""


STOCK = """\
format: 1
systems:
  - name: stock
    kind: mcp
%WHERE%
tools:
  - name: units_left
    system: stock
    title: Look up the stock
    description: How many of an article are left.
    kind: read
    resource_type: Conversation
    arguments:
      sku: {type: string, pattern: '^[A-Z]{2}-[0-9]{2}$', label: Article}
    result: {type: object, properties: {sku: {type: string}, units: {type: integer}}, required: [sku, units]}
    yields:
      - {key: "stock.{sku}.units", value: units}
    timeout_s: 5
    mcp: {tool: stock_of}
  - name: put_aside
    system: stock
    title: Put articles aside
    description: Put units of an article aside for this customer.
    kind: write
    sentence: Put {units} of {sku} aside
    resource_type: Customer
    discriminator: "{sku}"
    arguments:
      sku: {type: string, pattern: '^[A-Z]{2}-[0-9]{2}$', label: Article}
      units: {type: integer, minimum: 1, maximum: 20, label: How many}
    needs:
      - {name: units, type: Long, key: "stock.{sku}.units", label: Left}
    result: {type: object, properties: {reservation: {type: string}, units: {type: integer}}, required: [reservation]}
    timeout_s: 5
    mcp:
      tool: reserve
      key_argument: request_id
      customer_argument: customer
      reconcile: {tool: reservation_of, key_argument: request_id, found: reservations, not_found: did_not_happen}
"""

STOCK_POLICY = """\
@id("read-stock")
@why("Anybody may know what is left")
permit (principal is Workflow, action == Action::"units_left.execute", resource is Conversation);

@id("put-aside-few")
@why("A few are put aside without asking, while there are enough")
permit (principal is Workflow, action == Action::"put_aside.execute", resource is Customer)
when {
  context.arguments.units <= 3 && context.facts has units && context.facts.units >= context.arguments.units
  && context.caps.customerCount < 20 && context.caps.brandCount < 500
};
"""

STOCK_WORKFLOW = """\
format: 1
name: put_aside
version: 1
title: Put something aside
topic: classes
authority: autonomous
authenticated: true
intents:
  - id: put_aside
    description: The customer wants something kept for them.
    phrases: [put aside, keep for me, reserve]
entities: [sku]
tools: [units_left, put_aside]
instructions: |
  Put two of the article the customer names aside, when there are enough.
steps:
  - id: left
    text: Look up how many are left.
    call: units_left
    with: {sku: "{sku}"}
    ask: Which article would you like?
    failed: I cannot look up our stock at the moment.
  - id: aside
    text: Put two aside.
    when: left.outcome == succeeded
    call: put_aside
    with: {sku: "{sku}", units: 2}
    done: Two of {sku} are put aside for you.
    denied: I cannot put {sku} aside.
    failed: I cannot put {sku} aside.
outputs:
  - {name: sku, description: The article.}
"""


def write_stock_brand(into: Path, where: str) -> Path:
    """The folder `kiln` with tools of an MCP server; `where` is `command: […]` or `url: …` and what belongs to it.

    Nobody has agreed to its tools yet: `pin` or `pin-mcp` does.
    """
    entity = "  sku: {pattern: '[A-Z]{2}-\\d{2}', example: CL-12, title: article}\n"
    brand = BRAND.replace("entities:\n", "entities:\n" + entity)
    tools = STOCK.replace("%WHERE%", "\n".join(f"    {line}" for line in where.splitlines()))
    folder = write_brand(into, brand=brand, tools=tools, policy=STOCK_POLICY, workflow=STOCK_WORKFLOW)
    (folder / "workflows" / "move_class.yaml").rename(folder / "workflows" / "put_aside.yaml")
    return folder


def write_brand(into: Path, url: str = "https://bookings.example", **changed: str) -> Path:
    """The folder `kiln` in a folder.

    Args:
        into: Where it is made.
        url: Where its bookings are.
        changed: Other texts, by file: `brand`, `behaviour`, `tools`, `policy`, `workflow`.
    """
    folder = into / "kiln"
    (folder / "workflows").mkdir(parents=True)
    texts = {
        "brand.yaml": changed.get("brand", BRAND),
        "behaviour.yaml": changed.get("behaviour", BEHAVIOUR),
        "tools.yaml": changed.get("tools", TOOLS).replace("%URL%", url),
        "authority.cedar": changed.get("policy", POLICY),
        "workflows/move_class.yaml": changed.get("workflow", WORKFLOW),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder
