"""What stands around the pages of the user guide. English; other languages fill it in (`console.language`)."""

TITLE = "Guide"
SPOKEN = "User guide"
PAGES_SPOKEN = "Pages of the guide"
PAGE_SPOKEN = "Page: {title}"
OPEN = "Guide: {title}"
HINT = "Ctrl and up or down for another page. Nothing here leaves this computer."
