import itertools
import pickle
import re
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

import worker.home
from feeds.errors import NoHomeError, SettingsError
from feeds.settings.load import Home, find_home, load_settings, variable
from feeds.settings.schema import FeedSettings, Settings, SourceSettings

TEMPLATE = Path(worker.home.__file__).parent / "site.toml"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "seeds").mkdir()
    return Home(tmp_path)


def _load(home: Home, toml: str, environ: dict[str, str] | None = None) -> Settings:
    home.settings_file.write_text(toml, "utf-8")
    return load_settings(home, environ or {})


def _mistakes(home: Home, toml: str, environ: dict[str, str] | None = None) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        _load(home, toml, environ)
    return caught.value.messages


# The home


def test_a_home_is_the_option_else_the_variable_else_the_current_directory(tmp_path: Path) -> None:
    for name in ("option", "variable", "cwd", "cwd/inner"):
        (tmp_path / name / "seeds").mkdir(parents=True)
    cwd, given = tmp_path / "cwd", {"SEEDFEED_HOME": str(tmp_path / "variable")}
    assert find_home(tmp_path / "option", given, cwd).root == tmp_path / "option"
    assert find_home(Path("inner"), given, cwd).root == cwd / "inner"
    assert find_home(None, given, cwd).root == tmp_path / "variable"
    assert find_home(None, {"SEEDFEED_HOME": "inner"}, cwd).root == cwd / "inner"
    assert find_home(None, {"SEEDFEED_HOME": ""}, cwd).root == cwd
    assert find_home(None, {}, cwd).root == cwd


def test_a_home_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(NoHomeError, match="no such directory"):
        find_home(tmp_path / "missing", {}, tmp_path)


