"""The pages say what the code says.

docs/architecture.md names what there is, both READMEs say the same, and links lead somewhere.

In docs/protocol.md the tables between `<!-- FILE … -->` and `<!-- end -->` are compared with the
tables in the code; the examples are read as JSON, and those of messages must be good ones."""
import json
import pathlib
import re
import subprocess

import jsonschema
import pytest

TOP = pathlib.Path(__file__).parents[2]
PAGE = (TOP / "docs/protocol.md").read_text(encoding="utf-8")
MESSAGE_SCHEMA = json.loads((TOP / "schema/message.schema.json").read_text(encoding="utf-8"))


def code(path):
    return (TOP / path).read_text(encoding="utf-8")


def rows_of(path, macro):
    """The lines of an X-macro table, each a list of what stands between the commas."""
    table = re.search(rf"#define {macro}\(X\)(.*?[^\\])\n", code(path), re.DOTALL).group(1)
    arguments = re.findall(r"X\(((?:\"[^\"]*\"|'[^']*'|[^()\"'])*)\)(?:[ \t]*/\* (.*?) \*/)?", table)
    return [
        [part.strip("\"' ") for part in re.findall(r"\"[^\"]*\"|'[^']*'|[^,\"'\s]+", inside)] + [comment]
        for inside, comment in arguments
    ]


