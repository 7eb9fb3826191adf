import { Address } from '@/components/ui/address';
import { Callout } from '@/components/ui/callout';
import {
  explainContradiction,
  explainUnknown,
  type SeenClient,
} from '@/lib/policy/address-warnings';

/** Asks the one who sets Gatehouse up whether it sees his own address: all trust rests on that. */
export function SetUpAddress({ client }: { client: SeenClient }) {
  if (client.address === null) {
    const { message, cure } = explainUnknown(client, null);
    return (
      <Callout tone="danger" title="Gatehouse can’t tell your address">
        <p className="wrap-anywhere">
          {message} {cure}
        </p>
      </Callout>
    );
  }
  const contradiction = explainContradiction(client, null);
  return (
    <Callout
      tone={contradiction ? 'warn' : 'info'}
      title={
        <>
          <span>Gatehouse sees you at </span>
          <Address value={client.address} />
          <span>: is that yours?</span>
        </>
      }
    >
      {contradiction ? (
        <p className="wrap-anywhere">
          {contradiction.message} {contradiction.cure}
        </p>
      ) : (
        <p>
          If it is a proxy’s, everybody would share it and a stolen token would work. List the proxy
          in TRUSTED_PROXIES first. At this machine itself, 127.0.0.1 is right.
        </p>
      )}
    </Callout>
  );
}
