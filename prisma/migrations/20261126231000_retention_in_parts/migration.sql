-- Looks at the oldest events alone: looking through all of them took longer than a statement may.
CREATE OR REPLACE FUNCTION gatehouse_forget_events(kept_days int, most int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  gone int;
  kept_from timestamptz;
BEGIN
  IF kept_days IS NULL OR kept_days < 30 THEN
    RAISE EXCEPTION 'permission denied: the activity is kept for 30 days at least' USING ERRCODE = 'insufficient_privilege';
  END IF;
  kept_from := gatehouse_now() - interval '24 hours' * kept_days;
  PERFORM set_config('gatehouse.retention', 'on', true);
  DELETE FROM audit_events WHERE id IN (
    SELECT id FROM audit_events WHERE at < kept_from
      AND id = ANY(ARRAY(SELECT id FROM audit_events ORDER BY id LIMIT most))
    FOR UPDATE SKIP LOCKED);
  GET DIAGNOSTICS gone = ROW_COUNT;
  PERFORM set_config('gatehouse.retention', 'off', true);
  RETURN gone;
END $$;
DO $$ BEGIN
  EXECUTE format('ALTER FUNCTION gatehouse_forget_events(int, int) SET search_path TO %I, pg_temp', current_schema());
END $$;
