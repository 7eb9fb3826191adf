-- From where a computer's key is used, and where it may be; and what an offer leaves behind: nothing.

ALTER TABLE "computers"
    -- Of the socket that speaks for the computer, or spoke last.
    ADD COLUMN "host_address" TEXT,
    ADD COLUMN "host_network" TEXT,
    -- Since when it is this network; null: it was never online.
    ADD COLUMN "host_since" TIMESTAMPTZ(3),
    -- Where its key may be used; empty: anywhere.
    ADD COLUMN "host_networks" TEXT[] NOT NULL DEFAULT '{}',
    -- When and from where a second program last used the key while the first answered.
    ADD COLUMN "duplicate_at" TIMESTAMPTZ(3),
    ADD COLUMN "duplicate_address" TEXT,
    ADD COLUMN "duplicate_network" TEXT;

CREATE FUNCTION gatehouse_announce_host_networks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM gatehouse_publish(jsonb_build_object('type', 'computer.networks_changed', 'computerId', OLD.id));
  RETURN NULL;
END $$;
CREATE TRIGGER "computers_announce_host_networks" AFTER UPDATE OF "host_networks" ON "computers"
  FOR EACH ROW WHEN (OLD.host_networks <> NEW.host_networks)
  EXECUTE FUNCTION gatehouse_announce_host_networks();

-- An offer is kept for the computer that it waits for, and holds private addresses. Whoever moves the
-- connection on can't forget it: it is taken here, and no row may hold one.
UPDATE "connections" SET "offer" = NULL WHERE "state" <> 'waiting_for_host' AND "offer" IS NOT NULL;
CREATE FUNCTION gatehouse_forget_offer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.offer := NULL;
  RETURN NEW;
END $$;
CREATE TRIGGER "connections_forget_offer" BEFORE UPDATE OF "state" ON "connections"
  FOR EACH ROW WHEN (NEW.state <> 'waiting_for_host') EXECUTE FUNCTION gatehouse_forget_offer();
ALTER TABLE "connections" ADD CONSTRAINT "connections_offer_waits"
  CHECK ("state" = 'waiting_for_host' OR "offer" IS NULL);