def documented(start):
    """The rows of the marked table of the page, without its head."""
    table = re.search(rf"<!-- {re.escape(start)};[^>]*-->\n(.*?)<!-- end -->", PAGE, re.DOTALL)
    assert table, f"no table marked {start}"
    lines = table.group(1).strip().split("\n")[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def yes(word):
    return {"true": "yes", "false": "no"}[word]


def test_every_refusal_is_in_the_table():
    expected = [[f"`{name}`", status, yes(retry), text]
                for _, name, status, retry, text, _ in rows_of("schema/refusal.h", "REFUSALS")]

    assert documented("schema/refusal.h, REFUSALS") == expected


def test_every_close_code_is_in_the_table():
    expected = [[number, text, yes(may_return)]
                for _, number, may_return, text, _ in rows_of("schema/refusal.h", "CLOSE_CODES")]

    rows = documented("schema/refusal.h, CLOSE_CODES")
    assert [row[:3] for row in rows] == expected
    assert all(when for *_, when in rows)


def test_every_kind_is_in_the_table():
    classes = re.search(r"enum message_class {(.*?)}", code("schema/kinds.h")).group(1)
    number = {name.strip(): i for i, name in enumerate(classes.split(","))}
    expected = [[f"`{name}`", f"{number[kind]} {kind.removeprefix('CLASS_').lower()}",
                 yes(sequenced), sender.replace("_", " ").lower()]
                for _, name, kind, sequenced, sender, _ in rows_of("schema/kinds.h", "MESSAGE_KINDS")]

    assert documented("schema/kinds.h") == expected


def test_every_flag_of_an_entry_is_in_the_table():
    expected = [[f"`{letter}`", meaning]
                for _, letter, meaning in rows_of("schema/entry.h", "ENTRY_FLAGS")]

    assert documented("schema/entry.h") == expected


def test_every_route_is_in_the_table():
    routes = re.findall(r'{"([^"]+)", \w+, EVHTTP_REQ_(\w+),', code("gateway/http.c"))

    assert [row[0] for row in documented("gateway/http.c")] == [
        f"`{method} {path}`" for path, method in routes]


def test_every_way_to_refuse_an_upgrade_is_in_the_table():
    statuses = re.findall(r"UPGRADE_\w+ = (\d{3})", code("gateway/upgrade.h"))
    table = re.search(r"\| status \| why \|\n(.*?)\n\n", PAGE, re.DOTALL).group(1)

    assert re.findall(r"^\| (\d{3}) \|", table, re.MULTILINE) == statuses


def test_every_setting_it_names_is_one():
    settings = re.findall(r'\("([a-z-]+)"|\.name = "([a-z-]+)"', code("gateway/options_table.c"))
    names = {name for pair in settings for name in pair}
    names |= {setting for _, setting, *_ in rows_of("schema/banner.h", "BANNERS")}

    assert set(re.findall(r"`--([a-z-]+)", PAGE)) <= names


def blocks(language):
    return [line for block in re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
            for line in block.strip().split("\n")]


@pytest.mark.parametrize("example", blocks("json"))
def test_an_example_is_json(example):
    assert isinstance(json.loads(example), dict)


@pytest.mark.parametrize("example", blocks("json message"))
def test_an_example_of_a_message_is_a_good_one(example):
    jsonschema.validate(json.loads(example), MESSAGE_SCHEMA)


@pytest.mark.parametrize("example", blocks("entry"))
def test_an_example_of_an_entry_has_seven_fields_and_a_message(example):
    head = re.match(r"([^:]*:){7}", example)

    jsonschema.validate(json.loads(example[head.end():]), MESSAGE_SCHEMA)


def test_there_is_an_example_of_every_kind():
    kinds = {name for _, name, *_ in rows_of("schema/kinds.h", "MESSAGE_KINDS")}
    shown = {json.loads(example)["msg_type"] for example in blocks("json message")}

    assert {"x_*" if name.startswith("x_") else name for name in shown} >= kinds - {"leave"}


# ---- docs/architecture.md ----


def named_by_the_architecture():
    """(what, the file named last before it) for all that stands in backticks or in a diagram."""
    page = code("docs/architecture.md")
    for diagram in re.findall(r"```(.*?)```", page, re.DOTALL):
        for path in re.findall(r"[a-z_/]+\.(?:c|lua)\b", diagram):
            yield path, None
    file = None
    for word in re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", page, flags=re.DOTALL)):
        if re.fullmatch(r"[a-z_]+/[\w./-]*", word):
            file = word
            yield word, None
        elif re.fullmatch(r"\w{2,}(\(\))?|(struct|enum) \w+", word):
            yield word, file


def is_there(word, file):
    if file is None:
        return (TOP / word).exists()
    if word.endswith("()"):
        before = r"^(?:local )?function " if file.endswith(".lua") else r"^[a-z][\w *]*\b"
        return re.search(rf"{before}{word[:-2]}\(", code(file), re.MULTILINE)
    if word.startswith(("struct ", "enum ")):
        return any(f"{word} {{" in path.read_text(encoding="utf-8")
                   for layer in ("base", "schema", "relay", "gateway")
                   for path in (TOP / layer).glob("*.[ch]"))
    return re.search(rf"\b{word}\b", code(file))


def test_the_architecture_names_what_there_is():
    named = list(named_by_the_architecture())
    functions = {word for word, _ in named if word.endswith("()")}

    missing = [(word, file) for word, file in named if not is_there(word, file)]

    assert not missing
    assert len(functions) > 100


# ---- tests that pages name ----


def named_tests():
    for page in pages():
        for file, name in re.findall(r"`(tests/[\w/]+\.(?:py|c))::(\w+)`", code(page)):
            yield page, file, name


def test_a_test_that_a_page_names_is_there():
    named = list(named_tests())

    missing = [(page, file, name) for page, file, name in named
               if not (TOP / file).exists()
               or not re.search(rf"^(?:def|static void) {name}\(", code(file), re.MULTILINE)]

    assert not missing
    assert sum(page == "docs/delivery.md" for page, _, _ in named) > 40


# ---- README.md and README.zh.md ----


def shape(page):
    """The levels of the headings and the code blocks, in order."""
    parts = re.findall(r"^```.*?^```$|^#+ ", code(page), re.MULTILINE | re.DOTALL)
    return [part.strip() for part in parts]


def test_the_chinese_readme_has_the_same_headings_and_code():
    assert shape("README.zh.md") == shape("README.md")


def test_the_chinese_readme_has_the_same_links():
    english, chinese = [set(re.findall(r"\]\((.*?)\)", code(page)))
                        for page in ("README.md", "README.zh.md")]

    assert english - {"README.zh.md"} == chinese - {"README.md"}


# ---- links ----


def pages():
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard",
         "*.md"], cwd=TOP, capture_output=True, text=True, check=True)
    return sorted(set(listed.stdout.split()))


def prose(path):
    text = path.read_text(encoding="utf-8")
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors(path):
    """What the headings of a page are called in links."""
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-")
            for heading in re.findall(r"^#+ (.*)$", prose(path), re.MULTILINE)}


@pytest.mark.parametrize("page", pages())
def test_every_link_leads_somewhere(page):
    here = TOP / page
    for link, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)", prose(here)):
        if "://" in link:
            continue
        there = here.parent / link if link else here
        assert there.exists(), link
        assert not anchor or anchor in anchors(there), f"{link}#{anchor}"


# ---- the chart ----


def test_the_chart_has_the_settings_and_its_readme_its_values():
    done = subprocess.run([TOP / "script/chart", "--check"], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