def test_a_directory_is_a_home_by_its_seeds_or_its_store(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with pytest.raises(NoHomeError, match="no home is here"):
        find_home(None, {}, tmp_path)
    (tmp_path / "data" / "seedfeed.sqlite").touch()
    assert find_home(None, {}, tmp_path).root == tmp_path


def test_what_is_in_the_way_of_a_home_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    for number, name in enumerate(("seeds", "data", "", "../file", "a/seeds")):
        for kind in ("link", "circle", "file"):
            root = tmp_path / f"{number}-{kind}" / "home"
            way = root / name
            way.parent.mkdir(parents=True, exist_ok=True)
            if kind == "file":
                way.touch()
            else:
                way.symlink_to("nowhere" if kind == "link" else way.name)
            target = root / {"../file": "../file/below", "a/seeds": "a"}.get(name, "")
            before = sorted(tmp_path.rglob("*"))
            what = "is no directory; move it away" if kind == "file" else "is a link to .*, where no directory is; make"
            with pytest.raises(SettingsError, match=f"{way.name}: {what}"):
                worker.home.write(target)
            if name != "data":
                with pytest.raises(SettingsError, match=f"{way.name}: {what}"):
                    find_home(target, {}, tmp_path)
            assert sorted(tmp_path.rglob("*")) == before


def test_without_a_base_url_the_site_is_where_this_machine_reaches_it(home: Home) -> None:
    assert _load(home, "").base_url == "http://127.0.0.1:8080"
    assert _load(home, 'base_url = ""\n[server]\nport = 9\n').base_url == "http://127.0.0.1:9"
    assert _load(home, "", {"SEEDFEED_SERVER__PORT": "10"}).base_url == "http://127.0.0.1:10"
    assert (
        _load(home, 'base_url = "https://x.example"', {"SEEDFEED_SERVER__PORT": "10"}).base_url == "https://x.example"
    )


def test_a_home_has_its_files_where_operators_look_for_them(tmp_path: Path) -> None:
    home = Home(tmp_path)
    files = [home.settings_file, home.ids, home.subscriptions, home.store, home.inbox, home.token, home.media]
    assert [file.relative_to(tmp_path).as_posix() for file in files] == [
        "seeds/site.toml",
        "seeds/ids.toml",
        "seeds/subscriptions.opml",
        "data/seedfeed.sqlite",
        "data/inbox.sqlite",
        "data/admin.token",
        "data/media",
    ]


# Values


def test_a_missing_and_an_empty_file_give_the_defaults(home: Home) -> None:
    assert load_settings(home, {}) == Settings()
    assert _load(home, "") == Settings()


def test_the_environment_matters_only_as_far_as_it_is_handed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TITLE", "Not ours")
    monkeypatch.setenv("SEEDFEED_TITLE", "Not handed over")
    assert Settings().title == "My feeds"


def test_values_arrive_typed(home: Home) -> None:
    settings = _load(
        home,
        """
        id = "urn:uuid:7B3A9F1E-4C2D-4F7A-9A51-0D6B1A2C3E4F"
        title = "  Tin\\n tức "
        base_url = "https://Example.org/news/"
        language = "vi_VN"
        feed_span = "0s"
        [worker]
        poll_min = "1h30m"
        poll_max = "2w"
        max_body = "4MB"
        allow_networks = ["10.0.0.0/8", "::1", "10.0.0.0/8"]
        [retention]
        entries = "90d"
        [publish]
        automatic = ["all"]
        [categories]
        "Chính trị" = "politics"
        inbox = ""
        [sources.vnexpress]
        categories = ["Thời sự"]
        poll = "1h"
        filter = "-lang:en"
        priority = -2
        private = true
        [feeds.building]
        title = "Building"
        query = 'category:politics lang:vi "xây dựng"'
        """,
    )
    assert settings.id == "urn:uuid:7b3a9f1e-4c2d-4f7a-9a51-0d6b1a2c3e4f"
    assert settings.title == "Tin tức"
    assert settings.base_url == "https://example.org/news"
    assert settings.language == "vi-VN"
    assert settings.feed_span == timedelta(0)
    assert settings.worker.poll_min == timedelta(minutes=90)
    assert settings.worker.poll_max == timedelta(days=14)
    assert settings.worker.max_body == 4_000_000
    assert settings.worker.allow_networks == (ip_network("10.0.0.0/8"), ip_network("::1"))
    assert settings.retention.entries == timedelta(days=90)
    assert settings.publish.automatic == ("all",)
    assert settings.categories == {"Chính trị": "politics", "inbox": ""}
    assert settings.sources["vnexpress"] == SourceSettings.model_validate(
        {"categories": ["Thời sự"], "poll": "1h", "filter": "-lang:en", "priority": -2, "private": True}
    )
    assert settings.sources["vnexpress"].poll == timedelta(hours=1)
    assert settings.sources["vnexpress"].content == ""
    assert settings.feeds["building"].limit is None


def test_settings_are_frozen_and_cross_to_other_processes(home: Home) -> None:
    settings = _load(home, '[worker]\nallow_networks = ["10.0.0.0/8"]\n[sources.a]\npoll = "1h"')
    assert pickle.loads(pickle.dumps(settings)) == settings
    with pytest.raises(ValidationError):
        settings.worker.burst = 1


def test_secrets_are_not_shown(home: Home) -> None:
    settings = _load(home, '[server]\nadmin_token = "hush"\n[worker]\nwebhook = "https://x.org/hush"')
    assert settings.server.admin_token == "hush"
    assert "hush" not in repr(settings)
    assert _mistakes(home, '[worker]\nwebhook = "ftp://hush"') == ("worker.webhook: expected an http(s) URL",)
    assert "hush" not in str(_mistakes(home, 'base_url = "http://u:hush@x.org"'))


@pytest.mark.parametrize(
    ("toml", "value"),
    [
        ('worker.executor = "processes:4"', "processes:4"),
        ('worker.executor = "threads"', "threads"),
        ('worker.executor = "dask"', "dask"),
        ('worker.executor = "dask://scheduler:8786"', "dask://scheduler:8786"),
        ('worker.executor = "dask://[::1]:8786"', "dask://[::1]:8786"),
        ('worker.executor = "dask+tls://scheduler:8786"', "dask+tls://scheduler:8786"),
        ('worker.max_body = "1KiB"', 1024),
        ('worker.max_body = "512B"', 512),
        ('worker.timeout = "1m30s"', timedelta(seconds=90)),
        ('worker.user_agent = "me/1 (x)"', "me/1 (x)"),
        ('server.hub = "off"', "off"),
        ('server.hub = "https://hub.example/?x=1"', "https://hub.example/?x=1"),
        ('server.host = "::"', "::"),
        ('server.host = "localhost"', "localhost"),
        ('retention.entries = "forever"', None),
        ('seeds.encoding = "windows-1258"', "windows-1258"),
        ('seeds.encoding = "TCVN3"', "TCVN3"),
        ('seeds.settle = "0s"', timedelta(0)),
        ('timezone = "Asia/Ho_Chi_Minh"', "Asia/Ho_Chi_Minh"),
        ('base_url = "http://[::1]:8080/"', "http://[::1]:8080"),
        ('base_url = "https://bücher.example/@me"', "https://xn--bcher-kva.example/@me"),
        ("publish.automatic = []", ()),
    ],
)
def test_these_values_are_taken(home: Home, toml: str, value: object) -> None:
    found: Any = _load(home, toml)
    for part in toml.split(" = ")[0].split("."):
        found = getattr(found, part)
    assert found == value


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(home: Home) -> None:
    home.settings_file.write_bytes(b'\xef\xbb\xbftitle = "x"\r\nauthor = "y"\r\n')
    assert load_settings(home, {}).author == "y"


# Mistakes


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ('server.port = "8080"', 'server.port: expected a whole number from 1 to 65535, not "8080"'),
        ("server.port = 0", "server.port: expected a whole number from 1 to 65535, not 0"),
        ("server.port = 80.0", "server.port: expected a whole number from 1 to 65535, not 80.0"),
        ("feed_limit = true", "feed_limit: expected a whole number from 1 to 500, not true"),
        ("feed_limit = 501", "feed_limit: expected a whole number from 1 to 500, not 501"),
        ("title = 5", "title: expected text that is not empty, not 5"),
        ('title = " "', 'title: expected text that is not empty, not " "'),
        ("title = 2024-12-16", 'title: expected text that is not empty, not "2024-12-16"'),
        ('stories.enabled = "true"', 'stories.enabled: expected true or false, not "true"'),
        ("stories.enabled = 1", "stories.enabled: expected true or false, not 1"),
        ("server = 5", "server: expected a table, not 5"),
        ("sources = []", "sources: expected a table, not []"),
        ("sources.a = 1", "sources.a: expected a table, not 1"),
        ("[[server]]", "server: expected a table, not [{}]"),
        ("subtitle = {a = 1}", "subtitle: expected text, not a table"),
        ('worker.timeout = "0s"', "longer than that"),
        ("worker.timeout = 30", 'worker.timeout: expected a duration like "30s"'),
        ('worker.timeout = "30"', "expected a duration"),
        ('worker.timeout = ""', "expected a duration"),
        ('worker.timeout = "-5m"', "expected a duration"),
        ('worker.timeout = "5 m"', "expected a duration"),
        ('worker.timeout = "1m1h"', "expected a duration"),
        ('worker.timeout = "999999999s"', "expected a duration"),
        ("worker.max_body = 15", 'worker.max_body: expected a size like "15MiB" or "4MB", not 15'),
        ('worker.max_body = "15"', "expected a size"),
        ('worker.max_body = "0MB"', "expected a size"),
        ('worker.max_body = "15mib"', "expected a size"),
        ('worker.allow_networks = ["10.0.0.1/8"]', "did you mean 10.0.0.0/8?"),
        ('worker.allow_networks = ["local"]', "worker.allow_networks: expected a list of networks"),
        ('worker.allow_networks = "10.0.0.0/8"', "worker.allow_networks: expected a list of networks"),
        ('worker.executor = "processes:0"', '"threads:N" (N from 1 to 9999), '),
        ('worker.executor = "dask://host"', '"dask+tls://HOST:PORT" (both HOST and PORT), not "dask://host"'),
        ('worker.executor = "dask://host:70000"', "worker.executor: expected"),
        ('worker.executor = "tls://host:8786"', "worker.executor: expected"),
        ('worker.executor = "fibres"', 'not "fibres"'),
        ('worker.user_agent = "a\\nb"', "worker.user_agent: expected printable ASCII"),
        ('worker.webhook = "x"', "worker.webhook: expected an http(s) URL"),
        ('worker.poll_min = "25h"', "worker: expected poll_min to be no longer than poll_max"),
        ('base_url = "example.org"', "base_url: expected an absolute http(s) URL"),
        ('base_url = "ftp://example.org"', "base_url: expected"),
        ('base_url = "http:///x"', "base_url: expected"),
        ('base_url = "http://x.org/?a"', "base_url: expected"),
        ('base_url = "http://x.org/#"', "base_url: expected"),
        ('base_url = "http://[::1"', "base_url: expected"),
        ('base_url = "http://x.org:99999"', "base_url: expected"),
        ('language = ""', "language: expected a language tag"),
        ('language = "english"', "language: expected a language tag"),
        ('language = "en-nonsense-tag"', "language: expected a language tag"),
        ('timezone = "Asia/Ho_Chi_Min"', "did you mean Asia/Ho_Chi_Minh?"),
        ('timezone = "Asia"', "timezone: expected a time zone"),
        ('timezone = ""', "timezone: expected a time zone"),
        ('timezone = "../etc/passwd"', "timezone: expected a time zone"),
        ('timezone = "a\\u0000b"', "timezone: expected a time zone"),
        ('id = "7b3a9f1e-4c2d-4f7a-9a51-0d6b1a2c3e4f"', "id: expected urn:uuid:… or nothing"),
        ('revisions = "all"', 'revisions: expected "admin" or "public", not "all"'),
        ('server.hub = "maybe"', 'server.hub: expected "own", "off" or the http(s) URL of a hub, not "maybe"'),
        ('server.host = "a b"', "server.host: expected"),
        ('server.admin_token = "x "', "server.admin_token: expected"),
        ('seeds.encoding = "latin-99"', "seeds.encoding: expected"),
        ('seeds.encoding = "hex"', "seeds.encoding: expected"),
        ('retention.entries = "0d"', "longer than that"),
        ('publish.automatic = ["feeds"]', "publish.automatic: expected a list of some of all, seeds, source, category"),
        ('publish.content = "some"', 'publish.content: expected "full" or "summary" or "link", not "some"'),
        ('sources.a.filter = "(b"', "sources.a.filter: expected a query"),
        ('feeds.a.query = "b OR"', "(at character 3: OR needs a term after it)"),
        ('feeds.a.duplicates = "none"', 'feeds.a.duplicates: expected "fold" or "all", not "none"'),
        ('sources."A b" = {}', 'sources."A b": expected a name of a-z, 0-9 and hyphens, not "A b"'),
        ("feeds.Tin = {}", "feeds.Tin: expected a name"),
        ("feeds.all = {}", "that name belongs to an automatic feed"),
        ("feeds.health = {}", "that name belongs to an automatic feed"),
        ("feeds.lang-vi = {}", "that name belongs to an automatic feed"),
        ("categories.inbox = 5", "categories.inbox: expected text, not 5"),
        ("worker.concurency = 5", "unknown key worker.concurency; did you mean worker.concurrency?"),
        ("worker.Burst = 5", "unknown key worker.Burst; did you mean worker.burst?"),
        ('[server]\ntitle = "x"', "unknown key server.title; did you mean title?"),
        ("worker.port = 5", "unknown key worker.port; did you mean server.port?"),
        ("[sever]", "unknown key sever; did you mean server?"),
        ('sources.a.tittle = "x"', "unknown key sources.a.tittle; did you mean sources.a.title?"),
        ('feeds.a.qery = "x"', "unknown key feeds.a.qery; did you mean feeds.a.query?"),
        ('Title = "x"', "unknown key Title; did you mean title?"),
        ('_env_file = "x"', "unknown key _env_file"),
        ("layers = []", "unknown key layers"),
        ("self = 1", "unknown key self"),
        ('zzz."a b" = 1', "unknown key zzz"),
    ],
)
def test_a_mistake_names_its_key_and_what_was_expected(home: Home, toml: str, message: str) -> None:
    (found,) = _mistakes(home, toml)
    assert message in found


