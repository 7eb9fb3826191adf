import type { CalloutTone } from '@/components/ui/callout';
import type { EndingKind } from '@/lib/client/attempt';
import type { ErrorCode } from '@/lib/contract/errors';

export type EndingText = {
  tone: CalloutTone;
  title: string;
  /** What happened, and what to do. */
  text: string;
  /** Whether connecting again may help. */
  mayHelp: boolean;
};

/** What an ended connection says. */
export function endingText(kind: EndingKind, computer: string): EndingText {
  const texts: Record<EndingKind, EndingText> = {
    left: {
      tone: 'info',
      title: 'Disconnected',
      text: `You are no longer connected to ${computer}.`,
      mayHelp: true,
    },
    cancelled: {
      tone: 'info',
      title: 'Cancelled',
      text: `${computer} was not connected.`,
      mayHelp: true,
    },
    closed: {
      tone: 'info',
      title: `${computer} ended the connection`,
      text: 'Its program was stopped, or the connection was closed there or elsewhere in your account.',
      mayHelp: true,
    },
    declined: {
      tone: 'warn',
      title: `${computer} declined`,
      text: 'Somebody at the computer, or its settings, declined the connection.',
      mayHelp: true,
    },
    expired: {
      tone: 'warn',
      title: `${computer} did not answer`,
      text: 'Is it on, and is its Gatehouse program running?',
      mayHelp: true,
    },
    lost: {
      tone: 'warn',
      title: 'The connection was lost',
      text: `Your network or that of ${computer} was interrupted.`,
      mayHelp: true,
    },
    unreachable: {
      tone: 'warn',
      title: 'No direct way was found',
      text: `${computer} answered, but your network or its own lets no direct connection through. Try another network, or ask whoever runs yours about UDP and WebRTC.`,
      mayHelp: true,
    },
    unseen: {
      tone: 'info',
      title: 'The connection has ended',
      text: 'It ended while this page could not reach the server.',
      mayHelp: true,
    },
    computer_gone: {
      tone: 'warn',
      title: `${computer} went away`,
      text: 'It left the network or was switched off, and did not come back.',
      mayHelp: true,
    },
    unsupported: {
      tone: 'warn',
      title: 'This browser can’t connect',
      text: 'It makes no WebRTC connections, or its settings or an extension forbid them. Allow them, or use another browser.',
      mayHelp: true,
    },
    not_verified: {
      tone: 'warn',
      title: 'Not connected',
      text: 'Nothing was done, because this network was not verified. To connect, verify it.',
      mayHelp: true,
    },
    network_revoked: {
      tone: 'danger',
      title: 'This connection was ended because the verification of your network was removed',
      text: 'If you connect again, you are asked for your password first.',
      mayHelp: true,
    },
    trust_expired: {
      tone: 'danger',
      title: 'This connection was ended because the verification of your network has run out',
      text: 'If you connect again, you are asked for your password first.',
      mayHelp: true,
    },
    rule_changed: {
      tone: 'danger',
      title:
        'This connection was ended because the App Rules of the team were changed, and your network is not verified under the new ones',
      text: 'If you connect again, you are asked for your password first.',
      mayHelp: true,
    },
    session_ended: {
      tone: 'danger',
      title: 'This connection was ended because your session was signed out',
      text: 'Sign in again to connect.',
      mayHelp: false,
    },
    access_removed: {
      tone: 'danger',
      title: `This connection was ended because you may no longer connect to ${computer}`,
      text: 'Your access was taken away, or the computer was removed. Ask an owner or admin of your team.',
      mayHelp: false,
    },
    key_rotated: {
      tone: 'danger',
      title: `This connection was ended because ${computer} was given a new key`,
      text: 'You can connect again once its program runs with the new one.',
      mayHelp: true,
    },
    computer_not_allowed: {
      tone: 'danger',
      title: `This connection was ended because ${computer} is on a network from which its key may not be used`,
      text: 'Whoever made that rule can change it: an owner or admin of your team.',
      mayHelp: true,
    },
    revoked: {
      tone: 'danger',
      title: 'This connection was ended',
      text: 'Your session, the verification of your network or your access to the computer was taken away. Connect again to see what is missing.',
      mayHelp: true,
    },
  };
  return texts[kind];
}

/** What to do about a refusal, after the server's own words; empty where those say it all. */
export function refusalAdvice(code: ErrorCode): { advice: string; mayHelp: boolean } {
  switch (code) {
    case 'not_found':
      return {
        advice: 'Ask an owner or admin of your team whether you may connect to it.',
        mayHelp: false,
      };
    case 'client_address_unknown':
      return {
        advice:
          'Your password would not help: no network could be recorded. Whoever runs this Gatehouse can mend it: its settings for proxies do not fit the way that you reach it.',
        mayHelp: true,
      };
    case 'conflict':
      return { advice: 'Try again; a new attempt has a new name.', mayHelp: true };
    default:
      return { advice: '', mayHelp: true };
  }
}
