"""A real mail server for the tests: prints its port, then every message it accepts as one line of JSON."""

import json
import sys
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller


class Mailbox:
    async def handle_DATA(self, server, session, envelope):
        message = message_from_bytes(envelope.content, policy=policy.default)
        part = lambda kind: (message.get_body((kind,)) or message).get_content()
        line = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "subject": message["subject"],
            "id": message["message-id"],
            "headers": message.keys(),
            "text": part("plain"),
            "html": part("html"),
        }
        print(json.dumps(line), flush=True)
        return "250 Message accepted"


class FreePort(Controller):
    def _trigger_server(self):
        # The port is the system's choice, known once the server listens.
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


controller = FreePort(Mailbox(), hostname="127.0.0.1", port=0)
controller.start()
print(json.dumps({"port": controller.port}), flush=True)
sys.stdin.read()
controller.stop()
