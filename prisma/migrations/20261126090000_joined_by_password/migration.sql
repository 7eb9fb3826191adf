-- A subject that was joined to an account by its password is forgotten when that is changed.

ALTER TABLE "sso_identities" ADD COLUMN "is_by_password" BOOLEAN NOT NULL DEFAULT false;
