"""The repository checks itself: tools clean, layers kept, documents true, tags as the dictionary has them."""

import ast
import importlib.metadata
import importlib.util
import io
import os
import re
import shlex
import subprocess
import sys
import tokenize
import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
import typer.core
import typer.main
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from gateway.fix import dictionary as dictionaries
from gateway.fix.dictionary import Dictionary
from gateway.model.refusals import REFUSALS
from gateway.run.cli import app
from gateway.run.config import load_any
from gateway.run.net.credentials import hash_password
from tests import rejects
from tests.loopback import free_port
from tests.stack import Stack
from tests.test_echo import ORDER, Peer

ROOT = Path(__file__).resolve().parents[1]
PRODUCT = ("gateway", "venues", "algos", "fixspecs")
ENTRIES = {
    *(*PRODUCT, "tests"),
    *("README.md", "CHANGELOG.md", "LICENSE", "pyproject.toml", "constraints.txt", ".ci", ".gitignore"),
}
MODULE_LINES, TEST_LINES, README_LINES = 400, 600, 250
LONGER = {  # file -> its own bound, and the one hard idea that would not be clearer in two files
    "gateway/fix/session.py": (530, "the whole state machine of FIX Volume 2, whose cases refer to each other"),
}
# What makes a participant depend on anything but its inputs.
OUTSIDE = {
    *("time", "random", "secrets", "uuid", "socket", "ssl", "select", "selectors", "asyncio", "uvloop", "threading"),
    *("multiprocessing", "concurrent", "subprocess", "signal", "logging", "os", "shutil", "tempfile", "sqlite3"),
    *("sqlite_utils", "simplefix", "typer", "rich", "queue", "locale", "decimal"),
}
# Names in 'Name(tag)' that are no fields of FIX 4.4.
OTHER_NAMES = {
    "ExecTransType": "20",  # of FIX 4.2, which replayed logs speak
    "StrategyParametersGrp": "957",  # the component that NoStrategyParameters(957) counts
}
ALERTS = {
    "LIST.RACE",
    "POSITION.UNKNOWN",
    "ALLOC.UNDONE",
    "MARKET.STALE",
    "MARKET.FRESH",
}  # codes that look like a refusal's and are told to operators
# The tags that only those logs have.
OTHER_TAGS = {20}


def python_files(*folders: str) -> list[Path]:
    return sorted(chain.from_iterable((ROOT / folder).rglob("*.py") for folder in folders))


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def must_be_content(*command: str) -> None:
    """Run a tool; what it has to say is the failure."""
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"{done.stdout}{done.stderr}", pytrace=False)


@pytest.fixture(scope="module")
def kept() -> list[Path]:
    """What git has or would add."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no git repository here")
    return [path for name in listed.split("\0")[:-1] if (path := ROOT / name).exists()]


# --- tools ---


def test_ruff_has_nothing_to_say() -> None:
    must_be_content(sys.executable, "-m", "ruff", "check", ".")


def test_the_code_is_formatted() -> None:
    must_be_content(sys.executable, "-m", "ruff", "format", "--check", ".")


def test_types_hold_under_strict_checking() -> None:
    must_be_content(sys.executable, "-m", "mypy")


def test_imports_point_down_and_no_further() -> None:
    """The contracts stand in pyproject.toml; they are exhaustive, so that a stray folder breaks them too."""
    must_be_content(str(Path(sys.executable).with_name("lint-imports")), "--no-cache")


# --- machine code ---


def test_what_may_be_compiled_defines_no_struct() -> None:
    """mypyc drops the arguments of such a class, `frozen` among them, without a word."""
    hooks = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]["hooks"]
    for name in hooks["mypyc"]["include"]:
        classes = [node for node in ast.walk(ast.parse((ROOT / name).read_text())) if isinstance(node, ast.ClassDef)]
        assert not [node.name for node in classes if "Struct" in map(ast.unparse, node.bases)], name


def test_nobody_inherits_from_what_may_be_compiled() -> None:
    hooks = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]["hooks"]
    compiled = {name.removesuffix(".py").replace("/", ".") for name in hooks["mypyc"]["include"]}
    for path in python_files(*PRODUCT):
        text = path.read_text(encoding="utf-8")
        if named(path) in hooks["mypyc"]["include"] or not re.search(r"^ *class \w+\(", text, flags=re.MULTILINE):
            continue
        tree = ast.parse(text)
        froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module in compiled]
        imported = {alias.asname or alias.name for node in froms for alias in node.names}
        classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
        assert not [node.name for node in classes if imported & {*map(ast.unparse, node.bases)}], named(path)


def test_no_machine_code_hides_a_source() -> None:
    """A build with the hook leaves it in the tree, where Python prefers it: `git clean -fX gateway` ends that."""
    assert not [named(path) for path in (ROOT / "gateway").rglob("*.so")]


# --- shape ---


def test_no_file_is_longer_than_its_bound() -> None:
    """A module has one idea. `LONGER` gives the exceptions, with their reasons."""
    too_long = []
    for path in python_files(*PRODUCT, "tests"):
        bound = TEST_LINES if named(path).startswith("tests/") else MODULE_LINES
        bound, _ = LONGER.get(named(path), (bound, ""))
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > bound:
            too_long.append(f"{named(path)}: {lines} lines, at most {bound}")
    assert not too_long


@pytest.mark.parametrize("name", LONGER)
def test_an_exception_to_the_bound_is_still_needed(name: str) -> None:
    assert len((ROOT / name).read_text(encoding="utf-8").splitlines()) > MODULE_LINES


def test_the_root_holds_what_belongs_there(kept: list[Path]) -> None:
    assert {path.relative_to(ROOT).parts[0] for path in kept} == ENTRIES


def test_every_module_says_why_it_exists() -> None:
    silent = [
        named(path)
        for path in python_files(*PRODUCT, "tests")
        if (text := path.read_text(encoding="utf-8").strip()) and not re.match(r'"""\S', text)
    ]
    assert not silent


