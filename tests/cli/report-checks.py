#!/usr/bin/env python3
"""What shell cannot ask of reports: is a page whole, do two forms and two languages have the same numbers?

In: a question and files. Out: status 0, or what is wrong and status 1.
"""
import html.parser
import re
import sys

VOID = {"meta", "br", "hr", "img", "link", "input"}
# All of SVG and HTML that a report may use: anything that runs, loads or navigates elsewhere is not here.
ATTRIBUTES_REFUSED = re.compile(r"^(on.*|src|srcset|action|formaction|data|poster|background)$")


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.wrong, self.numbers, self.links = [], set(), [], [], []
        self.in_number, self.in_head_cell = False, False

    def handle_starttag(self, tag, attributes):
        names = dict(attributes)
        if tag in ("script", "iframe", "object", "embed", "img", "link", "form", "foreignobject", "image", "use"):
            if not (tag == "use" and names.get("href", "").startswith("#")):
                self.wrong.append(f"<{tag}>")
        for name, value in attributes:
            if ATTRIBUTES_REFUSED.match(name):
                self.wrong.append(f"{name} of <{tag}>")
            if name in ("href", "xlink:href"):
                self.links.append(value)
        if "id" in names:
            if names["id"] in self.ids:
                self.wrong.append(f"id {names['id']} twice")
            self.ids.add(names["id"])
        if tag not in VOID:
            self.open.append(tag)
        self.in_number = tag == "td" and names.get("class") == "number"

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open[-1] != tag:
            self.wrong.append(f"</{tag}> closes {self.open[-1:] or 'nothing'}")
        else:
            self.open.pop()
        self.in_number = False

    def handle_data(self, text):
        if self.in_number:
            self.numbers.append(text)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def page_of(path):
    page = Page()
    page.feed(read(path))
    page.close()
    page.wrong += [f"<{tag}> is left open" for tag in page.open]
    for link in page.links:
        if not (link and link.startswith("#") and link[1:] in page.ids):
            page.wrong.append(f"a link to {link}")
    return page


def cells_of(path):
    """The cells of Markdown tables that are numbers, in their order."""
    cells = []
    for line in read(path).split("\n"):
        if line.startswith("|"):
            for cell in re.split(r"(?<!\\)\|", line)[1:-1]:
                if re.fullmatch(r"[0-9][0-9,]*", cell.strip()):
                    cells.append(cell.strip())
    return cells


def sentences_of(path):
    """The numbers of each paragraph, sorted: languages put them in different places."""
    numbers = []
    for line in read(path).split("\n"):
        if line and not line.startswith(("|", "    ")):
            line = re.sub(r"(`+).*?\1", "", line)
            numbers.append(sorted(re.findall(r"[0-9][0-9.,]*[0-9]|[0-9]", line)))
    return numbers


def tables_of(path):
    """Rows with another number of cells than the headings above them."""
    wrong, n_columns, n_line = [], 0, 0
    for line in read(path).split("\n"):
        n_line += 1
        if not line.startswith("|"):
            n_columns = 0
            continue
        n = len(re.split(r"(?<!\\)\|", line)) - 2
        if n_columns and n != n_columns:
            wrong.append(f"line {n_line} has {n} cells, not {n_columns}")
        n_columns = n_columns or n
    return wrong


def placeholders(paths):
    """Both languages of a sentence use the same values, and close what they open."""
    wrong, n = [], 0
    for path in paths:
        text = read(path)
        text = re.sub(r'"\s*\n\s*"', "", text)
        for english, japanese in re.findall(r'CG_WORDS\("((?:[^"\\]|\\.)*)",\s*"((?:[^"\\]|\\.)*)"\)', text) + \
                re.findall(r'\{ \{ "((?:[^"\\]|\\.)*)",\s*"((?:[^"\\]|\\.)*)" \} \}', text):
            n += 1
            if set(re.findall(r"%[1-9]", english)) != set(re.findall(r"%[1-9]", japanese)):
                wrong.append(f"{path}: other values: {english}")
            for part in (english, japanese):
                if part.count("`") % 2 or part.count("**") % 2 or part.count("{") != part.count("}"):
                    wrong.append(f"{path}: not closed: {part}")
    if n < 150:
        wrong.append(f"only {n} sentences were found")
    return wrong


def main():
    question, *paths = sys.argv[1:]
    if question == "page":
        wrong = [problem for path in paths for problem in page_of(path).wrong]
    elif question == "same-cells":
        first, second = ([cell for cell in (page_of(path).numbers if path.endswith(".html") else cells_of(path))]
                         for path in paths)
        wrong = [] if first == second and first else [f"{len(first)} and {len(second)} numbers, which differ"]
    elif question == "same-sentences":
        first, second = (sentences_of(path) for path in paths)
        wrong = [f"{a} and {b}" for a, b in zip(first, second) if a != b]
        wrong += [] if len(first) == len(second) else [f"{len(first)} and {len(second)} paragraphs"]
    elif question == "tables":
        wrong = [problem for path in paths for problem in tables_of(path)]
    elif question == "sentences":
        wrong = placeholders(paths)
    else:
        wrong = ["no such question"]
    print("\n".join(wrong))
    return 1 if wrong else 0


sys.exit(main())
