-- An address belongs to a connection, not to a person: the action may have gone out by one network and its
-- proof by another. So a challenge keeps which network a proof that named it has recorded instead.

ALTER TABLE "challenges" ADD COLUMN "recorded_network" TEXT;

CREATE FUNCTION gatehouse_announce_other_network() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM gatehouse_publish(jsonb_build_object('type', 'challenge.left_open', 'challengeId', NEW.id,
    'sessionId', NEW.session_id, 'network', NEW.network, 'recordedNetwork', NEW.recorded_network));
  RETURN NULL;
END $$;
CREATE TRIGGER "challenges_announce_other" AFTER UPDATE OF "recorded_network" ON "challenges"
  FOR EACH ROW WHEN (NEW.recorded_network IS NOT NULL AND NEW.verified_at IS NULL)
  EXECUTE FUNCTION gatehouse_announce_other_network();
