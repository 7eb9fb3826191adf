-- The events of one person, or of one kind, are found without walking through all others.
CREATE INDEX "audit_events_actor_id_id_idx" ON "audit_events"("actor_id", "id");
CREATE INDEX "audit_events_type_id_idx" ON "audit_events"("type", "id");

-- Which networks several users share is read from this alone. What is revoked nobody asks for by its network.
DROP INDEX "verified_ips_network_idx";
CREATE INDEX "verified_ips_shared_idx" ON "verified_ips"("network", "user_id") WHERE "revoked_at" IS NULL;
