"""Documents made by hand, and a reader of HTML that complains of what is not well-formed."""

from html.parser import HTMLParser

from stance.types import Document, Prediction, Sentiment, Stance, Statement, WordWeight

LABELS = ("against", "favor", "neutral", "unrelated")
VOID = {"meta", "input", "br", "hr", "img", "link"}


def stance_of(actor, label, *, words=None):
    shares = {one: 0.85 if one == label else 0.05 for one in LABELS}
    return Stance(actor, label, shares[label], shares, (), words)


def prediction(text, spans, stances, *, speaker=None, speaker_span=None, words=None, tone="negative"):
    statement = Statement.of_spans(text, spans, speaker=speaker, speaker_span=speaker_span)
    shares = {one: 0.9 if one == tone else 0.05 for one in ("negative", "neutral", "positive")}
    made = {actor: stance_of(actor, label, words=(words or {}).get(actor)) for actor, label in stances.items()}
    return Prediction(statement, made, Sentiment(tone, 0.9, shares))


def spoken(speaker, **stances):
    """A document of one statement by a speaker."""
    text = "Words were said."
    return Document(text, "en", (prediction(text, [(0, 5)], stances, speaker=speaker),))


def weight(start, end, value):
    return WordWeight(start, end, value)


class Page(HTMLParser):
    """Reads HTML: its marks, its ids and links; an element that is not closed where it should be fails."""

    def __init__(self, source):
        super().__init__(convert_charrefs=True)
        self.open, self.marks, self.ids, self.links, self.attributes, self.tags = [], [], [], [], [], []
        self.said = []
        self.feed(source)
        self.close()
        assert self.open == []
        assert len(self.ids) == len(set(self.ids))

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        assert len(given) == len(attrs), f"an attribute stands twice in {tag}"
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if "id" in given:
            self.ids.append(given["id"])
        if "href" in given:
            self.links.append(given["href"])
        if tag == "mark":
            self.marks.append([given["data-statements"].split(), "", given])
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        assert "svg" in self.open
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "mark" in self.open:
            self.marks[-1][1] += data
        if not {"style", "title"} & set(self.open):
            self.said.append(data)

    def marked(self, number):
        """The text of all marks of a statement."""
        return "".join(text for numbers, text, _ in self.marks if str(number) in numbers)

    @property
    def text(self):
        return "".join(self.said)


def wellformed(source):
    return Page(source)
