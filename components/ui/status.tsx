import {
  Ban,
  CircleDashed,
  ClockAlert,
  ClockFading,
  type LucideIcon,
  ShieldCheck,
  ShieldX,
} from 'lucide-react';
import type { ReactNode } from 'react';
import { classNames } from '@/components/ui/class-names';

/** `neutral` carries no judgement: offline, pending, off. */
export type Meaning = 'trusted' | 'ends-soon' | 'expired' | 'blocked' | 'revoked' | 'neutral';

const looks: Record<Meaning, { icon: LucideIcon; word: string; className: string }> = {
  trusted: {
    icon: ShieldCheck,
    word: 'Trusted',
    className: 'border-trusted-line bg-trusted-soft text-trusted',
  },
  'ends-soon': {
    icon: ClockAlert,
    word: 'Ends soon',
    className: 'border-soon-line bg-soon-soft text-soon',
  },
  expired: {
    icon: ClockFading,
    word: 'Expired',
    className: 'border-soon-line bg-soon-soft text-soon',
  },
  blocked: {
    icon: ShieldX,
    word: 'Blocked',
    className: 'border-blocked-line bg-blocked-soft text-blocked',
  },
  revoked: {
    icon: Ban,
    word: 'Revoked',
    className: 'border-blocked-line bg-blocked-soft text-blocked',
  },
  neutral: { icon: CircleDashed, word: 'None', className: 'border-line bg-sunken text-muted' },
};

/** A state as colour, icon and word together, so that none of them has to be seen. */
export function Status({
  meaning,
  icon,
  children,
}: {
  meaning: Meaning;
  /** Another icon for the same meaning. */
  icon?: LucideIcon;
  /** Another word for the same meaning, e.g. "Would be blocked". */
  children?: ReactNode;
}) {
  const look = looks[meaning];
  const Icon = icon ?? look.icon;
  return (
    <span
      className={classNames(
        'inline-flex items-center gap-1.5 rounded-full border py-0.5 pr-2.5 pl-2 text-xs font-medium whitespace-nowrap tabular-nums',
        look.className,
      )}
    >
      <Icon aria-hidden className="size-3.5 shrink-0" />
      <span>{children ?? look.word}</span>
    </span>
  );
}
