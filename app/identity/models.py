"""Tables of accounts, sign-in attempts, sessions and API tokens. Nothing is deleted: rows end."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..core.crypto import Encrypted
from ..core.db import Base, enum_column
from ..permissions import FIRM_ROLES, Office, Role, post
from ..places.models import Organisation, Region
from .rules import Reach, SignInOutcome, TokenKind, UserState

_FIRMS = ", ".join(f"'{role.value}'" for role in sorted(FIRM_ROLES))


class User(Base):
    """A person's account: one role in one scope, which is a region's subtree or a firm (domain §2)."""

    __tablename__ = "user"
    __table_args__ = (
        # accounts of firm roles belong to a firm and see only what is assigned to it
        CheckConstraint(
            f"(role IN ({_FIRMS})) = (organisation_id IS NOT NULL) AND NOT "
            "(organisation_id IS NOT NULL AND region_id IS NOT NULL)",
            name="firm_roles_have_firm",
        ),
        # everybody else sees a region's subtree; only an administrator may stand above all regions
        CheckConstraint(
            f"region_id IS NOT NULL OR role = 'admin' OR role IN ({_FIRMS})", name="other_roles_have_region"
        ),
        CheckConstraint("role <> 'system'", name="system_has_no_account"),
        # which office of the county: nobody else belongs to one
        CheckConstraint("role = 'county' OR office = 'civil_affairs'", name="only_counties_have_offices"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_no: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(40))
    phone: Mapped[str | None] = mapped_column(Encrypted)
    phone_index: Mapped[str | None] = mapped_column(String(64), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    role: Mapped[Role] = enum_column(Role)
    office: Mapped[Office] = enum_column(Office, default=Office.CIVIL_AFFAIRS)
    region_id: Mapped[int | None] = mapped_column(ForeignKey("region.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    state: Mapped[UserState] = enum_column(UserState, default=UserState.ACTIVE)
    must_change_password: Mapped[bool] = mapped_column(default=False)
    totp_secret: Mapped[str | None] = mapped_column(Encrypted)
    created_at: Mapped[datetime]
    last_sign_in_at: Mapped[datetime | None]

    region: Mapped[Region | None] = relationship(lazy="raise_on_sql")
    organisation: Mapped[Organisation | None] = relationship(lazy="raise_on_sql")

    @property
    def post(self) -> str:
        """What the person is, in words."""
        return post(self.role, self.office)


class UserSession(Base):
    """One sign-in of one browser. It lives here, so that sign-out, suspension and a new password end it at once."""

    __tablename__ = "user_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    # the browser holds the key, we only its digest: a stolen database opens no session
    key_digest: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str] = mapped_column(String(40), default="")
    address: Mapped[str] = mapped_column(String(45), default="")

    user: Mapped[User] = relationship(lazy="raise_on_sql")


class SignInAttempt(Base):
    """One attempt to sign in. What was typed as account is kept only as a keyed hash: people type passwords there."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (
        Index("ix_sign_in_attempt_account", "account_index", "at"),
        Index("ix_sign_in_attempt_address", "address", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    account_index: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(45))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    outcome: Mapped[SignInOutcome] = enum_column(SignInOutcome)


class ApiToken(Base):
    """A bearer token of the API: only its digest is kept, its prefix shown. It carries part of its owner's rights."""

    __tablename__ = "api_token"
    __table_args__ = (
        # what is chosen is listed, and only then
        CheckConstraint("(reach = 'chosen') = (permissions <> '')", name="chosen_lists_permissions"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    kind: Mapped[TokenKind] = enum_column(TokenKind)
    name: Mapped[str] = mapped_column(String(60))
    prefix: Mapped[str] = mapped_column(String(16), unique=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    reach: Mapped[Reach] = enum_column(Reach)
    permissions: Mapped[str] = mapped_column(String(2000), default="")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(lazy="raise_on_sql")
