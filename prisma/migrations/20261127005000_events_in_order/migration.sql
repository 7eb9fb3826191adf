-- Who follows the events asks for those after the last one that he has seen. Ids are taken before a commit, and
-- commits come in any order: an id that he has passed by may appear later. So whoever takes one holds, until his
-- transaction ends, a lock that says from which id on: below all of these nothing can appear any more. Once a
-- transaction, however many events it writes. It keeps nobody waiting: the lock is shared.
CREATE FUNCTION gatehouse_event_id() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  ids CONSTANT regclass := 'audit_events_id_seq';
BEGIN
  IF current_setting('gatehouse.writes_events', true) IS DISTINCT FROM 'on' THEN
    PERFORM pg_advisory_xact_lock_shared(
      ids::oid::int8::bit(32)::int4, coalesce(pg_sequence_last_value(ids), 0)::bit(32)::int4);
    PERFORM set_config('gatehouse.writes_events', 'on', true);
  END IF;
  RETURN nextval(ids);
END $$;
ALTER TABLE "audit_events" ALTER COLUMN "id" SET DEFAULT gatehouse_event_id();

-- Up to this id, whatever is not there now never will be. To be asked in a statement before the one that reads.
-- The last id is read before the locks: who took one until then has ended, or is among them.
CREATE FUNCTION gatehouse_settled_event_id() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  ids CONSTANT regclass := 'audit_events_id_seq';
  latest CONSTANT bigint := coalesce(pg_sequence_last_value(ids), 0);
  behind bigint;
BEGIN
  -- A lock has 32 bits of the id.
  SELECT max((latest - objid::bigint) & 4294967295) INTO behind FROM pg_locks
  WHERE locktype = 'advisory' AND classid = ids::oid AND objsubid = 2
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND (latest - objid::bigint) & 4294967295 < 2147483648;
  RETURN latest - coalesce(behind, 0);
END $$;

-- For the index by address. Whatever is no address must not stop the event.
CREATE FUNCTION gatehouse_inet(address text) RETURNS inet LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  RETURN address::inet;
EXCEPTION WHEN invalid_text_representation THEN
  RETURN NULL;
END $$;

-- When it happened, and what, so that a team's events of a day or a kind are found without all others.
ALTER TABLE "event_teams" ADD COLUMN "at" TIMESTAMPTZ(3), ADD COLUMN "type" TEXT;

CREATE OR REPLACE FUNCTION gatehouse_place_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO event_teams (team_id, event_id, at, type)
  SELECT m.team_id, NEW.id, NEW.at, NEW.type FROM memberships m WHERE m.user_id = coalesce(NEW.user_id, NEW.actor_id)
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;

-- What has no time and type yet may be given those of its event; else nothing is changed.
CREATE FUNCTION gatehouse_keep_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.at IS NULL AND (NEW.team_id, NEW.event_id) = (OLD.team_id, OLD.event_id)
    AND EXISTS (SELECT 1 FROM audit_events e WHERE e.id = OLD.event_id AND (e.at, e.type) = (NEW.at, NEW.type)) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'permission denied: % is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
DROP TRIGGER "event_teams_append_only" ON "event_teams";
CREATE TRIGGER "event_teams_append_only" BEFORE DELETE ON "event_teams"
  FOR EACH ROW EXECUTE FUNCTION gatehouse_refuse_change();
CREATE TRIGGER "event_teams_keep_place" BEFORE UPDATE ON "event_teams"
  FOR EACH ROW EXECUTE FUNCTION gatehouse_keep_place();

-- A filter of the activity that a team has given a name.
CREATE TABLE "event_filters" (
    "id" TEXT NOT NULL DEFAULT gatehouse_id('flt'),
    "team_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "query" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT gatehouse_now(),

    CONSTRAINT "event_filters_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "event_filters_team_id_fkey" FOREIGN KEY ("team_id") REFERENCES "teams"("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "event_filters_team_id_idx" ON "event_filters"("team_id", "name", "id");

-- The export that a team has under way, on whatever instance; one that says nothing any more has ended.
CREATE TABLE "event_exports" (
    "team_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "ends_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "event_exports_pkey" PRIMARY KEY ("team_id")
);
