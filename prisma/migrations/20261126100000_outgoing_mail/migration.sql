-- Mail that has not left yet. A mail server that is away, or takes nobody new at the first try, must not
-- make an invitation or a warning vanish. The body is sealed: it holds links that let somebody in.

CREATE TABLE "outgoing_mails" (
    "id" TEXT NOT NULL,
    "body" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT gatehouse_now(),
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "tries" INTEGER NOT NULL DEFAULT 1,
    "failure" TEXT,
    "failed_at" TIMESTAMPTZ(3),
    "given_up_at" TIMESTAMPTZ(3),

    CONSTRAINT "outgoing_mails_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "outgoing_mails_body_check" CHECK (("body" IS NULL) = ("given_up_at" IS NOT NULL))
);
CREATE INDEX "outgoing_mails_due_at_idx" ON "outgoing_mails"("due_at");
