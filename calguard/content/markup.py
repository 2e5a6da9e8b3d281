"""What HTML shows, what it hides and where its links go, bounded whatever the input."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from calguard.content.lines import sample

MAX_HTML = 65_536
MAX_TAGS = 3_000  # the parser is quadratic in depth
MAX_LINKS = 500
MAX_STYLES = 20_000  # characters of style sheets
MAX_LABELS = 200
MAX_LABEL = 1_000  # characters

_TAG = re.compile(
    r"(?i)<(?:!--|!doctype|/?(?:html|head|body|p|br|div|span|a|b|i|u|s|em|strong|font|table|tbody|tr|td|th|ul|ol|li|h[1-6]|"
    r"img|hr|meta|base|style|script|form|input|button|iframe|object|embed|svg|center|small|big|sub|sup|pre|code|blockquote|"
    r"section|article|header|footer|title|link|html-blob|o:p|template|noscript|area|map|video|audio)(?=[\s/>]))"
)
_ANY_TAG = re.compile(r"<[^<>]*>?")
_HREF = re.compile(r"""(?i)\b(?:href|src|action)\s*=\s*["']?([^"'\s<>]{4,2048})""")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});?")
DATA_URI = re.compile(r"(?i)data:[a-z0-9/+.-]{0,60}(?:;[a-z0-9=-]{1,40})*;base64,[a-z0-9+/=%\s]{256,}+")
_HIDING = re.compile(
    r"(?i)display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d]*[1-9])|opacity\s*:\s*0(?![.\d]*[1-9])"
    r"|mso-hide\s*:\s*all|(?:max-)?(?:height|width)\s*:\s*0(?:px)?\s*(?:;|$)[^\"]{0,200}overflow\s*:\s*hidden"
    r"|text-indent\s*:\s*-\d{3}|(?:left|top)\s*:\s*-\d{3,}|clip\s*:\s*rect\(\s*0|clip-path\s*:\s*inset\(\s*(?:[5-9]\d|100)%"
    r"|(?<![-\w])color\s*:\s*(?:transparent|rgba\([^)]{3,40},\s*0?\.?0*\))|transform\s*:\s*scale\(\s*0\s*\)"
)
_COLOUR = re.compile(r"(?i)(?<![-\w])color\s*:\s*(#[0-9a-f]{3,8}|rgb\(255, ?255, ?255\)|[a-z]{3,20})")
_BACKGROUND = re.compile(r"(?i)background(?:-color)?\s*:\s*(#[0-9a-f]{3,8}|[a-z]{3,20})")
_WHITE = frozenset({"white", "#fff", "#ffffff", "#fefefe", "#fdfdfd", "rgb(255,255,255)"})
_URL_TEXT = re.compile(r"(?i)^\W*(?:https?://|www\.)?((?:[a-z0-9-]{1,63}\.){1,6}[a-z]{2,24})(?:[/:?#]\S*)?\W*$")
_BRACE = re.compile("[{}]")
_COMMENT = re.compile(r"/\*[^*]{0,2000}\*/")
_ONE_NAME = re.compile(r"[.#][\w-]{1,80}")
_LABELS = ("alt", "title", "aria-label", "placeholder", "value", "label")
_BLOCKS = "p,div,br,li,tr,td,th,h1,h2,h3,h4,h5,h6,table,ul,ol,blockquote,hr,pre,section,article,header,footer"


@dataclass(frozen=True, kw_only=True, slots=True)
class Anchor:
    href: str
    shown: str  # the text a reader sees in its place
    mismatch: bool  # that text is itself an address, of another host


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    visible: str
    hidden: str
    anchors: tuple[Anchor, ...]
    tricks: frozenset[str]


def emptied(match: re.Match[str]) -> str:
    """A data: URI without its data, still of its type."""
    return match[0].partition(";")[0][:80] + ","


def is_html(text: str) -> bool:
    return "<" in text and bool(_TAG.search(text))


def entities(text: str) -> str:
    """Entities decoded twice, as a mailer and then a browser would."""
    if "&" in text and _ENTITY.search(text):
        text = html.unescape(text)
        if "&" in text and _ENTITY.search(text):
            text = html.unescape(text)
        text = _printable(text)
    return text


def _printable(text: str) -> str:
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def read_html(source: str) -> Page:
    """Never raises. A page with too many tags is read by a plain scan instead of a tree."""
    tricks: set[str] = set()
    if "base64" in source:
        source = DATA_URI.sub(emptied, source)
    source = sample(source, MAX_HTML)
    if source.count("<") > MAX_TAGS:
        return _scan(source)
    tree = LexborHTMLParser(source)
    tricks |= _active(tree)
    base = next((node.attributes.get("href") or "" for node in tree.css("base[href]")), "")
    anchors = [_anchor(node, base) for node in tree.css("a[href],area[href]")[:MAX_LINKS]]
    anchors += _sources(tree)
    concealed = _take_hidden(tree)
    labels = _labels(tree)
    _turn(tree)
    for node in _inner_first(tree, "script,style,template,noscript,head"):
        node.decompose()
    for node in _inner_first(tree, _BLOCKS):
        node.insert_before("\n")
        node.insert_after("\n")
    visible = _tidy("\n".join((tree.body.text() if tree.body else "", *labels)))
    hidden = _tidy(entities("\n".join(concealed)))
    if hidden:
        tricks.add("html_hidden")
    if any(anchor.mismatch for anchor in anchors):
        tricks.add("anchor_mismatch")
    return Page(visible=entities(visible), hidden=hidden, anchors=tuple(anchors), tricks=frozenset(tricks))


def _active(tree: LexborHTMLParser) -> set[str]:
    tricks = set()
    if tree.css_first("form,input,button[type=submit]"):
        tricks.add("html_form")
    if tree.css_first("script,iframe,object,embed,applet") or tree.css_first("[onload],[onclick],[onerror]"):
        tricks.add("html_script")
    if tree.css_first('meta[http-equiv="refresh" i]'):
        tricks.add("html_refresh")
    if tree.css_first("base[href]"):
        tricks.add("html_base")
    return tricks


def _anchor(node: LexborNode, base: str) -> Anchor:
    href = _printable(node.attributes.get("href") or "").strip()
    if base and href and ":" not in href[:12]:
        href = base.rstrip("/") + "/" + href.lstrip("/")
    shown = node.text().strip()[:500]
    return Anchor(href=href, shown=shown, mismatch=_differs(shown, href))


def _differs(shown: str, href: str) -> bool:
    """The text looks like an address, and its host is not the one the link goes to."""
    named = _URL_TEXT.match(shown) if len(shown) < 300 else None
    if not named or not re.match(r"(?i)(?:https?:|//)", href):
        return False
    target = re.sub(r"(?i)^(?:https?:)?[/\\]*(?:[^/?#@]{0,200}@)?", "", href).lower()
    host = named[1].lower().removeprefix("www.")
    end = len(host)
    found = re.match(r"[^/:?#\\]{0,260}", target)
    actual = found[0].removeprefix("www.") if found else ""
    return bool(end) and not (actual == host or actual.endswith("." + host) or host.endswith("." + actual))


def _sources(tree: LexborHTMLParser) -> list[Anchor]:
    found = []
    for selector, name in (("form[action]", "action"), ("iframe[src],embed[src]", "src"), ("object[data]", "data")):
        found += [node.attributes.get(name) or "" for node in tree.css(selector)[:50]]
    for node in tree.css('meta[http-equiv="refresh" i]')[:5]:
        found.append((node.attributes.get("content") or "").partition("=")[2].strip("'\" "))
    found += [node.attributes.get("src") or "" for node in tree.css("img[src]")[:100]]
    return [Anchor(href=_printable(href).strip(), shown="", mismatch=False) for href in found if href]


def _labels(tree: LexborHTMLParser) -> list[str]:
    """What stands in place of pictures, on buttons and in what pops up beside words: a guest reads it as text."""
    found: dict[str, None] = {}
    for node in tree.css("[alt],[title],[aria-label],[placeholder],input[value],button[value],option[label]")[
        :MAX_LABELS
    ]:
        attributes = node.attributes
        if node.tag != "html" and (attributes.get("type") or "").lower() != "hidden":
            found |= {
                said.strip()[:MAX_LABEL]: None for name in _LABELS if (said := attributes.get(name) or "").strip()
            }
    return list(found)


def _turn(tree: LexborHTMLParser) -> None:
    """Letters that markup sets from right to left, marked as Unicode does it, for `normalise.clean` to turn."""
    for node in tree.css("bdo[dir=rtl i],[style*='bidi-override' i]")[:MAX_LABELS]:
        if node.tag == "bdo" or re.search(r"(?i)direction\s*:\s*rtl", node.attributes.get("style") or ""):
            node.insert_before("\u202e")
            node.insert_after("\u202c")


def _take_hidden(tree: LexborHTMLParser) -> list[str]:
    """Text that styles hide, taken out of the tree."""
    texts = []
    named = _hiding_names(tree)
    for node in _inner_first(tree, "[style],[hidden],font[size],font[color]" + (",[class],[id]" if named else "")):
        attributes = node.attributes
        if (
            "hidden" in attributes
            or (named and not named.isdisjoint(_names(attributes)))
            or _is_hiding(attributes.get("style") or "")
            or (attributes.get("color") or "").lower() in _WHITE
            or attributes.get("size") == "0"
        ) and (text := node.text()).strip():
            texts.append(text)
            node.decompose()
    return texts[::-1]


def _names(attributes: Mapping[str, str | None]) -> list[str]:
    return [*(f".{name}" for name in (attributes.get("class") or "").split()), f"#{attributes.get('id')}"]


def _hiding_names(tree: LexborHTMLParser) -> frozenset[str]:
    """Classes and ids that a style sheet hides on any screen: what it hides on small ones only is honest design."""
    css = " ".join(node.text() for node in tree.css("style")[:20])[:MAX_STYLES]
    if "{" not in css:
        return frozenset()
    depth, start, head = 0, 0, ""
    found: set[str] = set()
    for mark in _BRACE.finditer(_COMMENT.sub("", css)):
        text = mark.string[start : mark.start()]
        start = mark.end()
        if mark[0] == "{":
            head, depth = (text.strip(), 1) if depth == 0 else (head, depth + 1)
            continue
        if depth == 1 and not head.startswith("@") and _is_hiding(text):
            found |= {name for name in map(str.strip, head.split(",")) if _ONE_NAME.fullmatch(name)}
        depth = max(0, depth - 1)
    return frozenset(found)


def _inner_first(tree: LexborHTMLParser, selector: str) -> list[LexborNode]:
    """Nodes in an order that is safe for removing them: never one inside another that is already gone."""
    nodes = {node.mem_id: node for node in tree.css(selector)}
    return list(nodes.values())[::-1]


def _is_hiding(style: str) -> bool:
    if _HIDING.search(style):
        return True
    colour, ground = _COLOUR.search(style), _BACKGROUND.search(style)
    if not colour:
        return False
    if ground:
        return colour[1].lower() == ground[1].lower()
    return colour[1].lower().replace(" ", "") in _WHITE and "background" not in style.lower()


def _scan(source: str) -> Page:
    links = (Anchor(href=html.unescape(m[1]), shown="", mismatch=False) for m in _HREF.finditer(source))
    anchors = tuple(anchor for anchor, _ in zip(links, range(MAX_LINKS), strict=False))
    text = _tidy(_ANY_TAG.sub(" ", source))
    return Page(visible=entities(text), hidden="", anchors=anchors, tricks=frozenset({"html_flood"}))


def _tidy(text: str) -> str:
    return "\n".join(line for raw in _printable(text).split("\n") if (line := " ".join(raw.split())))
