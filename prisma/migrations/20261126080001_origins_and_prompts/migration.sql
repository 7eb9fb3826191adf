-- Who acts is said by every event. What computers and providers did stood there without one, and so as
-- a person's.
ALTER TABLE "audit_events" DISABLE TRIGGER "audit_events_append_only";
UPDATE "audit_events" e SET "actor_kind" = 'computer', "computer_id" = p."id", "actor_label" = p."name"
FROM "computers" p
WHERE e."type" IN ('connection.accepted', 'connection.declined', 'connection.ended')
  AND e."actor_id" IS NULL AND p."id" = e."after"->>'computerId';
UPDATE "audit_events" SET "actor_kind" = 'provider'
WHERE "type" = 'session.ended' AND "reason" = 'sso' AND "actor_id" IS NULL;
ALTER TABLE "audit_events" ENABLE TRIGGER "audit_events_append_only";

-- So that no statement can leave it out; nor the request that brought it about, where somebody else than
-- the server acts.
ALTER TABLE "audit_events" ALTER COLUMN "actor_kind" DROP DEFAULT;
ALTER TABLE "audit_events" ADD CONSTRAINT "audit_events_actor_kind" CHECK (
    "actor_kind" IN ('user', 'key', 'computer', 'provider', 'operator', 'system'));
ALTER TABLE "audit_events" ADD CONSTRAINT "audit_events_origin" CHECK (
    "request_id" IS NOT NULL OR "actor_kind" IN ('operator', 'system')) NOT VALID;

CREATE OR REPLACE FUNCTION gatehouse_label_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.actor_label := coalesce(NEW.actor_label, gatehouse_label(NEW.actor_id));
  IF NEW.actor_kind = 'computer' THEN
    NEW.actor_label := coalesce(NEW.actor_label, (SELECT name FROM computers WHERE id = NEW.computer_id));
  END IF;
  NEW.user_label := coalesce(NEW.user_label, gatehouse_label(NEW.user_id));
  RETURN NEW;
END $$;

-- When a use was last let through by its mode alone. A poller's thousand uses of one network are one
-- prompt, and one that was let through long ago is none.
ALTER TABLE "sightings" ADD COLUMN "would_block_at" TIMESTAMPTZ(3);
UPDATE "sightings" SET "would_block_at" = "last_seen_at" WHERE "would_block" <> '{}';
