-- Statement by statement: the tables are large, and are written to meanwhile.

DO $$
DECLARE
  last bigint := 0;
  upper bigint;
BEGIN
  LOOP
    SELECT max(event_id) INTO upper FROM (
      SELECT event_id FROM event_teams WHERE event_id > last ORDER BY event_id LIMIT 5000) part;
    EXIT WHEN upper IS NULL;
    UPDATE event_teams t SET at = e.at, type = e.type FROM audit_events e
    WHERE t.event_id > last AND t.event_id <= upper AND t.at IS NULL AND e.id = t.event_id;
    COMMIT;
    last := upper;
  END LOOP;
END $$;

CREATE INDEX CONCURRENTLY "event_teams_team_id_at_event_id_idx" ON "event_teams"("team_id", "at", "event_id");
CREATE INDEX CONCURRENTLY "event_teams_team_id_type_at_event_id_idx" ON "event_teams"("team_id", "type", "at", "event_id");
CREATE INDEX CONCURRENTLY "audit_events_team_id_at_id_idx" ON "audit_events"("team_id", "at", "id") WHERE "team_id" IS NOT NULL;
CREATE INDEX CONCURRENTLY "audit_events_user_id_at_id_idx" ON "audit_events"("user_id", "at", "id") WHERE "user_id" IS NOT NULL;
CREATE INDEX CONCURRENTLY "audit_events_actor_id_at_id_idx" ON "audit_events"("actor_id", "at", "id") WHERE "actor_id" IS NOT NULL;
CREATE INDEX CONCURRENTLY "audit_events_team_id_type_at_id_idx" ON "audit_events"("team_id", "type", "at", "id") WHERE "team_id" IS NOT NULL;
CREATE INDEX CONCURRENTLY "audit_events_action_at_id_idx" ON "audit_events"("action", "at", "id") WHERE "action" IS NOT NULL;
CREATE INDEX CONCURRENTLY "audit_events_finding_at_id_idx" ON "audit_events"("finding", "at", "id") WHERE "finding" IS NOT NULL;
CREATE INDEX CONCURRENTLY "audit_events_session_id_idx" ON "audit_events"("session_id") WHERE "session_id" IS NOT NULL;
CREATE INDEX CONCURRENTLY "audit_events_request_id_idx" ON "audit_events"("request_id") WHERE "request_id" IS NOT NULL;
CREATE INDEX CONCURRENTLY "audit_events_inet_idx" ON "audit_events"(gatehouse_inet("address"), "at", "id") WHERE "address" IS NOT NULL;
CREATE INDEX CONCURRENTLY "audit_events_computer_idx" ON "audit_events"(coalesce(coalesce("after", "before") ->> 'computerId', "computer_id"), "at", "id") WHERE coalesce(coalesce("after", "before") ->> 'computerId', "computer_id") IS NOT NULL;
DROP INDEX CONCURRENTLY IF EXISTS "audit_events_user_id_id_idx";
DROP INDEX CONCURRENTLY IF EXISTS "audit_events_actor_id_id_idx";
DROP INDEX CONCURRENTLY IF EXISTS "audit_events_type_id_idx";
