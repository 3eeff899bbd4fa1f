"""Search over everything that was said, done and decided (R-M5), in a file of its own behind the log.

`words` make tokens of any writing system · `passages` say what of a log can be found · `traits` what is known of a
conversation · `index_file` keeps them in volumes of FTS5 · `indexer` follows the log · `looking` asks · `snippets` shows.

The index is made of the log and nothing rests on it: it is built anew whenever it does not fit. It holds personal texts, so
erasure takes them from it too. It must never be on the way of a turn, and never answer without the brands of a session.
"""
