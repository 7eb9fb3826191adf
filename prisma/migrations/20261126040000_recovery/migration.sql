-- By which identity provider a network was verified: its trust ends with the trust in the provider.
ALTER TABLE "verified_ips" ADD COLUMN "connection_id" TEXT;
CREATE INDEX "verified_ips_connection_id_idx" ON "verified_ips"("connection_id");
