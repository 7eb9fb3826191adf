CREATE TABLE "uses" (
    "id" BIGSERIAL NOT NULL,
    "day" DATE NOT NULL,
    "session_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "network" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "finding" TEXT NOT NULL,
    "mode" TEXT NOT NULL,
    "verified_at" TIMESTAMPTZ(3),
    "count" BIGINT NOT NULL,
    "first_at" TIMESTAMPTZ(3) NOT NULL,
    "last_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "uses_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "uses_key" ON "uses"("session_id", "day", "network", "action", "finding", "mode", "verified_at")
    NULLS NOT DISTINCT;
CREATE INDEX "uses_user_id_day_idx" ON "uses"("user_id", "day");
ALTER TABLE "uses" ADD CONSTRAINT "uses_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id")
    ON DELETE CASCADE ON UPDATE CASCADE;
