"""The statements that store a call, for both databases; each names its tenant itself.

`{seq}` and `{skip_locked}` are the database's own (models/statements.py); `{original}` is the
look-up of the lead that this one repeats (operations/duplicates.py), `{condition}` what a
remembered credential has to be still (operations/intake_known.py).
"""

REJECTED = """
INSERT INTO submission (
  tenant_id, id, seq, source_id, partner_id, credential_id, received_at, day, address,
  content_type, body, outcome, is_test, status, answer, error, errors, payout_cents)
VALUES (
  :tenant_id, :id, {seq}, :source_id, :partner_id, :credential_id, :received_at, :day, :address,
  :content_type, :body, :outcome, :is_test, :status, :answer, :error, :errors, 0)
"""

# The state of a lead is what the look-up finds, in the statement that writes it. The limit keeps
# the planner from looking again at each place that needs what was found.
COMPARED_LEAD = """
INSERT INTO lead (
  tenant_id, id, source_id, partner_id, received_at, day, state, is_test, duplicate_of_id,
  email, phone, fields, extra, payout_cents, return_reason)
SELECT
  :tenant_id, :id, :source_id, :partner_id, :received_at, :day,
  CASE WHEN o.id IS NULL THEN 'accepted' ELSE 'duplicate' END, :is_test, o.id,
  :email_key, :phone_key, :fields, :extra,
  CASE WHEN o.id IS NULL THEN :payout_cents ELSE 0 END, ''
FROM (SELECT ({original}) AS id LIMIT 1) o WHERE {condition}
RETURNING state, payout_cents
"""

LEAD = """
INSERT INTO lead (
  tenant_id, id, source_id, partner_id, received_at, day, state, is_test, duplicate_of_id,
  email, phone, fields, extra, payout_cents, return_reason)
SELECT
  :tenant_id, :id, :source_id, :partner_id, :received_at, :day, :state, :is_test, NULL,
  :email_key, :phone_key, :fields, :extra, :payout_cents, ''
WHERE {condition}
RETURNING state, payout_cents
"""

# What became of the lead is known once it is written, so its submission reads it there.
TAKEN = """
INSERT INTO submission (
  tenant_id, id, seq, source_id, partner_id, credential_id, received_at, day, address,
  content_type, body, outcome, is_test, status, answer, error, errors, payout_cents)
SELECT
  :tenant_id, :id, {seq}, :source_id, :partner_id, :credential_id, :received_at, :day, :address,
  :content_type, :body, l.state, :is_test, 201,
  CASE l.state WHEN 'accepted' THEN :as_accepted ELSE :as_duplicate END, '', NULL, l.payout_cents
FROM {lead}
"""
WRITTEN = "lead l WHERE l.tenant_id = :tenant_id AND l.id = :id"

# Whoever finds the row held leaves it: another call writes the same minute, or it is revoked.
TOUCHED = """
UPDATE credential SET last_used_at = :received_at, last_used_from = :address
WHERE tenant_id = :tenant_id AND id = (
  SELECT id FROM credential
  WHERE tenant_id = :tenant_id AND id = :credential_id
    AND (last_used_at IS NULL OR last_used_at < :stale) {skip_locked})
"""


def storing(lead: str, seq: str, *, is_joined: bool) -> list[str]:
    """Write a lead and its submission; the first statement tells the lead's state.

    `is_joined`: the database takes both as one statement.
    """
    if is_joined:
        return [f"WITH l AS ({lead}) {TAKEN.format(seq=seq, lead='l')} RETURNING outcome"]
    return [lead, TAKEN.format(seq=seq, lead=WRITTEN)]
