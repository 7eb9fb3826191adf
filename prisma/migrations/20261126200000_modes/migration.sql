-- The modes of a ruleset are one value, by action: a new action needs no column. One that is missing has
-- the action's default (lib/policy/actions.ts).
ALTER TABLE "app_rules" ADD COLUMN "modes" JSONB NOT NULL DEFAULT '{}';
UPDATE "app_rules" SET "modes" =
  jsonb_build_object('computer.connect', "computer_connect", 'friend.add', "friend_add");
ALTER TABLE "app_rules" DROP COLUMN "computer_connect", DROP COLUMN "friend_add";
ALTER TABLE "app_rules" ADD CONSTRAINT "app_rules_modes_check" CHECK (jsonb_typeof("modes") = 'object');
DROP TYPE "action_mode";
