'use client';

import { LoaderCircle, type LucideIcon } from 'lucide-react';
import Link from 'next/link';
import { type ComponentProps, type MouseEvent, type ReactNode, useId } from 'react';
import { useEarly } from '@/components/ui/alive';
import { type ButtonSize, type ButtonVariant, buttonClass } from '@/components/ui/button-class';
import { classNames } from '@/components/ui/class-names';

export type ButtonProps = Omit<ComponentProps<'button'>, 'disabled'> & {
  variant?: ButtonVariant;
  size?: ButtonSize;
  icon?: LucideIcon;
  /** The act is under way: the text stays, the width stays, further presses do nothing. */
  pending?: boolean;
  /** Why the act is not possible now: shown on hover and focus, read out, presses do nothing. */
  disabledReason?: string | null | false;
  /** Disabled without a word; only where the reason is plain to see beside it. */
  disabled?: boolean;
};

/**
 * A disabled button stays focusable (`aria-disabled`): else its reason could not be reached by
 * keyboard, and focus would be lost the moment an act begins.
 */
export function Button({
  variant = 'secondary',
  size = 'md',
  icon: Icon,
  pending = false,
  disabledReason,
  disabled = false,
  type = 'button',
  className,
  onClick,
  children,
  ...rest
}: ButtonProps) {
  const reasonId = useId();
  const early = useEarly();
  const reason = disabledReason || null;
  const inert = pending || disabled || reason !== null;
  const press = (event: MouseEvent<HTMLButtonElement>) => {
    if (inert) {
      // Also stops the form: Enter in a field presses its submit button.
      event.preventDefault();
      event.stopPropagation();
    } else {
      onClick?.(event);
    }
  };
  const button = (
    <button
      {...rest}
      {...early}
      type={type}
      aria-disabled={inert || undefined}
      aria-busy={pending || undefined}
      aria-describedby={reason === null ? rest['aria-describedby'] : reasonId}
      data-tip={reason ?? undefined}
      onClick={press}
      className={classNames(buttonClass(variant, size), className)}
    >
      {Icon && !pending ? <Icon aria-hidden className="size-4 shrink-0" /> : null}
      {Icon && pending ? (
        <LoaderCircle aria-hidden className="size-4 shrink-0 animate-spin" />
      ) : null}
      {/* A translator takes text nodes away: each has an element of its own, which stays. */}
      <span className={classNames('relative', !Icon && pending && 'translate-x-2')}>
        {!Icon && pending ? (
          <LoaderCircle
            aria-hidden
            className="absolute top-1/2 right-full mr-1.5 size-3.5 -translate-y-1/2 animate-spin"
          />
        ) : null}
        <span>{children}</span>
      </span>
    </button>
  );
  if (reason === null) return button;
  return (
    <>
      {button}
      <span id={reasonId} hidden>
        {reason}
      </span>
    </>
  );
}

/**
 * A link that looks like a button: for going somewhere, never for doing something.
 * Like all links here it is not fetched ahead: every page is made for its request, and a request is a use.
 */
export function ButtonLink({
  variant = 'secondary',
  size = 'md',
  icon: Icon,
  className,
  children,
  ...rest
}: ComponentProps<typeof Link> & {
  variant?: ButtonVariant;
  size?: ButtonSize;
  icon?: LucideIcon;
  children: ReactNode;
}) {
  return (
    <Link prefetch={false} {...rest} className={classNames(buttonClass(variant, size), className)}>
      {Icon ? <Icon aria-hidden className="size-4 shrink-0" /> : null}
      <span>{children}</span>
    </Link>
  );
}

/** A button that is only an icon; `label` is its name and its tooltip. */
export function IconButton({
  icon: Icon,
  label,
  variant = 'ghost',
  size = 'md',
  className,
  type = 'button',
  ...rest
}: Omit<ComponentProps<'button'>, 'children' | 'aria-label'> & {
  icon: LucideIcon;
  label: string;
  variant?: ButtonVariant;
  size?: 'sm' | 'md';
}) {
  return (
    <button
      {...rest}
      {...useEarly()}
      type={type}
      aria-label={label}
      data-tip={label}
      className={classNames(
        buttonClass(variant, size),
        size === 'sm' ? 'w-8 px-0! pointer-coarse:min-w-10' : 'w-9 px-0! pointer-coarse:min-w-11',
        className,
      )}
    >
      <Icon aria-hidden className="size-4" />
    </button>
  );
}