@pytest.mark.parametrize(
    ("forbidden", "why"),
    [
        (r"\b(?:TODO|FIXME|XXX)\b", "nobody reads it"),
        (r"(?<![-\w])utils\b", "it names no idea"),
        (r"\bclass \w*(?:Manager|Service|Handler|Helper|Processor)\b", "it names no thing of this field"),
        (r"# noqa(?!: [A-Z]+[0-9]+)", "it silences what nobody has seen yet"),
        (r"# noqa:.*\b(?:TID251|BLE001)\b", "clocks and broad excepts have no exceptions line by line"),
    ],
)
def test_words_that_are_not_used(forbidden: str, why: str) -> None:
    found = []
    for path in python_files(*PRODUCT):
        for number, line in enumerate([named(path), *path.read_text(encoding="utf-8").splitlines()]):
            if re.search(forbidden, line):
                found.append(f"{named(path)}:{number}: {why}: {line.strip()}")
    assert not found


def test_a_tests_name_is_a_sentence_about_behaviour() -> None:
    """Three words are the least in which one can say what does what; 'test_session_2' is none."""
    names = [
        (named(path), name)
        for path in python_files("tests")
        for name in re.findall(r"^ *(?:async )?def (test_\w*)", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    ]
    assert len(names) > 2_000, "the names are not found where they stand"
    assert not [(path, name) for path, name in names if not re.fullmatch(r"test(?:_[A-Za-z0-9]+){3,}", name)]


# --- behaviour that code can be read for ---


def test_only_what_is_expected_is_caught() -> None:
    """A broad except hides our own mistakes; ruff's BLE001 lets those pass that raise again."""
    broad = [
        f"{named(path)}:{node.lineno}"
        for path in python_files(*PRODUCT)
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.ExceptHandler) and _caught(node) & {"", "Exception", "BaseException"}
    ]
    assert not broad


def _caught(handler: ast.ExceptHandler) -> set[str]:
    """The names of what it catches; '' if that is everything."""
    if handler.type is None:
        return {""}
    return {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}


def test_a_participant_depends_on_its_inputs_alone() -> None:
    """No clock, chance, socket, thread, disk or log below run/ and record/; the others' flow has a seeded generator."""
    core = [
        path
        for path in python_files("gateway", "venues", "algos")
        if not named(path).startswith(("gateway/run/", "gateway/record/"))
    ]
    reached = {
        (named(path), module)
        for path in core
        for module in _imported(path.read_text(encoding="utf-8"))
        if module in OUTSIDE
    }
    assert reached == {("venues/crowd/chance.py", "random")}


