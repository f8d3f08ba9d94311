"""What the system knows: one table per file, facts about one row, no verbs."""

from models.account_letter import AccountLetter
from models.assignment import Assignment
from models.audit_event import AuditEvent
from models.base import Base, db, now
from models.invite import Invite, InviteState
from models.letter import Letter, LetterState
from models.login_session import LoginSession
from models.membership import Membership, Role
from models.partner import Partner, PartnerStatus, PartnerTag
from models.password_reset import PasswordReset, ResetState
from models.sign_in_attempt import SignInAttempt
from models.source import Source, SourceStatus
from models.tenancy import Scope, TenantOwned, across_tenants, enter
from models.tenant import Tenant
from models.user import User

__all__ = [
    "AccountLetter",
    "Assignment",
    "AuditEvent",
    "Base",
    "Invite",
    "InviteState",
    "Letter",
    "LetterState",
    "LoginSession",
    "Membership",
    "Partner",
    "PartnerStatus",
    "PartnerTag",
    "PasswordReset",
    "ResetState",
    "Role",
    "Scope",
    "SignInAttempt",
    "Source",
    "SourceStatus",
    "Tenant",
    "TenantOwned",
    "User",
    "across_tenants",
    "db",
    "enter",
    "now",
]