def test_all_mistakes_are_told_at_once_with_the_file(home: Home) -> None:
    with pytest.raises(SettingsError) as caught:
        _load(home, 'title = 5\nunknown = 1\n[server]\nport = "x"\n[feeds.a]\nquery = "("')
    assert caught.value.file == str(home.settings_file)
    assert [message.split(":")[0] for message in caught.value.messages] == [
        "title",
        "server.port",
        "feeds.a.query",
        "unknown key unknown",
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"title = \n", "cannot be read as TOML: Invalid value (at line 1, column 9)"),
        (b'title = "x"\ntitle = "y"\n', "cannot be read as TOML: Cannot overwrite a value (at line 2, column 12)"),
        (b"a = [1,\n2", "(at line 2, column 2, the end of the file)"),
        (b'title = "x"\nauthor = "\xe9"\n', "is not UTF-8 (at line 2, column 11); save it as UTF-8"),
        (b"a = " + b"[" * 5000, "cannot be read as TOML"),
    ],
)
def test_a_file_that_is_no_toml_is_told_with_line_and_column(home: Home, content: bytes, message: str) -> None:
    home.settings_file.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        load_settings(home, {})
    assert message in caught.value.messages[0]


def test_a_directory_in_place_of_the_file_is_told(home: Home) -> None:
    home.settings_file.mkdir()
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(home, {})


