-- Whether whoever reads the mail of an address has ever shown it here. Of the accounts there are, nobody
-- knows: they stay as they are, unconfirmed.
ALTER TABLE "users" ADD COLUMN "email_confirmed_at" TIMESTAMPTZ(3);

-- Whether the token was shown to whoever invites: then it proves nothing about the mailbox. Those that
-- are open were.
ALTER TABLE "invites" ADD COLUMN "was_shown" BOOLEAN NOT NULL DEFAULT true;

ALTER TABLE "sso_connections" ADD COLUMN "believes_email" BOOLEAN NOT NULL DEFAULT false;

-- A log-in that waits until its browser has proven the account with the e-mail that the provider told.
ALTER TABLE "sso_flows" ADD COLUMN "joins_user_id" TEXT, ADD COLUMN "join_token_hash" BYTEA;
