-- The WebSocket gateway: who is online, what is live, and what instances tell each other.

ALTER TABLE "computers" ADD COLUMN "socket_id" TEXT;
CREATE INDEX "computers_online_idx" ON "computers" ("last_seen_at") WHERE "online";

-- The client's name for an attempt. Both ends name a connection by it, so it is unique among the live
-- ones of either end.
ALTER TABLE "connections" ADD COLUMN "attempt_id" TEXT NOT NULL DEFAULT gatehouse_id('att');
ALTER TABLE "connections" ADD COLUMN "end_reason" TEXT;
CREATE UNIQUE INDEX "connections_live_of_computer" ON "connections" ("computer_id", "attempt_id")
  WHERE "state" IN ('waiting_for_host', 'accepted');
CREATE UNIQUE INDEX "connections_live_of_session" ON "connections" ("session_id", "attempt_id")
  WHERE "state" IN ('waiting_for_host', 'accepted');
CREATE INDEX "connections_waiting_idx" ON "connections" ("expires_at") WHERE "state" = 'waiting_for_host';

-- What is too long for a notification. Gone after a minute; after a crash there is nobody to read it.
CREATE UNLOGGED TABLE "bus_payloads" (
    "id" BIGSERIAL NOT NULL,
    "body" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT gatehouse_now(),

    CONSTRAINT "bus_payloads_pkey" PRIMARY KEY ("id")
);

-- Tells every instance, once the transaction commits. NOTIFY carries at most 8,000 bytes.
CREATE FUNCTION gatehouse_publish(event jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  stored bigint;
BEGIN
  IF octet_length(event::text) > 7900 THEN
    INSERT INTO bus_payloads (body) VALUES (event::text) RETURNING id INTO stored;
    event := jsonb_build_object('type', 'stored', 'id', stored);
  END IF;
  PERFORM pg_notify('gatehouse', event::text);
END $$;

-- What ends a right is told by the database itself, so that no writer can forget to. An announcement
-- names what is gone (the old key, the replaced socket): one that is heard late must not end what came
-- after it.
CREATE FUNCTION gatehouse_announce_session() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) THEN
    PERFORM gatehouse_publish(jsonb_build_object('type', 'session.ended', 'sessionId', OLD.id));
  ELSIF OLD.token_hash <> NEW.token_hash THEN
    PERFORM gatehouse_publish(jsonb_build_object(
      'type', 'session.token_replaced', 'sessionId', OLD.id, 'network', NEW.authenticated_network));
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER "sessions_announce" AFTER UPDATE OF "ended_at", "token_hash" ON "sessions"
  FOR EACH ROW EXECUTE FUNCTION gatehouse_announce_session();
CREATE TRIGGER "sessions_announce_deleted" AFTER DELETE ON "sessions"
  FOR EACH ROW WHEN (OLD.ended_at IS NULL) EXECUTE FUNCTION gatehouse_announce_session();

CREATE FUNCTION gatehouse_announce_user_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM gatehouse_publish(jsonb_build_object('type', 'user.removed', 'userId',
    CASE TG_TABLE_NAME WHEN 'users' THEN to_jsonb(OLD)->>'id' ELSE to_jsonb(OLD)->>'user_id' END));
  RETURN NULL;
END $$;
CREATE TRIGGER "memberships_announce" AFTER DELETE ON "memberships"
  FOR EACH ROW EXECUTE FUNCTION gatehouse_announce_user_removed();
CREATE TRIGGER "users_announce" AFTER UPDATE OF "disabled_at" ON "users"
  FOR EACH ROW WHEN (OLD.disabled_at IS NULL AND NEW.disabled_at IS NOT NULL)
  EXECUTE FUNCTION gatehouse_announce_user_removed();

CREATE FUNCTION gatehouse_announce_computer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.host_key_hash <> NEW.host_key_hash OR (OLD.removed_at IS NULL AND NEW.removed_at IS NOT NULL) THEN
    PERFORM gatehouse_publish(jsonb_build_object(
      'type', 'computer.key_gone', 'computerId', OLD.id, 'keyHash', encode(OLD.host_key_hash, 'hex')));
  END IF;
  IF OLD.socket_id <> NEW.socket_id THEN
    PERFORM gatehouse_publish(jsonb_build_object(
      'type', 'computer.socket_replaced', 'computerId', OLD.id, 'socketId', OLD.socket_id));
  END IF;
  IF OLD.online <> NEW.online THEN
    PERFORM gatehouse_publish(jsonb_build_object('type', 'computer.presence', 'computerId', OLD.id));
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER "computers_announce"
  AFTER UPDATE OF "host_key_hash", "removed_at", "socket_id", "online" ON "computers"
  FOR EACH ROW EXECUTE FUNCTION gatehouse_announce_computer();

CREATE FUNCTION gatehouse_announce_connection() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM gatehouse_publish(jsonb_build_object(
      'type', 'connection.offered', 'connectionId', NEW.id, 'computerId', NEW.computer_id));
  ELSE
    PERFORM gatehouse_publish(jsonb_build_object(
      'type', 'connection.changed', 'connectionId', NEW.id, 'attemptId', NEW.attempt_id,
      'computerId', NEW.computer_id, 'sessionId', NEW.session_id, 'network', NEW.network,
      'state', NEW.state, 'endReason', NEW.end_reason));
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER "connections_announce_offer" AFTER INSERT ON "connections"
  FOR EACH ROW WHEN (NEW.offer IS NOT NULL AND NEW.state = 'waiting_for_host')
  EXECUTE FUNCTION gatehouse_announce_connection();
CREATE TRIGGER "connections_announce" AFTER UPDATE OF "state" ON "connections"
  FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION gatehouse_announce_connection();

CREATE FUNCTION gatehouse_announce_challenge() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM gatehouse_publish(jsonb_build_object('type', 'challenge.verified', 'challengeId', NEW.id,
    'sessionId', NEW.session_id, 'network', NEW.network));
  RETURN NULL;
END $$;
CREATE TRIGGER "challenges_announce" AFTER UPDATE OF "verified_at" ON "challenges"
  FOR EACH ROW WHEN (OLD.verified_at IS NULL AND NEW.verified_at IS NOT NULL)
  EXECUTE FUNCTION gatehouse_announce_challenge();
