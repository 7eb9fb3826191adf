-- What every gated call runs through. A function in SQL is planned anew in each statement that calls it, one in
-- PL/pgSQL once a connection; and what an event needs no label for, nobody looks up.

CREATE OR REPLACE FUNCTION gatehouse_is_network(network text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  RETURN network::cidr::text = network AND CASE family(network::cidr)
     WHEN 4 THEN masklen(network::cidr) = 32
     ELSE masklen(network::cidr) BETWEEN 48 AND 128 AND NOT network::cidr && '::ffff:0:0/96'::cidr
   END;
END $$;

CREATE OR REPLACE FUNCTION gatehouse_requires_sso(user_id text, email text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN EXISTS (
    SELECT 1 FROM sso_domains d
    JOIN teams t ON t.id = d.team_id AND t.break_glass_user_id IS DISTINCT FROM $1
    JOIN memberships m ON m.team_id = d.team_id AND m.user_id = $1
    WHERE d.domain = split_part($2, '@', 2) AND d.is_required AND d.proven_at IS NOT NULL);
END $$;

CREATE OR REPLACE FUNCTION gatehouse_label(who text) RETURNS text LANGUAGE plpgsql STABLE STRICT AS $$
BEGIN
  RETURN (SELECT name || ' <' || email || '>' FROM users WHERE id = who);
END $$;
