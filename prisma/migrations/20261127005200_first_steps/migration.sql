-- What a team has settled of its first steps otherwise than by doing it, or what nothing else would show.
ALTER TABLE teams ADD COLUMN settled_steps text[] NOT NULL DEFAULT '{}'
  CHECK (settled_steps <@ ARRAY['all', 'mail', 'sso']);
