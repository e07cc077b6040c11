"""A visitor's conversation, put into a demo's database as it would stand there: a line of JSON with its id."""

import json
import sqlite3
import sys
import time
import uuid

asked = json.loads(sys.argv[1])
now = time.time_ns() // 1000
held = uuid.uuid4()
bot = uuid.UUID(asked["bot"]).bytes
contact = asked.get("contact", {})
name, email, phone = (contact.get(part, "") for part in ("name", "email", "phone"))
lines = asked["lines"]

database = sqlite3.connect(asked["database"], timeout=10)
with database:
    (number,) = database.execute("SELECT COALESCE(MAX(number), 0) + 1 FROM conversation WHERE bot_id = ?", (bot,)).fetchone()
    database.execute(
        "INSERT INTO conversation (id, bot_id, number, bot_version, channel, peer, language, state, status, contact_name,"
        " contact_email, contact_phone, contact_folded, page, messages, waiting_since, created_at, last_at)"
        " VALUES (?, ?, ?, 1, 'web', '', 'en', '{}', ?, ?, ?, ?, ?, 'https://shop.example/parcels', ?, ?, ?, ?)",
        (held.bytes, bot, number, "waiting" if asked.get("waits") else "bot", name, email, phone,
         "\n".join((name, email, phone)).lower(), len(lines), now if asked.get("waits") else None, now, now),
    )
    for place, (sender, text) in enumerate(lines, 1):
        database.execute(
            "INSERT INTO message (conversation_id, number, sender, sender_name, text, text_folded, choices, intent, outcome,"
            " why, created_at) VALUES (?, ?, ?, '', ?, ?, '[]', '', '', '{}', ?)",
            (held.bytes, place, sender, text, text.lower(), now),
        )
print(json.dumps({"id": str(held)}))
