import { PageHeader } from '@/components/ui/page-header';

export function FriendsHeader() {
  return (
    <PageHeader
      title="Friends"
      description="People you know by e-mail. You add them from networks you have verified."
    />
  );
}
