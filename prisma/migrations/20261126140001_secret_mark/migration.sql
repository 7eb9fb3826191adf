-- Which AUTH_SECRET the instances on this database have, as a mark that tells nothing of it.

CREATE TABLE "secret_marks" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "mark" TEXT NOT NULL,
    "seen_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "secret_marks_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "secret_marks_one" CHECK ("id" = 1)
);
