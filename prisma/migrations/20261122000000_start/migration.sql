-- The database's own part of the promises: ids, the clock, networks, the append-only log.

-- The one clock. `clock_timestamp()`, not `now()`: a check made late in a transaction is made at its
-- own time. Cut to milliseconds, as the columns are, so that an expiry compares exactly.
CREATE FUNCTION gatehouse_now() RETURNS timestamptz(3) LANGUAGE sql VOLATILE AS
$$ SELECT date_trunc('milliseconds', clock_timestamp())::timestamptz(3) $$;

CREATE FUNCTION gatehouse_id(prefix text) RETURNS text LANGUAGE sql VOLATILE AS
$$ SELECT prefix || '_' || replace(gen_random_uuid()::text, '-', '') $$;

-- A network in canonical text: an IPv4 /32, or an IPv6 /48 to /128 that is not an IPv4 address in
-- disguise. Two spellings of one network would be two rows, one of them not revoked.
CREATE FUNCTION gatehouse_is_network(network text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT network::cidr::text = network AND CASE family(network::cidr)
     WHEN 4 THEN masklen(network::cidr) = 32
     ELSE masklen(network::cidr) BETWEEN 48 AND 128 AND NOT network::cidr && '::ffff:0:0/96'::cidr
   END $$;

-- CreateEnum
CREATE TYPE "role" AS ENUM ('owner', 'admin', 'member');

-- CreateEnum
CREATE TYPE "auth_method" AS ENUM ('password', 'sso');

-- CreateEnum
CREATE TYPE "action_mode" AS ENUM ('enforce', 'monitor', 'off');

-- CreateEnum
CREATE TYPE "computer_access" AS ENUM ('all', 'named');

-- CreateEnum
CREATE TYPE "connection_state" AS ENUM ('waiting_for_host', 'accepted', 'declined', 'expired', 'cancelled', 'closed', 'revoked');

-- CreateTable
CREATE TABLE "users" (
    "id" TEXT NOT NULL DEFAULT gatehouse_id('usr'),
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "password_hash" TEXT,
    "disabled_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT gatehouse_now(),

    CONSTRAINT "users_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sessions" (
    "id" TEXT NOT NULL DEFAULT gatehouse_id('ses'),
    "user_id" TEXT NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "previous_token_hash" BYTEA,
    "previous_token_until" TIMESTAMPTZ(3),
    "previous_token_network" TEXT,
    "client" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT gatehouse_now(),
    "authenticated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT gatehouse_now(),
    "authenticated_network" TEXT,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT gatehouse_now(),
    "last_seen_address" TEXT,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "sessions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "verified_ips" (
    "id" TEXT NOT NULL DEFAULT gatehouse_id('vip'),
    "user_id" TEXT NOT NULL,
    "network" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "method" "auth_method" NOT NULL,
    "verified_at" TIMESTAMPTZ(3) NOT NULL,
    "last_used_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "verified_ips_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "challenges" (
    "id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "session_id" TEXT NOT NULL,
    "network" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT gatehouse_now(),
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "verified_at" TIMESTAMPTZ(3),

    CONSTRAINT "challenges_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sightings" (
    "session_id" TEXT NOT NULL,
    "network" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "first_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "count" BIGINT NOT NULL,
    "verified" BOOLEAN NOT NULL,
    "would_block" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "sightings_pkey" PRIMARY KEY ("session_id","network")
);

-- CreateTable
CREATE TABLE "teams" (
    "id" TEXT NOT NULL DEFAULT gatehouse_id('team'),
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT gatehouse_now(),

    CONSTRAINT "teams_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "memberships" (
    "team_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "role" "role" NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT gatehouse_now(),

    CONSTRAINT "memberships_pkey" PRIMARY KEY ("team_id","user_id")
);

-- CreateTable
CREATE TABLE "app_rules" (
    "id" TEXT NOT NULL DEFAULT gatehouse_id('rule'),
    "team_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "is_default" BOOLEAN NOT NULL,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "trust_days" INTEGER NOT NULL DEFAULT 90,
    "computer_connect" "action_mode" NOT NULL DEFAULT 'enforce',
    "friend_add" "action_mode" NOT NULL DEFAULT 'enforce',
    "changed_at" TIMESTAMPTZ(3),
    "changed_by" TEXT,

    CONSTRAINT "app_rules_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "invites" (
    "id" TEXT NOT NULL DEFAULT gatehouse_id('inv'),
    "team_id" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "role" "role" NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "invited_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT gatehouse_now(),
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "accepted_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "invites_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "password_resets" (
    "token_hash" BYTEA NOT NULL,
    "user_id" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),

    CONSTRAINT "password_resets_pkey" PRIMARY KEY ("token_hash")
);

-- CreateTable
CREATE TABLE "computers" (
    "id" TEXT NOT NULL DEFAULT gatehouse_id('cmp'),
    "team_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "access" "computer_access" NOT NULL DEFAULT 'all',
    "host_key_hash" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT gatehouse_now(),
    "online" BOOLEAN NOT NULL DEFAULT false,
    "last_seen_at" TIMESTAMPTZ(3),
    "removed_at" TIMESTAMPTZ(3),

    CONSTRAINT "computers_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "computer_grants" (
    "computer_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,

    CONSTRAINT "computer_grants_pkey" PRIMARY KEY ("computer_id","user_id")
);

-- CreateTable
CREATE TABLE "connections" (
    "id" TEXT NOT NULL DEFAULT gatehouse_id('con'),
    "computer_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "session_id" TEXT NOT NULL,
    "network" TEXT,
    "state" "connection_state" NOT NULL DEFAULT 'waiting_for_host',
    "offer" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT gatehouse_now(),
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "connections_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "friendships" (
    "id" TEXT NOT NULL DEFAULT gatehouse_id('fri'),
    "requester_id" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT gatehouse_now(),
    "accepted_at" TIMESTAMPTZ(3),

    CONSTRAINT "friendships_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_events" (
    "id" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT gatehouse_now(),
    "type" TEXT NOT NULL,
    "team_id" TEXT,
    "actor_id" TEXT,
    "user_id" TEXT,
    "session_id" TEXT,
    "action" TEXT,
    "network" TEXT,
    "address" TEXT,
    "finding" TEXT,
    "reason" TEXT,
    "before" JSONB,
    "after" JSONB,
    "request_id" TEXT,

    CONSTRAINT "audit_events_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "rate_limits" (
    "key" TEXT NOT NULL,
    "points" INTEGER NOT NULL DEFAULT 0,
    "expire" BIGINT,

    CONSTRAINT "rate_limits_pkey" PRIMARY KEY ("key")
);

-- CreateIndex
CREATE UNIQUE INDEX "users_email_key" ON "users"("email");

-- CreateIndex
CREATE UNIQUE INDEX "sessions_token_hash_key" ON "sessions"("token_hash");

-- CreateIndex
CREATE UNIQUE INDEX "sessions_previous_token_hash_key" ON "sessions"("previous_token_hash");

-- CreateIndex
CREATE INDEX "sessions_user_id_ended_at_idx" ON "sessions"("user_id", "ended_at");

-- CreateIndex
CREATE INDEX "verified_ips_network_idx" ON "verified_ips"("network");

-- CreateIndex
CREATE UNIQUE INDEX "verified_ips_user_id_network_key" ON "verified_ips"("user_id", "network");

-- CreateIndex
CREATE INDEX "challenges_user_id_network_idx" ON "challenges"("user_id", "network");

-- CreateIndex
CREATE UNIQUE INDEX "challenges_session_id_network_action_key" ON "challenges"("session_id", "network", "action");

-- CreateIndex
CREATE INDEX "sightings_user_id_last_seen_at_idx" ON "sightings"("user_id", "last_seen_at");

-- CreateIndex
CREATE INDEX "memberships_user_id_idx" ON "memberships"("user_id");

-- CreateIndex
CREATE INDEX "app_rules_team_id_idx" ON "app_rules"("team_id");

-- CreateIndex
CREATE UNIQUE INDEX "invites_token_hash_key" ON "invites"("token_hash");

-- CreateIndex
CREATE INDEX "invites_team_id_idx" ON "invites"("team_id");

-- CreateIndex
CREATE INDEX "password_resets_user_id_idx" ON "password_resets"("user_id");

-- CreateIndex
CREATE UNIQUE INDEX "computers_host_key_hash_key" ON "computers"("host_key_hash");

-- CreateIndex
CREATE INDEX "computers_team_id_idx" ON "computers"("team_id");

-- CreateIndex
CREATE INDEX "computer_grants_user_id_idx" ON "computer_grants"("user_id");

-- CreateIndex
CREATE INDEX "connections_user_id_created_at_idx" ON "connections"("user_id", "created_at");

-- CreateIndex
CREATE INDEX "connections_computer_id_created_at_idx" ON "connections"("computer_id", "created_at");

-- CreateIndex
CREATE INDEX "friendships_email_idx" ON "friendships"("email");

-- CreateIndex
CREATE UNIQUE INDEX "friendships_requester_id_email_key" ON "friendships"("requester_id", "email");

-- CreateIndex
CREATE INDEX "audit_events_team_id_id_idx" ON "audit_events"("team_id", "id");

-- CreateIndex
CREATE INDEX "audit_events_user_id_id_idx" ON "audit_events"("user_id", "id");

-- AddForeignKey
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "verified_ips" ADD CONSTRAINT "verified_ips_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "challenges" ADD CONSTRAINT "challenges_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "challenges" ADD CONSTRAINT "challenges_session_id_fkey" FOREIGN KEY ("session_id") REFERENCES "sessions"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sightings" ADD CONSTRAINT "sightings_session_id_fkey" FOREIGN KEY ("session_id") REFERENCES "sessions"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "memberships" ADD CONSTRAINT "memberships_team_id_fkey" FOREIGN KEY ("team_id") REFERENCES "teams"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "memberships" ADD CONSTRAINT "memberships_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "app_rules" ADD CONSTRAINT "app_rules_team_id_fkey" FOREIGN KEY ("team_id") REFERENCES "teams"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "invites" ADD CONSTRAINT "invites_team_id_fkey" FOREIGN KEY ("team_id") REFERENCES "teams"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "password_resets" ADD CONSTRAINT "password_resets_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "computers" ADD CONSTRAINT "computers_team_id_fkey" FOREIGN KEY ("team_id") REFERENCES "teams"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "computer_grants" ADD CONSTRAINT "computer_grants_computer_id_fkey" FOREIGN KEY ("computer_id") REFERENCES "computers"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "computer_grants" ADD CONSTRAINT "computer_grants_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "connections" ADD CONSTRAINT "connections_computer_id_fkey" FOREIGN KEY ("computer_id") REFERENCES "computers"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "connections" ADD CONSTRAINT "connections_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "connections" ADD CONSTRAINT "connections_session_id_fkey" FOREIGN KEY ("session_id") REFERENCES "sessions"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "friendships" ADD CONSTRAINT "friendships_requester_id_fkey" FOREIGN KEY ("requester_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "verified_ips" ADD CONSTRAINT "verified_ips_network_check" CHECK (gatehouse_is_network("network"));
ALTER TABLE "challenges" ADD CONSTRAINT "challenges_network_check" CHECK (gatehouse_is_network("network"));
ALTER TABLE "sightings" ADD CONSTRAINT "sightings_network_check" CHECK (gatehouse_is_network("network"));

-- Exactly one Default ruleset a team.
CREATE UNIQUE INDEX "app_rules_one_default" ON "app_rules" ("team_id") WHERE "is_default";
ALTER TABLE "app_rules" ADD CONSTRAINT "app_rules_trust_days_check" CHECK ("trust_days" BETWEEN 1 AND 3650);

-- The audit log is append-only. Only the retention job may delete, and says so in its transaction.
CREATE FUNCTION gatehouse_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND current_setting('gatehouse.retention', true) = 'on' THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'permission denied: audit_events is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER "audit_events_append_only" BEFORE UPDATE OR DELETE ON "audit_events"
  FOR EACH ROW EXECUTE FUNCTION gatehouse_refuse_change();
CREATE TRIGGER "audit_events_no_truncate" BEFORE TRUNCATE ON "audit_events"
  FOR EACH STATEMENT EXECUTE FUNCTION gatehouse_refuse_change();
