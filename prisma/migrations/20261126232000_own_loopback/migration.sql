-- The network of ::1 is ::/64, which holds the IPv4-mapped range without being of it: an address in there is
-- read as IPv4 before it is anybody's.
CREATE OR REPLACE FUNCTION gatehouse_is_network(network text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  RETURN network::cidr::text = network AND CASE family(network::cidr)
     WHEN 4 THEN masklen(network::cidr) = 32
     ELSE masklen(network::cidr) BETWEEN 48 AND 128 AND NOT network::cidr <<= '::ffff:0:0/96'::cidr
   END;
END $$;
