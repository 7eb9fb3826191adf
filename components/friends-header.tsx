import { PageHeader } from '@/components/ui/page-header';

export function FriendsHeader() {
  return (
    <PageHeader
      title="Friends"
      description="People you know by e-mail. Adding one works from networks that you have verified."
    />
  );
}
