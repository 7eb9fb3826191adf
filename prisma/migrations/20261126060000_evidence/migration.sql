-- An event belongs to the teams that its user was in when it happened, and says who that was then.
-- Whoever writes it can't forget either: both are done here.

ALTER TABLE "audit_events"
    ADD COLUMN "actor_kind" TEXT NOT NULL DEFAULT 'user',
    ADD COLUMN "actor_label" TEXT,
    ADD COLUMN "user_label" TEXT,
    ADD COLUMN "computer_id" TEXT;

-- Of events that are of no one team alone: log-ins, refusals, verified networks.
CREATE TABLE "event_teams" (
    "team_id" TEXT NOT NULL,
    "event_id" BIGINT NOT NULL,

    CONSTRAINT "event_teams_pkey" PRIMARY KEY ("team_id", "event_id")
);
CREATE INDEX "event_teams_event_id_idx" ON "event_teams"("event_id");

CREATE FUNCTION gatehouse_label(who text) RETURNS text LANGUAGE sql STABLE AS
$$ SELECT name || ' <' || email || '>' FROM users WHERE id = who $$;

CREATE FUNCTION gatehouse_label_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.actor_label := coalesce(NEW.actor_label, gatehouse_label(NEW.actor_id));
  NEW.user_label := coalesce(NEW.user_label, gatehouse_label(NEW.user_id));
  RETURN NEW;
END $$;
CREATE TRIGGER "audit_events_label" BEFORE INSERT ON "audit_events"
  FOR EACH ROW EXECUTE FUNCTION gatehouse_label_event();

CREATE FUNCTION gatehouse_place_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO event_teams (team_id, event_id)
  SELECT m.team_id, NEW.id FROM memberships m WHERE m.user_id = coalesce(NEW.user_id, NEW.actor_id);
  RETURN NULL;
END $$;
CREATE TRIGGER "audit_events_place" AFTER INSERT ON "audit_events"
  FOR EACH ROW WHEN (NEW.team_id IS NULL) EXECUTE FUNCTION gatehouse_place_event();

-- Its places go with an event that is past its time. No foreign key: that would lock each event it names.
CREATE FUNCTION gatehouse_forget_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM event_teams WHERE event_id = OLD.id;
  RETURN NULL;
END $$;
CREATE TRIGGER "audit_events_forget" AFTER DELETE ON "audit_events"
  FOR EACH ROW EXECUTE FUNCTION gatehouse_forget_event();

-- What there is already: of today's memberships, by today's names.
ALTER TABLE "audit_events" DISABLE TRIGGER "audit_events_append_only";
UPDATE "audit_events" SET "actor_label" = gatehouse_label("actor_id"), "user_label" = gatehouse_label("user_id");
ALTER TABLE "audit_events" ENABLE TRIGGER "audit_events_append_only";
INSERT INTO "event_teams" ("team_id", "event_id")
SELECT m."team_id", e."id" FROM "audit_events" e
JOIN "memberships" m ON m."user_id" = coalesce(e."user_id", e."actor_id") WHERE e."team_id" IS NULL;

CREATE OR REPLACE FUNCTION gatehouse_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND current_setting('gatehouse.retention', true) = 'on' THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'permission denied: % is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER "event_teams_append_only" BEFORE UPDATE OR DELETE ON "event_teams"
  FOR EACH ROW EXECUTE FUNCTION gatehouse_refuse_change();
CREATE TRIGGER "event_teams_no_truncate" BEFORE TRUNCATE ON "event_teams"
  FOR EACH STATEMENT EXECUTE FUNCTION gatehouse_refuse_change();
