-- What a team calls a network.
CREATE TABLE "network_names" (
    "team_id" TEXT NOT NULL,
    "network" TEXT NOT NULL,
    "name" TEXT NOT NULL,

    CONSTRAINT "network_names_pkey" PRIMARY KEY ("team_id", "network"),
    CONSTRAINT "network_names_network_check" CHECK (gatehouse_is_network("network"))
);
ALTER TABLE "network_names" ADD CONSTRAINT "network_names_team_id_fkey" FOREIGN KEY ("team_id") REFERENCES "teams"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- How often each member was refused lately, and where, is read from this alone: refusals are few among the events.
CREATE INDEX "audit_events_refused_idx" ON "audit_events"("actor_id", "at") WHERE "type" = 'gate.refused';
