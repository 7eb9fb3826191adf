-- What is to become of a ruleset by itself: from `planned_at` on, the members of `planned` count, whether or not a job
-- has written them into the row (lib/store/facts.ts). IP Verification that is off for a time has its return here.
ALTER TABLE "app_rules"
  ADD COLUMN "planned_at" TIMESTAMPTZ(3),
  ADD COLUMN "planned" JSONB,
  ADD COLUMN "off_reason" TEXT,
  ADD COLUMN "off_by" TEXT;
ALTER TABLE "app_rules" ADD CONSTRAINT "app_rules_planned_check"
  CHECK (("planned_at" IS NULL) = ("planned" IS NULL) AND coalesce(jsonb_typeof("planned") = 'object', true));
CREATE INDEX "app_rules_planned_at_idx" ON "app_rules" ("planned_at") WHERE "planned_at" IS NOT NULL;

-- Who switched off what is off now, and why, as the activity says it.
UPDATE "app_rules" r SET "off_reason" = e."reason", "off_by" = e."actor_id"
FROM (
  SELECT DISTINCT ON ("team_id", "after"->>'ruleId') "team_id", "after"->>'ruleId' AS "rule_id", "reason", "actor_id"
  FROM "audit_events"
  WHERE "type" = 'rule.changed' AND "before"->>'enabled' = 'true' AND "after"->>'enabled' = 'false'
  ORDER BY "team_id", "after"->>'ruleId', "id" DESC
) e
WHERE NOT r."enabled" AND e."team_id" = r."team_id" AND e."rule_id" = r."id";
