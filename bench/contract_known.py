"""Who calls in bench/contract.py, what their organizations have, and how each operation is called so that it succeeds."""

import hashlib
import hmac
import itertools
import json
import os
import re
import struct
import sys
import time
import urllib.error
import urllib.request
import zlib
from base64 import b32decode
from types import SimpleNamespace

PASSWORD = "seven quiet lanterns by the harbour"
HOURS = {"name": "Opening hours", "examples": ["when do you open", "are you open today"], "response": "From nine to five."}
CARD = {"name": "Lost card", "examples": ["my card is gone", "where is my card"], "response": "We block it at once."}
READ_CONTENT = [{"model": "Content", "action": "read"}]
OF_EVERYBODY = [{"model": "Publication", "action": "read"}, {"model": "Conversation", "action": "create"}]
# What needs a real authenticator, a real provider, files, or an empty installation: tests of the server call these.
UNKNOWN = [
    *("add_passkey", "rename_passkey", "remove_passkey", "sign_in_with_passkey", "set_up"),
    "import_contents",
    *("list_messenger_pages", "add_messenger_page", "update_messenger_page", "remove_messenger_page"),
    *("begin_connection", "change_connection", "check_connection", "delete_connection", "find_connection"),
]


class Person:
    """Somebody signed in."""

    def __init__(self, url, cookie=None):
        self.url = url
        self.cookie = cookie

    def send(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}{path}", data=data, method=method)
        request.add_header("Sec-Fetch-Site", "same-origin")
        request.add_header("Content-Type", "application/json")
        request.add_header("If-Match", "*")
        if self.cookie:
            request.add_header("Cookie", self.cookie)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                cookies = answer.headers.get_all("Set-Cookie") or []
                if self.cookie:
                    # A session goes on under a new token.
                    self.cookie = next((one.split(";")[0] for one in cookies if "session=" in one), self.cookie)
                text = answer.read()
                return answer.status, json.loads(text or b"null"), cookies
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null"), []

    def upload(self, method, path, data):
        request = urllib.request.Request(f"{self.url}{path}", data=data, method=method)
        for name, value in {"Sec-Fetch-Site": "same-origin", "Content-Type": "image/png", "Cookie": self.cookie}.items():
            request.add_header(name, value)
        return urllib.request.urlopen(request, timeout=30).status

    def sign_in(self, email, password):
        status, answer, cookies = self.send("POST", "/api/v1/session", {"email": email, "password": password})
        if status != 201:
            sys.exit(f"{email} cannot sign in: {answer}")
        self.cookie = next(one for one in cookies if "session=" in one).split(";")[0]


def picture():
    """A PNG of one grey pixel."""
    chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\x80")) + chunk(b"IEND", b"")


