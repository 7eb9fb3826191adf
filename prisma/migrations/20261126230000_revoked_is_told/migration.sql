-- A running connection that a revocation ends is told of in the activity, whoever revoked, and of what.
CREATE FUNCTION gatehouse_tell_revoked_connection() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO audit_events (type, actor_kind, team_id, user_id, reason, after)
  SELECT 'connection.ended', 'system', p.team_id, NEW.user_id, NEW.end_reason,
    jsonb_build_object('connectionId', NEW.id, 'computerId', p.id, 'state', NEW.state)
  FROM computers p WHERE p.id = NEW.computer_id;
  RETURN NULL;
END $$;
CREATE TRIGGER "connections_tell_revoked" AFTER UPDATE OF "state" ON "connections"
  FOR EACH ROW WHEN (OLD.state = 'accepted' AND NEW.state = 'revoked')
  EXECUTE FUNCTION gatehouse_tell_revoked_connection();
