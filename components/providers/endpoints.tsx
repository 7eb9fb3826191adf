import { CopyField } from '@/components/ui/copy-button';
import type { Provider } from '@/lib/contract/sso';

/** What the provider's administrator has to enter there. */
export function Endpoints({
  endpoints,
  isSaved,
}: {
  endpoints: Provider['endpoints'];
  /** Whether it is there already: the metadata, which hold our certificate, are only then. */
  isSaved: boolean;
}) {
  return (
    <div className="flex flex-col gap-4">
      {fieldsOf(endpoints, isSaved).map(({ label, value }) => (
        <CopyField key={label} label={label} value={value} />
      ))}
    </div>
  );
}

function fieldsOf(
  endpoints: Provider['endpoints'],
  isSaved: boolean,
): { label: string; value: string }[] {
  if ('redirectUrl' in endpoints) {
    return [
      { label: 'Redirect URL', value: endpoints.redirectUrl },
      { label: 'Back-channel log-out URL (optional)', value: endpoints.backChannelLogOutUrl },
    ];
  }
  return [
    { label: 'Entity ID', value: endpoints.entityId },
    { label: 'Assertion consumer service (ACS) URL', value: endpoints.acsUrl },
    { label: 'Single log-out URL (optional)', value: endpoints.sloUrl },
    ...(isSaved
      ? [{ label: 'Metadata URL, which holds all of these', value: endpoints.metadataUrl }]
      : []),
  ];
}