def code(secret):
    """The code of an authenticator app now (RFC 6238)."""
    key = b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    number = struct.unpack(">I", digest[digest[-1] & 15 :][:4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def made(answer):
    """The id of what was made; the run is over if it was not."""
    status, body, _ = answer
    if status not in (200, 201):
        sys.exit(f"what a call needs could not be made: {status} {body}")
    return body["id"]


def holdings(person, organization):
    """Ids of everything in an organization, by what paths call them; of each kind there is something."""
    home = f"/api/v1/organizations/{organization['id']}"
    known = Known(person, organization["id"], organization["people"], PASSWORD)
    bot = organization["bots"][0]["id"]
    known.fresh_key(bot), known.fresh_token(), known.fresh_intent(bot), known.fresh_entity(bot), known.fresh_departure(), known.fresh_invitation()
    person.upload("PUT", "/api/v1/me/picture", picture())
    known.fresh_partner("Offered")
    ids = {"org": [organization["id"]], "user": [one["user_id"] for one in organization["people"]]}
    lists = {"user": "/users?limit=200", "role": "/roles?limit=200", "bot": "/bots?limit=200"}
    lists |= {"invitation": "/invitations?limit=200", "partner": "/partners", "departure": "/departures"}
    for kind, path in [(kind, home + path) for kind, path in lists.items()] + [
        ("intent", f"/api/v1/bots/{bot}/training"),
        ("entity", f"/api/v1/bots/{bot}/entities"),
        ("key", f"/api/v1/bots/{bot}/api-keys"),
        ("key", "/api/v1/me/tokens"),
        ("session", "/api/v1/me/sessions"),
    ]:
        _, answer, _ = person.send("GET", path)
        ids.setdefault(kind, []).extend(one["id"] for one in answer["items"] if one["id"] not in ids.get(kind, []))
    return ids


def given(path=None, body=None, cookie=None, query=None, token=None):
    """What a call takes; no cookie: the owner's, an empty one: nobody's."""
    return SimpleNamespace(path=path or {}, body=body, cookie=cookie, query=query, token=token)


class Known:
    """How to call an operation so that it succeeds: a method for each that needs more than a schema tells. What a
    call uses up is made for it."""

    count = itertools.count()

    def __init__(self, owner, org, people, password):
        self.owner, self.org, self.people, self.password = owner, org, people, password
        self.home = f"/api/v1/organizations/{org}"
        roles = owner.send("GET", f"{self.home}/roles?limit=200")[1]["items"]
        self.public = next(one["id"] for one in roles if one["public"])

    def call(self, operation):
        """What the operation takes, or nothing if a schema tells enough."""
        method = getattr(self, operation, None)
        return None if method is None or operation.startswith(("fresh_", "call", "count")) else method()

    # What is made for a call.

    def fresh_number(self):
        """No other's, in no run on the same server."""
        return f"{os.getpid()}-{next(self.count)}"

    def fresh_email(self):
        return f"known{self.fresh_number()}-{self.org[-6:]}@example.com"

    def fresh_role(self):
        return made(self.owner.send("POST", f"{self.home}/roles", {"name": f"Known {self.fresh_number()}"}))

    def fresh_bot(self):
        return made(self.owner.send("POST", f"{self.home}/bots", {"name": f"Known {self.fresh_number()}"}))

    def fresh_invitation(self):
        body = {"email": self.fresh_email(), "role_ids": [self.fresh_role()]}
        answer = self.owner.send("POST", f"{self.home}/invitations", body)
        made(answer)
        return answer[1]

    def fresh_user(self):
        return made(self.owner.send("POST", f"{self.home}/users", self.new_user()))

    def new_user(self):
        return {"name": "Known One", "email": self.fresh_email(), "role_ids": [self.fresh_role()]}

    def fresh_person(self):
        """A member, signed in."""
        invitation = self.fresh_invitation()
        token = invitation["link"].rsplit("/", 1)[-1]
        body = {"name": "Known One", "password": PASSWORD}
        Person(self.owner.url).send("POST", f"/api/v1/invitations/{token}/accept", body)
        person = Person(self.owner.url)
        person.sign_in(invitation["email"], PASSWORD)
        return SimpleNamespace(email=invitation["email"], person=person, id=person.send("GET", "/api/v1/me")[1]["id"])

    def fresh_enrolled(self):
        """A member with an authenticator app, and its secret."""
        member = self.fresh_person()
        secret = member.person.send("POST", "/api/v1/me/two-factor", {})[1]["secret"]
        member.person.send("POST", "/api/v1/me/two-factor/confirm", {"code": code(secret)})
        return member

    def fresh_departure(self):
        member = self.fresh_person()
        self.owner.send("DELETE", f"{self.home}/users/{member.id}")
        items = self.owner.send("GET", f"{self.home}/departures")[1]["items"]
        return next(one["id"] for one in items if one["user"]["id"] == member.id)

    def fresh_key(self, bot):
        body = {"name": "Known", "scope": READ_CONTENT}
        return made(self.owner.send("POST", f"/api/v1/bots/{bot}/api-keys", body))

    def fresh_token(self):
        body = {"name": "Known", "scope": [{"organization": self.org, "permissions": READ_CONTENT}]}
        return made(self.owner.send("POST", "/api/v1/me/tokens", body))

    def fresh_intent(self, bot):
        body = {**CARD, "name": f"Lost card {self.fresh_number()}"}
        return made(self.owner.send("POST", f"/api/v1/bots/{bot}/training", body))

    def fresh_model(self):
        body = {"name": f"crm:Ticket{self.fresh_number()}", "actions": ["read"]}
        return made(self.owner.send("POST", f"{self.home}/models", body))

    def fresh_subject(self):
        body = {"type": "user", "foreign_id": self.fresh_number()}
        return made(self.owner.send("POST", f"{self.home}/subjects", body))

    def fresh_entity(self, bot):
        body = {"name": f"Town {self.fresh_number()}", "kind": "list", "values": [{"value": "Berlin"}]}
        return made(self.owner.send("POST", f"/api/v1/bots/{bot}/entities", body))

    def fresh_request(self):
        """A member who asks for what they miss."""
        member = self.fresh_person()
        body = {"model": "User", "action": "delete"}
        return member, made(member.person.send("POST", f"{self.home}/access-requests", body))

    def fresh_partner(self, state="Asked"):
        """Another organization of the owner's that asks this one; `Offered`: accepted, and each offers a bot."""
        body = {"name": f"Partner {self.fresh_number()}", "preset": "team"}
        theirs = made(self.owner.send("POST", "/api/v1/organizations", body))
        slug = self.owner.send("GET", self.home)[1]["slug"]
        partner = made(self.owner.send("POST", f"/api/v1/organizations/{theirs}/partners", {"slug": slug}))
        path = {"org": self.org, "partner": partner, "theirs": theirs}
        if state == "Offered":
            made(self.owner.send("POST", f"{self.home}/partners/{partner}/accept", {}))
            path["bot"] = self.fresh_bot()
            path["bot_of_theirs"] = made(self.owner.send("POST", f"/api/v1/organizations/{theirs}/bots", {"name": "Theirs"}))
            for side, bot in ((self.org, path["bot"]), (theirs, path["bot_of_theirs"])):
                offered = f"/api/v1/organizations/{side}/partners/{partner}/bots/{bot}"
                self.owner.send("PUT", offered, {"permissions": READ_CONTENT})
        return path

    def fresh_link(self, address, path):
        """The token of a mail to an address; it is written beside the answer, so it may come a little later."""
        for _ in range(50):
            mails = Person(self.owner.url).send("GET", "/demo/mail")[1]["items"]
            texts = [one["text"] for one in mails if one["to"] == address and path in one["text"]]
            if texts:
                return re.search(rf"{path}[/?](?:token=)?([\w-]+)", texts[0])[1]
            time.sleep(0.05)
        sys.exit(f"no mail to {address} with {path} came")

    def fresh_visit(self):
        """A conversation that a visitor began with a published bot of one's own, and the visitor's token."""
        bot = self.fresh_bot()
        # Another call may have taken away what everybody may do.
        self.owner.send("PUT", f"{self.home}/roles/{self.public}/permissions", {"permissions": OF_EVERYBODY})
        self.owner.send("PUT", f"/api/v1/bots/{bot}/publication", {})
        answer = Person(self.owner.url).send("POST", f"/chat/v1/{bot}/messages", {"text": "Where is my parcel?"})
        if answer[0] != 201:
            sys.exit(f"no conversation could be begun: {answer}")
        return {"bot": bot, "conversation": answer[1]["conversation"]}, answer[1]["token"]

    def fresh_talk(self, action="take-over"):
        """The same, in the owner's hands."""
        path, _ = self.fresh_visit()
        self.owner.send("POST", f"/api/v1/bots/{path['bot']}/conversations/{path['conversation']}/{action}", {})
        return path

    def fresh_flow(self):
        bot = self.fresh_bot()
        flow = {"name": f"Known {self.fresh_number()}", "begins": "conversation"}
        return {"bot": bot, "flow": made(self.owner.send("POST", f"/api/v1/bots/{bot}/flows", flow))}

    def fresh_integration(self):
        bot = self.fresh_bot()
        hook = {"kind": "webhook", "name": f"Known {self.fresh_number()}", "url": "https://localhost:1/",
                "events": ["bot.published"]}
        return {"bot": bot, "integration": made(self.owner.send("POST", f"/api/v1/bots/{bot}/integrations", hook))}

    def fresh_content(self):
        bot = self.fresh_bot()
        entry = {"kind": "entry", "title": f"Known {self.fresh_number()}"}
        return {"bot": bot, "content": made(self.owner.send("POST", f"/api/v1/bots/{bot}/content", entry))}

    # The operations.

    def accept_invitation(self):
        token = self.fresh_invitation()["link"].rsplit("/", 1)[-1]
        return given({"token": token}, body={"name": "Known One", "password": PASSWORD}, cookie="")

    def find_invitation_card(self):
        return given({"token": self.fresh_invitation()["link"].rsplit("/", 1)[-1]}, cookie="")

    def resend_invitation(self):
        return given({"org": self.org, "invitation": self.fresh_invitation()["id"]})

    def revoke_invitation(self):
        return self.resend_invitation()

    def create_user(self):
        return given({"org": self.org}, body=self.new_user())

    def resend_user_invitation(self):
        return given({"org": self.org, "user": self.fresh_user()})

    def ask_access(self):
        return given({"org": self.org}, body={"model": "User", "action": "delete"}, cookie=self.fresh_person().person.cookie)

    def withdraw_access(self):
        member, request = self.fresh_request()
        return given({"org": self.org, "request": request}, cookie=member.person.cookie)

    def grant_access(self):
        return given({"org": self.org, "request": self.fresh_request()[1]}, body={})

    decline_access = grant_access

    def leave(self):
        return given({"org": self.org, "user": self.fresh_person().id}, body={"action": "remove"})

    def remove_user(self):
        return given({"org": self.org, "user": self.fresh_person().id})

    def undo_departure(self):
        return given({"org": self.org, "departure": self.fresh_departure()})

    def delete_role(self):
        return given({"org": self.org, "role": self.fresh_role()})

    def delete_bot(self):
        return given({"bot": self.fresh_bot()})

    def create_forward_rule(self):
        body = {"host": f"bots{self.fresh_number()}.example", "model": "Policy", "action": "read"}
        return given({"org": self.org}, body=body)

    def find_forward_rule(self):
        rule = made(self.owner.send("POST", f"{self.home}/forward-rules", self.create_forward_rule().body))
        return given({"org": self.org, "rule": rule})

    delete_forward_rule = find_forward_rule

    def update_forward_rule(self):
        return given(self.find_forward_rule().path, body={"path": "/admin"})

    def try_forward_rules(self):
        return given({"org": self.org}, body={"url": "https://bots.example/admin"})

    def register_model(self):
        return given({"org": self.org}, body={"name": f"crm:Ticket{self.fresh_number()}", "actions": ["read"]})

    def delete_model(self):
        return given({"org": self.org, "model": self.fresh_model()})

    def register_resource(self):
        return given({"org": self.org, "model": self.fresh_model()}, body={"foreign_id": "T-1"})

    list_resources = delete_model

    def delete_resource(self):
        model = self.fresh_model()
        resource = self.owner.send("POST", f"{self.home}/models/{model}/resources", {"foreign_id": "T-1"})
        return given({"org": self.org, "model": model, "resource": made(resource)})

    def register_subject(self):
        return given({"org": self.org}, body={"type": "user", "foreign_id": self.fresh_number()})

    def delete_subject(self):
        return given({"org": self.org, "subject": self.fresh_subject()})

    def set_subject_roles(self):
        return given({"org": self.org, "subject": self.fresh_subject()}, body={"roles": []})

    def give_grants(self):
        return given({"org": self.org}, body={"model_id": self.fresh_model(), "actions": ["read"], "subject_id": self.fresh_subject()})

    def take_grant(self):
        grant = self.owner.send("POST", f"{self.home}/grants", self.give_grants().body)[1]["items"][0]["id"]
        return given({"org": self.org, "grant": grant})

    def create_bot_key(self):
        return given({"bot": self.fresh_bot()}, body={"name": "Known", "scope": READ_CONTENT})

    def rotate_bot_key(self):
        bot = self.fresh_bot()
        return given({"bot": bot, "key": self.fresh_key(bot)}, body={})

    revoke_bot_key = rotate_bot_key

    def create_token(self):
        return given(body={"name": "Known", "scope": [{"organization": self.org, "permissions": READ_CONTENT}]})

    def rotate_token(self):
        return given({"key": self.fresh_token()}, body={})

    revoke_token = rotate_token

    def find_intent(self):
        bot = self.fresh_bot()
        return given({"bot": bot, "intent": self.fresh_intent(bot)}, body={"response": "We block it."})

    update_intent = delete_intent = find_intent

    def find_entity(self):
        bot = self.fresh_bot()
        return given({"bot": bot, "entity": self.fresh_entity(bot)}, body={"kind": "number"})

    update_entity = delete_entity = find_entity

    def create_entity(self):
        return given({"bot": self.fresh_bot()}, body={"name": "Order", "kind": "pattern", "pattern": "[0-9]{5}"})

    def ignore_unmatched(self):
        path, _ = self.fresh_visit()
        _, answer, _ = self.owner.send("GET", f"/api/v1/bots/{path['bot']}/unmatched")
        return given({"bot": path["bot"]}, body={"ids": [answer["items"][0]["id"]]})

    def label_unmatched(self):
        known = self.ignore_unmatched()
        sentences = [{"id": known.body["ids"][0]}]
        return given(known.path, body={"sentences": sentences, "out_of_scope": True})

    def try_entity(self):
        return given({"bot": self.fresh_bot()}, body={"kind": "email", "text": "ana@example.com"})

    def understand(self):
        bot = self.fresh_bot()
        self.owner.send("POST", f"/api/v1/bots/{bot}/training/import", {"intents": [CARD, HOURS]})
        self.owner.send("POST", f"/api/v1/bots/{bot}/training/train", {})
        return given({"bot": bot}, body={"texts": ["my card is gone"]})

    def preview(self):
        return given({"org": self.org}, body={"change": {"method": "DELETE", "path": f"/bots/{self.fresh_bot()}"}})

    def ask_partner(self):
        body = {"name": f"Partner {self.fresh_number()}", "preset": "team"}
        slug = self.owner.send("POST", "/api/v1/organizations", body)[1]["slug"]
        return given({"org": self.org}, body={"slug": slug})

    def accept_partner(self):
        return given(self.fresh_partner(), body={})

    def update_partner(self):
        return given(self.fresh_partner("Offered"), body={"frozen": True})

    def end_partner(self):
        return given(self.fresh_partner("Offered"))

    def offer_bot(self):
        return given(self.fresh_partner("Offered"), body={"permissions": READ_CONTENT})

    def withdraw_offer(self):
        return given(self.fresh_partner("Offered"))

    def enable_on_partner_bot(self):
        path = self.fresh_partner("Offered")
        return given({**path, "bot": path["bot_of_theirs"]}, body={"user_ids": [self.fresh_person().id]})

    def find_picture(self):
        self.owner.upload("PUT", "/api/v1/me/picture", picture())
        me = self.owner.send("GET", "/api/v1/me")[1]
        return given({"picture": me["picture"].rsplit("/", 1)[-1]})

    def remove_role_permission(self):
        role = self.fresh_role()
        permission = made(self.owner.send("POST", f"{self.home}/roles/{role}/permissions", READ_CONTENT[0]))
        return given({"org": self.org, "role": role, "permission": permission})

    def set_role_permissions(self):
        return given({"org": self.org, "role": self.fresh_role()}, body={"permissions": READ_CONTENT})

    def update_user(self):
        return given({"org": self.org, "user": self.fresh_person().id}, body={"status": "suspended"})

    def delete_user(self):
        return given({"org": self.org, "user": self.fresh_person().id})

    def update_policies(self):
        return given({"org": self.org}, body={"manage_peers": False})

    def set_team(self):
        return given({"bot": self.fresh_bot()}, body={"user_ids": [self.fresh_person().id]})

    def remove_team_member(self):
        bot, user = self.fresh_bot(), self.fresh_person().id
        self.owner.send("PUT", f"/api/v1/bots/{bot}/team/{user}", {})
        return given({"bot": bot, "user": user})

    def set_bot_owner(self):
        called = self.remove_team_member()
        return given({"bot": called.path["bot"]}, body={"user_id": called.path["user"]})

    def train(self):
        called = self.understand()
        return given(called.path, body={})

    def who_can(self):
        return given({"org": self.org}, query={"model": "Role", "action": "read"})

    def explain(self):
        return given({"org": self.org}, query={"model": "Role", "action": "read"})

    def access_map(self):
        return given({"org": self.org}, query={"user": self.people[0]["user_id"]})

    # Bots.

    def create_content(self):
        return given({"bot": self.fresh_bot()}, body={"kind": "entry", "title": "Parcels"})

    def find_content(self):
        return given(self.fresh_content(), body={"body": "It is on its way."})

    update_content = delete_content = find_content

    def create_flow(self):
        return given({"bot": self.fresh_bot()}, body={"name": "Opening", "begins": "conversation"})

    def find_flow(self):
        return given(self.fresh_flow(), body={"name": f"Known {self.fresh_number()}"})

    update_flow = delete_flow = export_flow = find_flow

    def create_integration(self):
        hook = {"kind": "webhook", "name": f"Known {self.fresh_number()}", "url": "https://localhost:1/",
                "events": ["bot.published"]}
        return given({"bot": self.fresh_bot()}, body=hook)

    def list_integrations(self):
        return given({"bot": self.fresh_integration()["bot"]})

    def update_integration(self):
        return given(self.fresh_integration(), body={"name": f"Known {self.fresh_number()}"})

    def find_integration(self):
        return given(self.fresh_integration())

    delete_integration = rotate_integration_secret = test_integration = list_deliveries = find_integration

    def resend_delivery(self):
        path = self.fresh_integration()
        home = f"/api/v1/bots/{path['bot']}/integrations/{path['integration']}"
        return given({**path, "delivery": made(self.owner.send("POST", f"{home}/test", {}))})

    def check_flow(self):
        return given({"bot": self.fresh_bot()}, body={"flow": {"start": "", "steps": {}}})

    def import_flow(self):
        text = 'name = "Taken in"\nstart = ""\n'
        return given({"bot": self.fresh_bot()}, body={"text": text})

    def create_playground_test(self):
        return given({"bot": self.fresh_bot()}, body={"sentence": "hello", "expects": "fallback"})

    def delete_playground_test(self):
        bot = self.fresh_bot()
        test = {"sentence": "hello", "expects": "fallback"}
        return given({"bot": bot, "test": made(self.owner.send("POST", f"/api/v1/bots/{bot}/playground/tests", test))})

    def find_version_changes(self):
        bot = self.fresh_bot()
        self.owner.send("PUT", f"/api/v1/bots/{bot}/publication", {})
        return given({"bot": bot, "number": 1})

    find_version = find_version_changes

    # Conversations: a visitor's, and the team's.

    def say(self):
        return given(self.fresh_visit()[0], body={"text": "And now?"}, cookie="")

    def follow(self):
        path, token = self.fresh_visit()
        return given(path, body={}, cookie="", token=token)

    hand_over = set_contact = end_conversation = follow

    def find_conversation(self):
        return given(self.fresh_visit()[0])

    take_over_conversation = export_conversation = delete_conversation = find_conversation

    def close_conversation(self):
        return given(self.fresh_talk())

    give_back_conversation = close_conversation

    def reply_to_conversation(self):
        return given(self.fresh_talk(), body={"text": "Let me look."})

    def assign_conversation(self):
        me = self.owner.send("GET", "/api/v1/me")[1]["id"]
        return given(self.fresh_talk(), body={"user_id": me})

    def reveal_contact(self):
        return given(self.fresh_visit()[0], body={"reason": "To call back."})

    # One's own account: by somebody made for it.

    def sign_in(self):
        return given(body={"email": self.fresh_person().email, "password": PASSWORD}, cookie="")

    def sign_out(self):
        return given(cookie=self.fresh_person().person.cookie)

    def end_session(self):
        member = self.fresh_person()
        Person(self.owner.url).sign_in(member.email, PASSWORD)
        items = member.person.send("GET", "/api/v1/me/sessions")[1]["items"]
        return given({"session": next(one["id"] for one in items if not one["current"])}, cookie=member.person.cookie)

    def confirm_session(self):
        return given(body={"password": PASSWORD}, cookie=self.fresh_person().person.cookie)

    def set_password(self):
        body = {"current": PASSWORD, "password": f"{PASSWORD} again"}
        return given(body=body, cookie=self.fresh_person().person.cookie)

    def confirm_authenticator(self):
        person = self.fresh_person().person
        secret = person.send("POST", "/api/v1/me/two-factor", {})[1]["secret"]
        return given(body={"code": code(secret)}, cookie=person.cookie)

    def remove_authenticator(self):
        return given(cookie=self.fresh_enrolled().person.cookie)

    make_backup_codes = remove_authenticator

    def second_factor(self):
        member = self.fresh_person()
        secret = member.person.send("POST", "/api/v1/me/two-factor", {})[1]["secret"]
        codes = member.person.send("POST", "/api/v1/me/two-factor/confirm", {"code": code(secret)})[1]["codes"]
        step = Person(self.owner.url)
        body = {"email": member.email, "password": PASSWORD}
        _, _, cookies = step.send("POST", "/api/v1/session", body)
        return given(body={"code": codes[0]}, cookie=cookies[0].split(";")[0])

    def confirm_email(self):
        member, address = self.fresh_person(), self.fresh_email()
        member.person.send("PUT", "/api/v1/me/email", {"email": address})
        return given(body={"token": self.fresh_link(address, "/email/confirm")}, cookie="")

    def undo_email(self):
        member, address = self.fresh_person(), self.fresh_email()
        member.person.send("PUT", "/api/v1/me/email", {"email": address})
        body = {"token": self.fresh_link(address, "/email/confirm")}
        Person(self.owner.url).send("POST", "/api/v1/email/confirm", body)
        return given(body={"token": self.fresh_link(member.email, "/email/undo")}, cookie="")

    def recover(self):
        member = self.fresh_person()
        Person(self.owner.url).send("POST", "/api/v1/recovery/links", {"email": member.email})
        return given(body={"token": self.fresh_link(member.email, "/recover"), "password": f"{PASSWORD} again"}, cookie="")

    # What ends an organization, or signs its people in elsewhere: another one of the owner's.

    def delete_organization(self):
        body = {"name": f"Ended {self.fresh_number()}", "preset": "team"}
        return given({"org": made(self.owner.send("POST", "/api/v1/organizations", body))})

    def set_single_sign_on(self):
        return given(self.delete_organization().path, body={"on": False})
