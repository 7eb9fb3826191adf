import { ButtonLink } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { PageHeader } from '@/components/ui/page-header';

/** A page of a team that the reader's role does not open: why, and what to do. */
export function RoleRefused({
  title,
  teamName,
  needs,
}: {
  title: string;
  teamName: string;
  /** Who may see it: "owners and admins". */
  needs: string;
}) {
  return (
    <>
      <PageHeader title={title} />
      <Callout
        tone="warn"
        title="Your role does not open this page"
        actions={<ButtonLink href="/computers">Go to your computers</ButtonLink>}
      >
        <p>
          Only {needs} of {teamName} see it. Ask an owner of the team to change your role, or to
          look for you.
        </p>
      </Callout>
    </>
  );
}
