"""A page of Markdown as a browser is given it."""

from html.parser import HTMLParser

from markdown_it import MarkdownIt

READER = MarkdownIt("gfm-like", {"html": True, "linkify": False}).enable("table")
OWN = {"h1", "h2", "h3", "h4", "p", "strong", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "br", "details",
       "summary", "a"}  # fmt: skip


class Page(HTMLParser):
    """What a browser is given: tags, links, comments, and the cells of the tables."""

    def __init__(self, document: str):
        super().__init__()
        self.tags, self.links, self.comments, self.rows, self.text, self.folded = [], [], [], [], "", []
        self._cell = None
        self.feed(READER.render(document))
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name == "href"]
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self._cell = ""
        if tag == "details":
            self.folded.append(len(self.rows))

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.rows[-1].append(self._cell)
            self._cell = None

    def handle_data(self, data):
        self.text += data
        if self._cell is not None:
            self._cell += data

    def handle_comment(self, data):
        self.comments.append(data)


def outcomes(page: Page) -> dict[str, str]:
    """Control → what its row says of the outcome."""
    return {row[0].split()[0]: row[1] for row in page.rows if row[0] != "Control"}
