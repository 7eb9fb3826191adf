-- Statement by statement: the table is large, and is written to meanwhile.

-- The latest events of one computer are read in order, and not all of them.
CREATE INDEX CONCURRENTLY "audit_events_computer_at_id_idx" ON "audit_events"(coalesce(coalesce("after", "before") ->> 'computerId', "computer_id"), "at", "id") WHERE coalesce(coalesce("after", "before") ->> 'computerId', "computer_id") IS NOT NULL;
DROP INDEX CONCURRENTLY IF EXISTS "audit_events_computer_idx";
