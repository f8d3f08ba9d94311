"""What the system knows: one table per file, facts about one row, no verbs."""

from models.account_letter import AccountLetter
from models.assignment import Assignment
from models.audit_event import AuditEvent
from models.base import Base, db, now
from models.credential import Credential, CredentialKind, CredentialState
from models.field_mapping import FieldMapping
from models.file_import import FileImport, FilePiece, ImportKind, ImportRow, RowOutcome
from models.idempotency_key import IdempotencyKey
from models.invite import Invite, InviteState
from models.job import Job, JobState
from models.job_refusal import JobRefusal
from models.lead import Lead, LeadState
from models.letter import Letter, LetterState
from models.login_session import LoginSession
from models.membership import Membership, Role
from models.metric import ALL, EVERY, CallHour, MetricChange, MetricDay, MetricMark, RejectionDay
from models.ownership import TenantOwned
from models.partner import Partner, PartnerStatus, PartnerTag
from models.password_reset import PasswordReset, ResetState
from models.sequence import next_seq
from models.sign_in_attempt import SignInAttempt
from models.source import Flow, Source, SourceStatus
from models.specification_link import SpecificationLink, SpecificationLinkState
from models.standing import Standing, StandingPeriod
from models.submission import Outcome, Submission, Uncounted
from models.tenancy import Scope, across_tenants, enter
from models.tenant import Tenant
from models.user import User

__all__ = [
    "ALL",
    "EVERY",
    "AccountLetter",
    "Assignment",
    "AuditEvent",
    "Base",
    "CallHour",
    "Credential",
    "CredentialKind",
    "CredentialState",
    "FieldMapping",
    "FileImport",
    "FilePiece",
    "Flow",
    "IdempotencyKey",
    "ImportKind",
    "ImportRow",
    "Invite",
    "InviteState",
    "Job",
    "JobRefusal",
    "JobState",
    "Lead",
    "LeadState",
    "Letter",
    "LetterState",
    "LoginSession",
    "Membership",
    "MetricChange",
    "MetricDay",
    "MetricMark",
    "Outcome",
    "Partner",
    "PartnerStatus",
    "PartnerTag",
    "PasswordReset",
    "RejectionDay",
    "ResetState",
    "Role",
    "RowOutcome",
    "Scope",
    "SignInAttempt",
    "Source",
    "SourceStatus",
    "SpecificationLink",
    "SpecificationLinkState",
    "Standing",
    "StandingPeriod",
    "Submission",
    "Tenant",
    "TenantOwned",
    "Uncounted",
    "User",
    "across_tenants",
    "db",
    "enter",
    "next_seq",
    "now",
]
