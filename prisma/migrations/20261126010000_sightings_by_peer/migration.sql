-- A use whose client address is unknown leaves a trace too: by the peer, with the reason.

ALTER TABLE "sightings" ADD COLUMN "reason" TEXT;
ALTER TABLE "sightings" DROP CONSTRAINT "sightings_network_check";
ALTER TABLE "sightings" ADD CONSTRAINT "sightings_network_check" CHECK (
    CASE WHEN "reason" IS NULL THEN gatehouse_is_network("network") ELSE "network" = 'peer ' || "address" END
);
