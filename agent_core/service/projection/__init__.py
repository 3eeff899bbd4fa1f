"""Views: what the console shows, folded behind the feed and kept beside the log (DESIGN §6, §7).

`story` a conversation's log with its texts · `rows` the list · `cards` asks · `items` the transcript, one renderer per event
· `detail` everything beside it · `views` the table · `projector` keeps it behind the log. All of it can be dropped and built
again. It must never be asked for a truth: it is always a little behind, and says how far it is.
"""
