'use client';

import { Check, type LucideIcon } from 'lucide-react';
import Link from 'next/link';
import { DropdownMenu as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { classNames } from '@/components/ui/class-names';

const itemClass =
  'flex min-h-8 cursor-pointer items-center gap-2.5 rounded-md px-2.5 py-1.5 text-sm outline-none select-none data-highlighted:bg-sunken data-disabled:cursor-not-allowed data-disabled:opacity-60 pointer-coarse:min-h-11';

/** A menu of acts. `trigger` is one button, e.g. an `IconButton` named "Actions for laptop-1". */
export function Menu({
  trigger,
  align = 'end',
  side = 'bottom',
  onOpenChange,
  children,
}: {
  trigger: ReactNode;
  align?: 'start' | 'end';
  side?: 'bottom' | 'top';
  onOpenChange?: (open: boolean) => void;
  children: ReactNode;
}) {
  return (
    <Radix.Root modal={false} {...(onOpenChange && { onOpenChange })}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          align={align}
          side={side}
          sideOffset={4}
          collisionPadding={8}
          className="z-50 max-h-(--radix-dropdown-menu-content-available-height) max-w-[calc(100vw-1rem)] min-w-48 animate-appear overflow-y-auto rounded-lg border border-line bg-surface p-1 shadow-popover"
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** One act. With `disabledReason` it can't be chosen and says why under its name. */
export function MenuItem({
  icon: Icon,
  tone = 'normal',
  disabledReason,
  onSelect,
  children,
}: {
  icon?: LucideIcon;
  tone?: 'normal' | 'danger';
  disabledReason?: string | null | false;
  onSelect: () => void;
  children: ReactNode;
}) {
  return (
    <Radix.Item
      disabled={Boolean(disabledReason)}
      onSelect={onSelect}
      className={classNames(itemClass, tone === 'danger' && 'text-blocked')}
    >
      {Icon ? <Icon aria-hidden className="size-4 shrink-0" /> : null}
      <span className="min-w-0">
        <span>{children}</span>
        {disabledReason ? <span className="block text-xs text-muted">{disabledReason}</span> : null}
      </span>
    </Radix.Item>
  );
}

/** One place to go. */
export function MenuLink({
  href,
  icon: Icon,
  current = false,
  children,
}: {
  href: string;
  icon?: LucideIcon;
  current?: boolean;
  children: ReactNode;
}) {
  return (
    <Radix.Item asChild className={itemClass}>
      <Link href={href} prefetch={false} aria-current={current || undefined}>
        {Icon ? <Icon aria-hidden className="size-4 shrink-0" /> : null}
        <span className="min-w-0">{children}</span>
      </Link>
    </Radix.Item>
  );
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <Radix.Label className="px-2.5 py-1.5 text-xs text-muted">{children}</Radix.Label>;
}

/** One of a few, at once; the menu stays open, so that what it changes is seen. */
export function MenuChoices<Value extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: Value;
  options: readonly { value: Value; label: string }[];
  onChange: (value: Value) => void;
}) {
  return (
    <Radix.RadioGroup
      aria-label={label}
      value={value}
      onValueChange={(chosen) => onChange(chosen as Value)}
    >
      <MenuLabel>{label}</MenuLabel>
      {options.map((option) => (
        <Radix.RadioItem
          key={option.value}
          value={option.value}
          onSelect={(event) => event.preventDefault()}
          className={itemClass}
        >
          <span className="flex size-4 shrink-0">
            <Radix.ItemIndicator>
              <Check aria-hidden className="size-4" />
            </Radix.ItemIndicator>
          </span>
          {option.label}
        </Radix.RadioItem>
      ))}
    </Radix.RadioGroup>
  );
}

export function MenuSeparator() {
  return <Radix.Separator className="my-1 h-px bg-line" />;
}
