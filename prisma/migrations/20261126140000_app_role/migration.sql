-- The program's own role may be one that can't delete from the activity. What is past its time goes by this
-- function alone, with the rights of the owner of the tables; nothing younger than 30 days does.

CREATE FUNCTION gatehouse_forget_events(kept_days int, most int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE gone int;
BEGIN
  IF kept_days IS NULL OR kept_days < 30 THEN
    RAISE EXCEPTION 'permission denied: the activity is kept for 30 days at least' USING ERRCODE = 'insufficient_privilege';
  END IF;
  PERFORM set_config('gatehouse.retention', 'on', true);
  DELETE FROM audit_events WHERE id IN (
    SELECT id FROM audit_events WHERE at < gatehouse_now() - interval '24 hours' * kept_days
    LIMIT most FOR UPDATE SKIP LOCKED);
  GET DIAGNOSTICS gone = ROW_COUNT;
  PERFORM set_config('gatehouse.retention', 'off', true);
  RETURN gone;
END $$;
REVOKE ALL ON FUNCTION gatehouse_forget_events(int, int) FROM PUBLIC;
-- It finds our tables, whatever the search path of its caller.
DO $$ BEGIN
  EXECUTE format('ALTER FUNCTION gatehouse_forget_events(int, int) SET search_path TO %I, pg_temp', current_schema());
END $$;
