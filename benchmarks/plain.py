"""The loop that anybody would write first: aiohttp, feedparser, sqlite3. It is what Seedfeed is compared with.

    python benchmarks/plain.py URLS DATABASE       one cycle over a file of URLs; prints how many entries were new

Conditional requests and one commit, but no sanitising beyond feedparser's, no duplicates, no search, no feeds.
"""

import asyncio
import io
import sqlite3
import sys
from pathlib import Path

import aiohttp
import feedparser

AT_ONCE = 64

_SCHEMA = """
CREATE TABLE IF NOT EXISTS feeds (url TEXT PRIMARY KEY, etag TEXT, modified TEXT);
CREATE TABLE IF NOT EXISTS entries (
  feed TEXT, id TEXT, title TEXT, link TEXT, published TEXT, content TEXT, PRIMARY KEY (feed, id)
) WITHOUT ROWID;
"""

Answer = tuple[str, str, str, bytes]  # URL, ETag, Last-Modified, body


async def fetch(client: aiohttp.ClientSession, turns: asyncio.Semaphore, url: str, headers: dict[str, str]) -> Answer:
    async with turns, client.get(url, headers=headers) as response:
        body = await response.read() if response.status == 200 else b""
        return url, response.headers.get("ETag", ""), response.headers.get("Last-Modified", ""), body


async def cycle(urls: list[str], database: sqlite3.Connection) -> int:
    """Fetches all, parses what changed, stores what is new; gives the number of new entries."""
    known = {url: (etag, modified) for url, etag, modified in database.execute("SELECT * FROM feeds")}
    new = 0
    async with aiohttp.ClientSession() as client:
        turns = asyncio.Semaphore(AT_ONCE)
        waiting = []
        for url in urls:
            etag, modified = known.get(url, ("", ""))
            conditions = {"If-None-Match": etag, "If-Modified-Since": modified}
            headers = {name: value for name, value in conditions.items() if value}
            waiting.append(asyncio.create_task(fetch(client, turns, url, headers)))
        for arrived in asyncio.as_completed(waiting):
            url, etag, modified, body = await arrived
            if body:
                new += store(database, url, body)
                database.execute("INSERT OR REPLACE INTO feeds VALUES (?, ?, ?)", (url, etag, modified))
    database.commit()
    return new


def store(database: sqlite3.Connection, url: str, body: bytes) -> int:
    rows = []
    for entry in feedparser.parse(io.BytesIO(body)).entries:
        content = entry["content"][0]["value"] if "content" in entry else entry.get("summary", "")
        link, published = entry.get("link", ""), entry.get("published", "")
        rows.append((url, entry.get("id") or link, entry.get("title", ""), link, published, content))
    before = database.total_changes
    database.executemany("INSERT OR IGNORE INTO entries VALUES (?, ?, ?, ?, ?, ?)", rows)
    return database.total_changes - before


def main() -> None:
    urls, path = sys.argv[1:]
    database = sqlite3.connect(path)
    database.executescript(_SCHEMA)
    print(asyncio.run(cycle(Path(urls).read_text(encoding="utf-8").split(), database)), "new")
    database.close()


if __name__ == "__main__":
    main()
