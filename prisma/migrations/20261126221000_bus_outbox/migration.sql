-- A transaction that has notified holds one lock of the whole cluster until its commit is on the disk: such
-- commits go one by one, and each waits for the disk alone. So whoever publishes, triggers as ever, writes a row
-- in its transaction; what is committed is told by another, which has nothing to wait for.

CREATE UNLOGGED TABLE "bus_outbox" (
    "id" BIGSERIAL NOT NULL,
    "body" JSONB NOT NULL,

    CONSTRAINT "bus_outbox_pkey" PRIMARY KEY ("id")
) WITH (autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);

CREATE OR REPLACE FUNCTION gatehouse_publish(event jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO bus_outbox (body) VALUES (event);
END $$;

-- Tells every instance what was published and committed, in its order: one at a time does. Of two that are the
-- same, PostgreSQL would pass on one: what two ends say to each other is told apart by its number.
-- What was told is found gone by the index, which forgets it at once; the table does when it is vacuumed.
CREATE FUNCTION gatehouse_announce() RETURNS void LANGUAGE plpgsql
SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
  told record;
  stored bigint;
BEGIN
  IF NOT EXISTS (SELECT 1 FROM bus_outbox WHERE id > 0) THEN
    RETURN;
  END IF;
  PERFORM pg_advisory_xact_lock(72707370);
  PERFORM set_config('synchronous_commit', 'off', true);
  FOR told IN
    WITH gone AS (DELETE FROM bus_outbox WHERE id > 0 RETURNING id, body)
    SELECT CASE body->>'type' WHEN 'relay' THEN body || jsonb_build_object('no', id) ELSE body END::text AS body
    FROM gone ORDER BY id
  LOOP
    IF octet_length(told.body) > 7900 THEN
      INSERT INTO bus_payloads (body) VALUES (told.body) RETURNING id INTO stored;
      told.body := jsonb_build_object('type', 'stored', 'id', stored)::text;
    END IF;
    PERFORM pg_notify('gatehouse', told.body);
  END LOOP;
END $$;
