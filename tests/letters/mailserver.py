"""A mail server of the tests' own, as small as SMTP allows; it answers the recipient as it is told."""

import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread


@dataclass
class Server:
    """What arrived, and how the next recipients are answered (250 when nothing is said)."""

    port: int = 0
    mails: list[str] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}?from=anju@example.cn&tls=off"


@contextmanager
def mail_server() -> Iterator[Server]:
    kept = Server()

    class Talk(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 ready\r\n")
            while line := self.rfile.readline():
                word = line.split(None, 1)[0].upper().strip()
                if word == b"RCPT" and kept.answers:
                    self.wfile.write(kept.answers.pop(0) + b"\r\n")
                elif word == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    lines = list(iter(self.rfile.readline, b".\r\n"))
                    kept.mails.append(b"".join(lines).decode())
                    self.wfile.write(b"250 taken\r\n")
                elif word == b"QUIT":
                    self.wfile.write(b"221 bye\r\n")
                    return
                else:
                    self.wfile.write(b"250 fine\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk) as server:
        kept.port = server.server_address[1]
        Thread(target=server.serve_forever, daemon=True).start()
        yield kept
        server.shutdown()
