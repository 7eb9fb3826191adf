-- Single sign-on: connections, their domains, whom their subjects are here, and flows under way.

CREATE TYPE "sso_kind" AS ENUM ('oidc', 'saml');
CREATE TYPE "sso_purpose" AS ENUM ('log_in', 'verify', 'test');

ALTER TABLE "teams" ADD COLUMN "break_glass_user_id" TEXT;

CREATE TABLE "sso_connections" (
    "id" TEXT NOT NULL DEFAULT gatehouse_id('sso'),
    "team_id" TEXT NOT NULL,
    "kind" "sso_kind" NOT NULL,
    "name" TEXT NOT NULL,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "settings" JSONB NOT NULL,
    "sealed_secret" TEXT NOT NULL,
    "just_in_time_role" "role",
    "accepts_stale_log_in" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT gatehouse_now(),

    CONSTRAINT "sso_connections_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "sso_domains" (
    "id" TEXT NOT NULL DEFAULT gatehouse_id('dom'),
    "team_id" TEXT NOT NULL,
    "connection_id" TEXT NOT NULL,
    "domain" TEXT NOT NULL,
    "proof" TEXT NOT NULL,
    "proven_at" TIMESTAMPTZ(3),
    "is_required" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT gatehouse_now(),

    CONSTRAINT "sso_domains_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "sso_identities" (
    "id" TEXT NOT NULL DEFAULT gatehouse_id('sid'),
    "connection_id" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT gatehouse_now(),

    CONSTRAINT "sso_identities_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "sso_flows" (
    "id" TEXT NOT NULL DEFAULT gatehouse_id('flow'),
    "browser_hash" BYTEA NOT NULL,
    "connection_id" TEXT NOT NULL,
    "purpose" "sso_purpose" NOT NULL,
    "user_id" TEXT,
    "session_id" TEXT,
    "challenge_id" TEXT,
    "network" TEXT,
    "request_id" TEXT,
    "return_path" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT gatehouse_now(),
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "ticket_hash" BYTEA,
    "result" JSONB,
    "result_network" TEXT,
    "completed_at" TIMESTAMPTZ(3),

    CONSTRAINT "sso_flows_pkey" PRIMARY KEY ("id")
);

ALTER TABLE "sessions" ADD COLUMN "sso_identity_id" TEXT;
ALTER TABLE "sessions" ADD COLUMN "sso_session_index" TEXT;

CREATE INDEX "sso_connections_team_id_idx" ON "sso_connections"("team_id");
CREATE INDEX "sso_domains_connection_id_idx" ON "sso_domains"("connection_id");
CREATE UNIQUE INDEX "sso_domains_team_id_domain_key" ON "sso_domains"("team_id", "domain");
CREATE INDEX "sso_identities_user_id_idx" ON "sso_identities"("user_id");
CREATE UNIQUE INDEX "sso_identities_connection_id_subject_key" ON "sso_identities"("connection_id", "subject");
CREATE UNIQUE INDEX "sso_flows_browser_hash_key" ON "sso_flows"("browser_hash");
CREATE UNIQUE INDEX "sso_flows_request_id_key" ON "sso_flows"("request_id");
CREATE INDEX "sso_flows_expires_at_idx" ON "sso_flows"("expires_at");
CREATE INDEX "sessions_sso_identity_id_idx" ON "sessions"("sso_identity_id");

-- A domain routes to one team's connection.
CREATE UNIQUE INDEX "sso_domains_proven" ON "sso_domains"("domain") WHERE "proven_at" IS NOT NULL;
ALTER TABLE "sso_domains" ADD CONSTRAINT "sso_domains_required_check" CHECK (NOT "is_required" OR "proven_at" IS NOT NULL);

ALTER TABLE "sso_connections" ADD CONSTRAINT "sso_connections_team_id_fkey" FOREIGN KEY ("team_id") REFERENCES "teams"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "sso_domains" ADD CONSTRAINT "sso_domains_team_id_fkey" FOREIGN KEY ("team_id") REFERENCES "teams"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "sso_domains" ADD CONSTRAINT "sso_domains_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "sso_connections"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "sso_identities" ADD CONSTRAINT "sso_identities_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "sso_connections"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "sso_identities" ADD CONSTRAINT "sso_identities_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "sso_flows" ADD CONSTRAINT "sso_flows_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "sso_connections"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_sso_identity_id_fkey" FOREIGN KEY ("sso_identity_id") REFERENCES "sso_identities"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- Whether an account may no longer use its password: single sign-on is required for its domain by a team
-- that it is in, and it is not that team's way in when the provider is down.
CREATE FUNCTION gatehouse_requires_sso(user_id text, email text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT 1 FROM sso_domains d
    JOIN teams t ON t.id = d.team_id AND t.break_glass_user_id IS DISTINCT FROM $1
    JOIN memberships m ON m.team_id = d.team_id AND m.user_id = $1
    WHERE d.domain = split_part($2, '@', 2) AND d.is_required)
$$;
