"""The ways by which messages go out, as plug-ins.

A channel is anything with `key`, `needs` and `deliver` (`Channel`). In-app and printed letters need no delivery by the
program; mail ships; a text-message service is the installation's own: a class in a Python package on its path, named by
`ANJU_SMS_CHANNEL=package.module:Class`, made once with the application's configuration. README, "Letters and notices".
"""

import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate
from importlib import import_module
from typing import Any, Literal, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from flask import Flask, current_app

from .rules import Way

_EXTENSION = "anju_channels"
PASSIVE = frozenset({Way.IN_APP.value, Way.LETTER.value})
"""Read where they lie, or handed over by people."""
_TIMEOUT = 20


class NotDelivered(Exception):
    """It did not go out. `again` says whether trying later may help; the sentence names no address."""

    def __init__(self, sentence: str, again: bool) -> None:
        super().__init__(sentence)
        self.sentence, self.again = sentence, again


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What a channel gets: an id that stays the same when it is tried again, the address, and what to say."""

    id: str
    to: str
    title: str
    text: str


class Channel(Protocol):
    """A way out. `needs` says which address it wants of a recipient."""

    key: str
    needs: Literal["email", "phone"]

    def deliver(self, message: Outgoing) -> None:
        """Hand the message over, or raise NotDelivered. It may be called twice for one id when a worker dies between."""


class Mail:
    """Mail by SMTP: `smtp://user:password@host:587?from=…` (STARTTLS), `smtps://…` (TLS), `?tls=off` inside a house."""

    key = Way.MAIL.value
    needs: Literal["email", "phone"] = "email"

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or not options.get("from"):
            raise ValueError("ANJU_SMTP_URL must read smtp://user:password@host:port?from=address (or smtps://…)")
        self._secure = parts.scheme == "smtps"
        self._start_tls = not self._secure and options.get("tls") != "off"
        self._host, self._port = parts.hostname, parts.port or (465 if self._secure else 587)
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._from = options["from"]

    def deliver(self, message: Outgoing) -> None:
        """Send one mail; the server's own words go nowhere, since they may repeat the address."""
        try:
            with self._connect() as server:
                server.send_message(self._mail(message))
        except smtplib.SMTPRecipientsRefused as error:
            permanent = all(code >= 500 for code, _words in error.recipients.values())
            raise NotDelivered("收件地址被邮件服务器拒绝，请本人核对邮件地址", again=not permanent) from None
        except smtplib.SMTPAuthenticationError:
            raise NotDelivered("邮件服务器不接受账号密码，请管理员核对 ANJU_SMTP_URL", again=False) from None
        except smtplib.SMTPResponseException as error:
            again = 400 <= error.smtp_code < 500
            raise NotDelivered(f"邮件服务器没有接收（{error.smtp_code}）", again=again) from None
        except (OSError, smtplib.SMTPException) as error:
            raise NotDelivered(f"连不上邮件服务器（{type(error).__name__}）", again=True) from None

    def _connect(self) -> smtplib.SMTP:
        tls = ssl.create_default_context()
        if self._secure:
            server: smtplib.SMTP = smtplib.SMTP_SSL(self._host, self._port, timeout=_TIMEOUT, context=tls)
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=_TIMEOUT)
        if self._start_tls:
            server.starttls(context=tls)
        if self._user:
            server.login(self._user, self._password)
        return server

    def _mail(self, message: Outgoing) -> EmailMessage:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = self._from, message.to, f"【安居】{message.title}"
        mail["Date"] = formatdate()
        # the same at a second try, so that a server may see that it has this one already
        mail["Message-ID"] = f"<{message.id}@{self._from.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text)
        return mail


def init_app(app: Flask) -> None:
    """Open the channels that the settings name; raises ValueError or ImportError at the start when they are wrong."""
    channels: dict[str, Channel] = {}
    if url := str(app.config.get("SMTP_URL") or ""):
        channels[Way.MAIL.value] = Mail(url)
    if name := str(app.config.get("SMS_CHANNEL") or ""):
        channels[Way.SMS.value] = _plugged_in(name, app.config)
    app.extensions[_EXTENSION] = channels


def active() -> Mapping[str, Channel]:
    """The channels that deliver by themselves, by key."""
    found: dict[str, Channel] = current_app.extensions.get(_EXTENSION, {})
    return found


def available() -> frozenset[str]:
    """Keys of every way that this installation has."""
    return PASSIVE | frozenset(active())


def _plugged_in(name: str, config: Mapping[str, Any]) -> Channel:
    module, _, attribute = name.partition(":")
    if not module or not attribute:
        raise ValueError("ANJU_SMS_CHANNEL must read package.module:Class")
    made: Channel = getattr(import_module(module), attribute)(config)
    return made
