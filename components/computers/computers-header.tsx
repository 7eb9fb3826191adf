import { PageHeader } from '@/components/ui/page-header';

export function ComputersHeader() {
  return (
    <PageHeader
      title="Computers"
      description="The Team Computers you may connect to, from networks you have verified."
    />
  );
}
