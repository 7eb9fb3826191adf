-- Which log-outs of a provider were done: each counts once, as long as it would be taken.
CREATE TABLE "sso_log_outs" (
    "connection_id" TEXT NOT NULL,
    "message_hash" BYTEA NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "sso_log_outs_pkey" PRIMARY KEY ("connection_id", "message_hash"),
    CONSTRAINT "sso_log_outs_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "sso_connections"("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "sso_log_outs_expires_at_idx" ON "sso_log_outs"("expires_at");