def _imported(code: str) -> Iterator[str]:
    """The top-level packages that it imports, anywhere in it."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or ".").partition(".")[0]


def test_clocks_are_allowed_in_the_outer_rooms_only() -> None:
    """ruff's TID251 forbids clocks, chance and uuid; who is let off stands here, too."""
    ignored = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]["per-file-ignores"]
    let_off = {pattern for pattern, rules in ignored.items() if any("TID251".startswith(rule) for rule in rules)}
    assert let_off == {"gateway/run/**", "gateway/record/**", "tests/**", "venues/crowd/chance.py"}


# --- tags ---


@pytest.fixture(scope="module")
def dictionary() -> Dictionary:
    return dictionaries.named("FIX44+house+triggers")


def test_a_tag_in_code_is_a_field_of_the_dictionary(dictionary: Dictionary) -> None:
    """Tags stand in Selection(...), get(...) and groups(...), and in wire text as 'tag=' at a field's beginning."""
    found = [(path, line, tag) for path in python_files("gateway", "venues") for line, tag in _tags(path)]
    assert len({tag for _, _, tag in found}) > 60, "the tags are not found where they stand"
    unknown = [f"{named(path)}:{line}: {tag}" for path, line, tag in found if tag not in dictionary.fields]
    assert [place for place in unknown if int(place.rpartition(" ")[2]) not in OTHER_TAGS] == []


def _tags(path: Path) -> Iterator[tuple[int, int]]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            arguments = {"Selection": node.args, "get": node.args[:1], "groups": node.args[:1]}.get(called, [])
            for argument in arguments:
                if isinstance(argument, ast.Constant) and type(argument.value) is int:
                    yield node.lineno, argument.value
        elif isinstance(node, ast.JoinedStr | ast.Constant):
            for tag in re.findall("(?:^|[\x01\0])([0-9]+)=", _wire_text(node)):
                yield node.lineno, int(tag)


def _wire_text(node: ast.JoinedStr | ast.Constant) -> str:
    """A literal's text, with NUL for what is put in."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_wire_text(part) if isinstance(part, ast.Constant) else "\0" for part in node.values)
    if isinstance(node.value, bytes):
        return node.value.decode("latin-1")
    return node.value if isinstance(node.value, str) else ""


def test_a_field_or_message_has_the_number_that_the_text_gives_it(dictionary: Dictionary, kept: list[Path]) -> None:
    """'ClOrdID(11)' in comments, errors and documents; 'NewOrderSingle(D)'; a value, 'Change(1)', by its description."""
    messages = {message.name: msg_type for msg_type, message in dictionary.messages.items()}
    values = {
        (description, value) for field in dictionary.fields.values() for value, description in field.values.items()
    }
    named_so = OTHER_NAMES | messages | {name: str(number) for name, number in dictionary.numbers.items()}
    found, wrong = 0, []
    for path in kept:
        for line, name, number in _references(path):
            found += 1
            if name in named_so:
                right = named_so[name] == number
            else:
                # What is no number and no known name is a call, in an example.
                described = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()
                right = not number.isdecimal() or (described, number) in values or name == "Tag"
            if not right:
                wrong.append(f"{named(path)}:{line}: {name}({number})")
    assert found > 100, "the references are not found where they stand"
    assert not wrong


def _references(path: Path) -> Iterator[tuple[int, str, str]]:
    """Line, name and number of each 'Name(number)' in the product's comments and strings and in documents."""
    if path.suffix == ".md":
        texts = list(enumerate(re.sub(r"^```python\n.*?^```", "", path.read_text(), flags=re.M | re.S).split("\n"), 1))
    elif path.suffix == ".py" and named(path).startswith(PRODUCT):
        tokens = tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline)
        texts = [
            (token.start[0], token.string) for token in tokens if token.type in (tokenize.STRING, tokenize.COMMENT)
        ]
    else:
        return
    for line, text in texts:
        for name, number in re.findall(r"\b([A-Z]\w*[a-z]\w*)\((\w{1,4})\)", text):
            yield line, name, number


# --- what is installed ---


def test_every_code_of_a_refusal_is_in_the_table_and_every_row_is_used() -> None:
    """Whoever refuses something new adds a row to gateway/model/refusals.py and runs `python -m tests.rejects`."""
    codes = re.compile(rf"\b(?:{'|'.join({code.partition('.')[0] for code in REFUSALS})})\.[A-Z]+\b")
    table = ROOT / "gateway" / "model" / "refusals.py"
    used = {
        code
        for path in python_files("gateway", "algos")
        if path != table
        for code in codes.findall(path.read_text(encoding="utf-8"))
    }
    assert used - ALERTS == set(REFUSALS)
    assert rejects.DOCUMENT.read_text(encoding="utf-8") == rejects.document()


