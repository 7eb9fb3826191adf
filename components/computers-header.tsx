import { PageHeader } from '@/components/ui/page-header';

export function ComputersHeader() {
  return (
    <PageHeader
      title="Computers"
      description="The Team Computers you may connect to. Connecting works from networks that you have verified."
    />
  );
}
