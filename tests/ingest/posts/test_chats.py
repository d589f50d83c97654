"""Exports of chats: Telegram Desktop and DiscordChatExporter."""

import json

import pytest

from emtract.ingest.posts.splitting import split_values
from emtract.ingest.recognise import recognise_file

from ..conftest import Read


def said(n, text="up", **more):
    date = {"date": "2021-01-04T10:00:00", "date_unixtime": str(1609754400 + n)}
    return {"id": n, "type": "message", **date, "from": "Jane Doe", "from_id": "user7", "text": text} | more


def chat(number, *messages):
    return {"name": "Stocks", "type": "public_supergroup", "id": number, "messages": list(messages)}


PIECES = ["buy ", {"type": "cashtag", "text": "$TSLA"}, " ", {"type": "bold", "text": "now"}]
SERVICE = {"id": 9, "type": "service", "date": "2021-01-04T10:00:00", "date_unixtime": "1609754400", "action": "join"}


@pytest.fixture
def read(write):
    def read_value(value, indent=1):
        path = write("result.json", json.dumps(value, indent=indent).encode())
        told = recognise_file(path)
        return told.format, Read(path, format=told.format)

    return read_value


def test_messages_of_a_chat(read):
    told, got = read(
        chat(5, SERVICE, said(1, PIECES), said(2, "", forwarded_from="X"), said(3, forwarded_from_id="channel8"))
    )
    assert told == "telegram"
    assert got.bodies == ["buy $TSLA now", "", "up"]
    assert [(post["post_id"], post["author_id"]) for post in got.posts] == [(f"5:{n}", "user7") for n in (1, 2, 3)]
    assert [post["repost_of"] for post in got.posts] == [None, "unknown", "channel8"]
    assert [reason for _, reason in got.reasons] == ["service message"]
    elsewhere = {"reply_to_message_id": 1, "reply_to_peer_id": "channel8"}
    _, answers = read(chat(5, said(1), said(2, reply_to_message_id=1), said(3, **elsewhere)))
    assert [post["in_reply_to"] for post in answers.posts] == [None, "5:1", None]
    assert got.posts[0]["created_at"].isoformat() == "2021-01-04T10:00:01+00:00"
    assert "Jane" not in json.dumps(got.posts, default=str)
    assert set(got.symbols[got.posts[0]["line"]]) == {"TSLA"}


def test_a_message_has_an_id_of_its_own_in_every_chat_of_an_account(read):
    told, got = read(
        {"about": "x", "chats": {"about": "y", "list": [chat(5, said(1)), chat(6), chat(7, said(1))]}}, None
    )
    assert told == "telegram"
    assert [post["post_id"] for post in got.posts] == ["5:1", "7:1"]
    assert got.rejected == []


def test_a_large_chat_keeps_its_id_when_it_is_opened():
    data = json.dumps({"chats": {"list": [chat(5, *map(said, range(50)))]}}).encode()
    chunks = [data[n : n + 100] for n in range(0, len(data), 100)]
    values = [json.loads(value) for _, value in split_values(chunks, limit=500)]
    assert [(v["chats"]["list"][0]["id"], v["chats"]["list"][0]["messages"][0]["id"]) for v in values] == [
        (5, n) for n in range(50)
    ]


def test_times_without_a_zone_are_refused_with_a_remedy(read):
    old = said(1)
    del old["date_unixtime"]
    _, got = read(chat(5, old))
    assert got.reasons[0][1] == "timestamp without zone"
    assert "export again" in got.rejected[0]["detail"]


def test_a_chat_of_service_messages_alone_is_read(read):
    told, got = read(chat(5, SERVICE))
    assert (told, got.posts, got.reasons[0][1]) == ("telegram", [], "service message")


def test_messages_of_a_channel(read):
    def message(n, **more):
        author = {"id": "77", "name": "Jane", "nickname": "Doe", "isBot": False}
        base = {"id": str(n), "type": "Default", "timestamp": "2021-01-04T10:00:00.5+00:00", "content": f"$GME {n}"}
        return base | {"author": author, "attachments": [], "embeds": []} | more

    forwarded = {"content": "", "reference": {"messageId": "3"}, "forwardedMessage": {"content": "old"}}
    answer = {"type": "Reply", "reference": {"messageId": "1"}}
    items = [message(1), message(2, type="GuildMemberJoin"), message(4, **forwarded), message(5, **answer)]
    told, got = read({"guild": {"id": "1", "name": "g"}, "channel": {"id": "2"}, "messages": items, "messageCount": 3})
    assert told == "discord"
    assert [
        (post["post_id"], post["author_id"], post["body"], post["repost_of"], post["in_reply_to"]) for post in got.posts
    ] == [
        ("1", "77", "$GME 1", None, None),
        ("4", "77", "old", "3", None),
        ("5", "77", "$GME 5", None, "1"),
    ]
    assert [reason for _, reason in got.reasons] == ["service message"]
    assert "Jane" not in json.dumps(got.posts, default=str)