def test_constraints_pin_one_version_each() -> None:
    """The install is the same on every machine and every day."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*", line)] == []
    names = [canonicalize_name(line.partition("==")[0]) for line in lines]
    assert len(set(names)) == len(names)


def test_constraints_pin_whatever_gets_installed() -> None:
    """Everything the project and its extras need, and what that needs, at a version that suits whoever needs it."""
    pins = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text().splitlines())
    pins = {canonicalize_name(name): version for name, version in pins.items()}
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project = declared["project"]
    extras = project["optional-dependencies"]
    here = [Requirement(need) for need in (*project["dependencies"], *extras["dev"])]
    wrong = _not_pinned([need for need in here if need.marker is None or need.marker.evaluate()], pins)
    # The builder and other extras are installed elsewhere, so what they need cannot be asked here.
    elsewhere = [
        *declared["build-system"]["requires"],
        *(need for extra in extras if extra != "dev" for need in extras[extra]),
    ]
    for need in map(Requirement, elsewhere):
        name = canonicalize_name(need.name)
        if name not in pins or not need.specifier.contains(pins[name], prereleases=True):
            wrong.add(str(need))
    assert not wrong


def _not_pinned(wanted: list[Requirement], pins: dict[str, str]) -> set[str]:
    wrong: set[str] = set()
    seen: set[tuple[str, str]] = set()
    while wanted:
        requirement = wanted.pop()
        name = canonicalize_name(requirement.name)
        if name == "pip":
            continue  # it is what installs; every virtual environment has one
        if name not in pins or not requirement.specifier.contains(pins[name], prereleases=True):
            wrong.add(str(requirement))
        for extra in ("", *requirement.extras):
            if (name, extra) not in seen:
                seen.add((name, extra))
                needs = [Requirement(text) for text in importlib.metadata.requires(name) or []]
                wanted += [need for need in needs if need.marker is None or need.marker.evaluate({"extra": extra})]
    return wrong


def test_no_file_names_a_machine(kept: list[Path]) -> None:
    """Neither a folder of whoever wrote it nor the host that packages came from."""
    telling = re.compile(
        r"(?<![\w.}])/(?:work|root|home|Users)/"
        r"|\b(?:pypi|pythonhosted|artifactory|devpi|nexus)\.|--(?:extra-)?index-url[ =]|--trusted-host[ =]"
    )
    found = []
    for path in kept:
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if telling.search(line):
                found.append(f"{named(path)}:{number}: {line.strip()[:120]}")
    assert not found


# --- documents ---

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
INSTALL = "python3 -m venv .venv && .venv/bin/pip install -c constraints.txt -e"


def blocks(language: str, document: str = README) -> list[str]:
    found = [text for known, text in BLOCK.findall(document) if known == language]
    assert found, f"there is no {language} block"
    return found


def commands() -> list[str]:
    """The gateway's command lines, in blocks, their comments and sentences, without the program's name."""
    lines = re.findall(r"^ {4}(.*)", README, flags=re.MULTILINE)
    lines += [line for language, text in BLOCK.findall(README) if language != "python" for line in text.splitlines()]
    begun = [re.search(r"(?:^|&& |\$ |#.*: )(?:\.venv/bin/)?gateway (.+)", line) for line in lines]
    spans = re.findall(r"(?<!`)`gateway ([^`]+)`(?!`)", README)
    return [found[1] for found in begun if found] + spans


@pytest.mark.parametrize("last", [". && .venv/bin/gateway serve --demo", "'.[dev]' && .venv/bin/pytest -n 2"])
def test_the_readmes_main_commands_are_there_to_the_letter(last: str) -> None:
    """.ci/run takes them from there, so what the README promises is what is proved."""
    assert [line.strip() for line in README.splitlines()].count(f"{INSTALL} {last}") == 1


@pytest.mark.parametrize("line", commands())
def test_a_command_of_the_readme_exists(line: str) -> None:
    """It is parsed as the command line would: subcommand, options, arguments."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words = []
    for word in lexer:
        if not word.strip(";&|<>()"):
            break  # a pipe, or the next command
        words.append(word)
    command: object = typer.main.get_command(app)
    while isinstance(command, typer.core.TyperGroup) and words and not words[0].startswith("-"):
        assert words[0] in command.commands, line
        command = command.commands[words.pop(0)]
    assert isinstance(command, typer.core.TyperCommand | typer.core.TyperGroup)
    # What it would refuse, it raises.
    with command.make_context(command.name, words, resilient_parsing="--help" in words):
        pass


