import type { Action, Mode } from '@/lib/policy/actions';

/** What an action is called. */
type ActionWords = {
  /** On App Rules, and in the activity. */
  name: string;
  /** By the person who wanted it. */
  wish: string;
  /** As the end of “was refused …”. */
  refused: string;
  /** What it covers. */
  about: string;
};

const WORDS: Record<Action, ActionWords> = {
  'computer.connect': {
    name: 'Connect to a Team Computer',
    wish: 'Connect to a Team Computer',
    refused: 'a connection to a Team Computer',
    about: 'Opening a connection to one of the team’s computers.',
  },
  'friend.add': {
    name: 'Add a friend',
    wish: 'Add a friend',
    refused: 'adding a friend',
    about: 'Asking somebody to be a friend, accepting such a request, and ending a friendship.',
  },
  'team.manage': {
    name: 'Manage the team',
    wish: 'Change something in your team',
    refused: 'a change to the team',
    about:
      'Rules, members, invitations and computers. Always on while anything above is enforced, so a stolen owner sign-in can’t switch protection off.',
  },
  'account.manage': {
    name: 'Manage their account',
    wish: 'Change something in your account',
    refused: 'a change to the account',
    about:
      'The password, and what else opens the account. Always on while anything above is enforced, for the same reason.',
  },
  'api.read': {
    name: 'Everything else',
    wish: 'Look something up',
    refused: 'a request',
    about:
      'Every other request of a member. Never blocked; uses from unverified networks are counted.',
  },
};

/** The words for an action; one that this page does not know yet is shown as it is called. */
export function actionWords(action: Action): ActionWords {
  return WORDS[action] ?? { name: action, wish: action, refused: action, about: '' };
}

export const modeWords: Record<Mode, string> = {
  enforce: 'Enforce',
  monitor: 'Monitor',
  off: 'Off',
};
