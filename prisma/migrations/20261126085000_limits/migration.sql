-- What somebody can bring about as often as he likes is written once at once, and the rest of the minute
-- as one row with a count. The count stands here until then: the activity itself is append-only.

CREATE TABLE "event_tallies" (
    "key" TEXT NOT NULL,
    "first_id" BIGINT NOT NULL,
    "count" INTEGER NOT NULL DEFAULT 0,
    "last_at" TIMESTAMPTZ(3) NOT NULL,
    "last_request_id" TEXT,
    "ends_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "event_tallies_pkey" PRIMARY KEY ("key")
);
CREATE INDEX "event_tallies_ends_at_idx" ON "event_tallies"("ends_at");

-- A row with a count belongs to the teams of the first of them, even when its user has left them since.
CREATE OR REPLACE FUNCTION gatehouse_place_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO event_teams (team_id, event_id)
  SELECT m.team_id, NEW.id FROM memberships m WHERE m.user_id = coalesce(NEW.user_id, NEW.actor_id)
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
