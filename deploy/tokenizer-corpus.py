#!/usr/bin/env python3
"""Writes the text that models/uvlm-tiny/tokenizer.json was trained on.

Usage: tokenizer-corpus.py WORK OUT.txt

Fetches three Debian packages with apt-get into WORK: gimp-help-en (the manual), debian-handbook (English prose) and wordnet-base
(short definitions and examples of 117,000 English words). Only their text is used, and only its statistics end in the tokenizer.
"""
import html.parser
import pathlib
import subprocess
import sys

PACKAGES = ["gimp-help-en", "debian-handbook", "wordnet-base"]
SKIPPED = {"script", "style", "head", "nav"}
BLOCKS = {"p", "div", "li", "h1", "h2", "h3", "h4", "dt", "dd", "tr", "pre", "br", "title"}


class Text(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.parts, self.skipping = [], 0

    def handle_starttag(self, tag, attrs):
        self.skipping += tag in SKIPPED
        if tag in BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag):
        self.skipping -= tag in SKIPPED

    def handle_data(self, data):
        if self.skipping <= 0:
            self.parts.append(data)


def page(path):
    parser = Text()
    parser.feed(path.read_text(encoding="utf-8", errors="replace"))
    lines = (" ".join(line.split()) for line in "".join(parser.parts).split("\n"))
    return "\n".join(line for line in lines if line)


def main(work, out):
    work.mkdir(parents=True, exist_ok=True)
    for package in PACKAGES:
        if not list(work.glob(f"{package}_*.deb")):
            subprocess.run(["apt-get", "download", package], cwd=work, check=True)
        for archive in work.glob(f"{package}_*.deb"):
            subprocess.run(["dpkg-deb", "-x", archive, work / "root"], check=True)
    share = work / "root/usr/share"
    pages = sorted((share / "gimp/2.0/help/en").glob("*.html")) + sorted((share / "doc/debian-handbook/html/en-US").glob("*.html"))
    with out.open("w", encoding="utf-8") as file:
        for path in pages:
            file.write(page(path) + "\n")
        for name in ["noun", "verb", "adj", "adv"]:
            for line in (share / f"wordnet/data.{name}").read_text(encoding="utf-8").splitlines():
                if " | " in line:
                    file.write(line.split(" | ", 1)[1].strip() + "\n")


main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