# Variables


def test_variables_override_the_file(home: Home) -> None:
    settings = _load(
        home,
        'base_url = "http://a.org"\n[worker]\nconcurrency = 3\nburst = 7\n',
        {
            "PATH": "/bin",
            "SEEDFEED_HOME": "/srv",
            "SEEDFEED_TITLE": "5",
            "SEEDFEED_BASE_URL": "http://b.org/",
            "SEEDFEED_WORKER__CONCURRENCY": "9",
            "SEEDFEED_WORKER__POLL_MIN": "1m",
            "SEEDFEED_WORKER__MAX_BODY": "1MiB",
            "SEEDFEED_WORKER__ALLOW_NETWORKS": '["127.0.0.0/8"]',
            "SEEDFEED_PUBLISH__AUTOMATIC": "[]",
            "SEEDFEED_STORIES__ENABLED": "false",
            "SEEDFEED_RETENTION__ENTRIES": "forever",
            "SEEDFEED_ID": "",
        },
    )
    assert (settings.title, settings.base_url, settings.id) == ("5", "http://b.org", "")
    assert (settings.worker.concurrency, settings.worker.burst) == (9, 7)
    assert settings.worker.poll_min == timedelta(minutes=1)
    assert settings.worker.max_body == 2**20
    assert settings.worker.allow_networks == (ip_network("127.0.0.0/8"),)
    assert settings.publish.automatic == ()
    assert settings.stories.enabled is False
    assert settings.retention.entries is None


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("SEEDFEED_BASEURL", "x", "SEEDFEED_BASEURL: unknown variable; did you mean SEEDFEED_BASE_URL?"),
        ("SEEDFEED_base_url", "x", "SEEDFEED_base_url: unknown variable"),
        ("SEEDFEED_QQQQQQQQQQQQ", "x", "SEEDFEED_QQQQQQQQQQQQ: unknown variable"),
        ("SEEDFEED_", "x", "SEEDFEED_: unknown variable"),
        ("SEEDFEED_WORKER", "{}", "SEEDFEED_WORKER: unknown variable"),
        ("SEEDFEED_WORKER_BURST", "5", "did you mean SEEDFEED_WORKER__BURST?"),
        ("SEEDFEED_HOM", "x", "did you mean SEEDFEED_HOME?"),
        ("SEEDFEED__HOME", "x", "did you mean SEEDFEED_HOME?"),
        ("SEEDFEED_PORT", "1", "did you mean SEEDFEED_SERVER__PORT?"),
        ("SEEDFEED_TITLE", "caf\udce9", "SEEDFEED_TITLE: is not UTF-8"),
        ("SEEDFEED_FEEDS__A__LIMIT", "5", "SEEDFEED_FEEDS__A__LIMIT: [feeds] cannot be set by a variable"),
        ("SEEDFEED_SOURCES", "{}", "SEEDFEED_SOURCES: [sources] cannot be set by a variable"),
        ("SEEDFEED_CATEGORIES__X", "y", "SEEDFEED_CATEGORIES__X: [categories] cannot be set by a variable"),
        ("SEEDFEED_SERVER__PORT", "x", 'SEEDFEED_SERVER__PORT: expected a whole number from 1 to 65535, not "x"'),
        ("SEEDFEED_SERVER__PORT", "٣", "SEEDFEED_SERVER__PORT: expected a whole number"),
        ("SEEDFEED_STORIES__ENABLED", "yes", 'SEEDFEED_STORIES__ENABLED: expected true or false, not "yes"'),
        ("SEEDFEED_PUBLISH__AUTOMATIC", "all", "SEEDFEED_PUBLISH__AUTOMATIC: expected a list"),
        ("SEEDFEED_PUBLISH__AUTOMATIC", '{"a":1}', "SEEDFEED_PUBLISH__AUTOMATIC: expected a list"),
        ("SEEDFEED_WORKER__POLL_MIN", "2d", "expected poll_min to be no longer than poll_max"),
    ],
)
def test_a_mistake_in_a_variable_names_the_variable(home: Home, name: str, value: str, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        _load(home, "", {name: value})
    assert caught.value.file == "environment"
    (found,) = caught.value.messages
    assert message in found


def test_a_variable_hides_no_mistake_of_the_file(home: Home) -> None:
    messages = _mistakes(home, "[server]\nport = 0", {"SEEDFEED_SERVER__PORT": "80", "SEEDFEED_X": ""})
    assert messages[0].startswith("server.port: ")
    assert messages[1].startswith("SEEDFEED_X: ")
    assert len(messages) == 2


def test_a_variable_of_a_table_that_the_file_spoils_is_told_with_it(home: Home) -> None:
    assert _mistakes(home, "server = 1", {"SEEDFEED_SERVER__PORT": "80"}) == ("server: expected a table, not 1",)


# What is written about the settings


def _tables(model: type[BaseModel] = Settings) -> dict[str, set[str]]:
    """Keys by table; "" is the site itself."""
    named = {"sources.*": set(SourceSettings.model_fields), "feeds.*": set(FeedSettings.model_fields)}
    tables: dict[str, set[str]] = {"": set(), **named}
    for name, field in Settings.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            tables[name] = set(field.annotation.model_fields)
        elif name not in {"sources", "feeds", "categories"}:
            tables[""].add(name)
    return tables


def _written(toml: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {"": set()}
    table = ""
    for line in toml.splitlines():
        if header := re.match(r"\[([\w.<>-]+)\]", line):
            table = re.sub(r"^(sources|feeds)\..*", r"\1.*", header[1])
            found[table] = set()
        elif table != "categories":
            found[table] |= {key for part in line.split(";") for key in re.findall(r"^\s*(\w+) = ", part)}
    found.pop("categories")
    return found


def _filled() -> str:
    return TEMPLATE.read_text("utf-8").replace("{title}", "My feeds").replace("{timezone}", "UTC")


def test_what_init_writes_changes_no_default(home: Home) -> None:
    assert _load(home, _filled()) == Settings()


def test_what_init_writes_shows_every_key_with_its_default_and_a_reason(home: Home) -> None:
    shown = re.sub(r'^#(?=\[|[\w"]+ = |"[^"]+" = )', "", _filled(), flags=re.MULTILINE)
    assert _written(shown) == _tables()
    settings = _load(home, shown)
    assert settings.model_copy(update={"sources": {}, "categories": {}, "feeds": {}}) == Settings()
    assert settings.sources["example"].model_copy(update={"content": ""}) == SourceSettings()
    assert settings.categories == {"Chính trị": "politics", "inbox": ""}
    lines = shown.splitlines()
    unexplained = [line for before, line in itertools.pairwise(lines) if " = " in line and not before]
    assert unexplained == []


def test_a_variable_is_named_after_its_table_and_key() -> None:
    assert variable(("base_url",)) == "SEEDFEED_BASE_URL"
    assert variable(("worker", "concurrency")) == "SEEDFEED_WORKER__CONCURRENCY"
