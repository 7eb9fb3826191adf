import type { Action } from '@/lib/policy/actions';

/** What was refused, in the words of the person who wanted it. */
export const refusedAction: Record<Action, string> = {
  'computer.connect': 'Connect to a Team Computer',
  'friend.add': 'Add a friend',
  'team.manage': 'Change something in your team',
  'account.manage': 'Change something in your account',
  'api.read': 'Look something up',
};
