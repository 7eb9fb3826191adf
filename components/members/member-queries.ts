import { SHORT_PAGE } from '@/lib/contract/paging';

/** The networks of one member that he never verified. */
export const unverifiedOf = (userId: string) =>
  ({ ...SHORT_PAGE, userId, state: 'never_verified' }) as const;

/** The latest events of one member. */
export const recentOf = (userId: string) => ({ userId, limit: 10 });
