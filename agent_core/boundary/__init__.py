"""The one boundary: every string from outside is cleaned here, and marked as data before a model sees it (R-D1, R-D2).

Pure: no I/O beyond its own tables, no clock, no randomness. It must never drop a message, never guess what a customer
meant, and never let outside text look like something code wrote.

* `sources`    `read(source, text_or_bytes) -> TextViews(raw, text, match, …)`, `read_json(source, value)`: the one entrance;
  `RULES` holds each source's bounds and origin
* `flags`      `flags_of(views) -> (name, …)`
* `match`      `match_view(text) -> MatchView(text, offsets)`, `fold(phrase)`, `fold_pattern(regex)`, `skeleton(name)`
* `scripts`    `scripts_of(text)`, `restriction_level(word)`, `mixed_script_identifiers(text) -> (MixedWord, …)`
* `mail`       `read_mail(raw) -> MailRead(subject, text, quoted, attachments, hidden, links, flags, automatic, …)`,
  `read_body(plain, html)`, `is_automatic(header_of, sender)`; parts in `mail_parts`, history in `mail_quotes`
* `html`       `read_html(source) -> HtmlText(visible, quoted, hidden, links, flags, …)`, not yet clean; made of `html_fence`
  (what makes any document linear), `html_sheet` and `html_style` (what is seen), `html_text` (how it reads), `html_links`
* `file_names` `clean_file_name(name) -> Cleaned`
* `clean`      `clean(text_or_bytes, limits=Limits()) -> Cleaned(text, removed, flags, truncated, smuggled)`,
  `clean_json(value, limits) -> CleanedJson`; `MESSAGE`, `LINE`
* `raw`        `raw_record(text_or_bytes) -> str` (exact, ASCII, storable), `read_raw_record`
* `marking`    `new_suffix(random_bytes)`, `context_block`, `outside_block`, `notice_block`, `sent_block`, `steer_block`
  (each returns the text of one block), `result_text`, `neutralise`, `parse_blocks`
* `examine`    `examine(entrance, views, policy) -> Examined(text, findings, masked, evidence())`: masks a text, then every
  detector looks; `look_at(Look)`, `own_numbers(patterns)`
* `detectors`  one module each with its table of signals and weights; `registry.REGISTRY`
* `masking`    `mask(text, protected) -> Masked(text, masks, counts)`, `mask_json(value)`; `credentials`, `national_ids`
* `language`   `languages_of(tags).detect(text) -> LanguageGuess`, `detect_aside` (async), `decided(guess, claimed=…)`
* `inbound`    `read_message(body) -> InboundMessage`
* `signature`  `verify_signature(headers, body, keys=, now=) -> webhook id`, `read_secret(whsec) -> key`, `sign`
"""