def test_a_module_that_the_readme_runs_can_be_run() -> None:
    for name in re.findall(r"python3? -m ([\w.]+)", README):
        spec = importlib.util.find_spec(name)
        assert spec is not None, name
        assert spec.submodule_search_locations is None or importlib.util.find_spec(f"{name}.__main__"), name


def test_a_file_that_the_readme_names_exists() -> None:
    paths = re.findall(rf"(?<![\w./-])(?:{'|'.join(PRODUCT)}|tests|\.ci)/[\w./-]*\w", README)
    links = [link for link in re.findall(r"\]\(([^)#]+)", README) if "://" not in link]
    assert [path for path in paths + links if not (ROOT / path).exists()] == []


def test_the_readme_is_read_in_four_screens() -> None:
    assert len(README.splitlines()) <= README_LINES


def test_the_readmes_client_needs_simplefix_only() -> None:
    """Whoever connects a client has none of our code."""
    assert set(_imported(blocks("python")[0])) <= {"simplefix", *sys.stdlib_module_names}


def test_the_readmes_client_gets_its_order_filled(tmp_path: Path) -> None:
    """As it stands there, but for the port and the seconds that the order may take."""
    example = blocks("python")[0]
    with Stack(tmp_path) as stack:
        stack.wait_for_prices()
        for printed, here in (
            ("9878", str(stack.port)),
            ('"Duration"), (959, 1), (960, 10)', '"Duration"), (959, 1), (960, 1)'),
        ):
            assert example.count(printed) == 1
            example = example.replace(printed, here)
        command = [sys.executable, "-c", example]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=20, check=False)
        stack.stop()
    assert not done.stderr
    reports = done.stdout.splitlines()
    assert "|39=0|" in reports[0]
    assert "|39=2|" in reports[-1]


def test_the_engine_of_the_session_document_answers(tmp_path: Path) -> None:
    """As it stands there, with its configuration, but for the port."""
    port = free_port()
    document = (ROOT / "fixspecs" / "session.md").read_text(encoding="utf-8")
    (config,) = (text for text in blocks("toml", document) if "9880" in text)
    (example,) = blocks("python", document)
    (tmp_path / "echo.toml").write_text(config.replace("9880", str(port)), encoding="utf-8")
    command = [sys.executable, "-c", example]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert any("listening on" in line for line in process.stdout)
            with Peer(port, "ANYBODY") as peer:
                peer.log_on()
                peer.send("D", *ORDER)
                peer.expect("D", _11="A1")
                peer.send("H", (11, "A1"), (55, "ACME"), (54, 1))
                peer.expect("j", _372="H", _380="3")
        finally:
            process.terminate()


def test_quickfix_accepts_the_readmes_settings(tmp_path: Path) -> None:
    """In a process of its own: what QuickFIX refuses there ends the interpreter."""
    pytest.importorskip("quickfix", reason="no quickfix-ssl here")
    for text in blocks("ini"):
        assert "[SESSION]" in text
        path = tmp_path / "client.cfg"
        path.write_text(text, encoding="utf-8")
        must_be_content(sys.executable, "-c", f"import quickfix; quickfix.SessionSettings({str(path)!r})")


def test_the_readmes_configuration_is_complete(tmp_path: Path) -> None:
    """Each whole one by itself; what it takes to let people in is added to the one for a gateway."""
    gateway, entry, _ = blocks("toml")
    for place in ("gateway.pem", "gateway.key", "clients.pem"):
        (tmp_path / place).touch()
    client = entry.replace('"scrypt$..."', f'"{hash_password(b"secret")}"').split("[[client]]")
    both = gateway.replace("[gateway]\n", client[0]).replace("[[venue]]", f"[[client]]{client[1]}[[venue]]", 1)
    path = tmp_path / "config.toml"
    for text in (gateway, both):
        path.write_text(text, encoding="utf-8")
        load_any(path)  # raises what is wrong


def test_ci_takes_its_commands_from_the_readme() -> None:
    """It runs without arguments, and would not notice a promise that it has a copy of."""
    run = ROOT / ".ci" / "run"
    assert os.access(run, os.X_OK)
    must_be_content("bash", "-n", str(run))
    assert "pip install" not in run.read_text()
