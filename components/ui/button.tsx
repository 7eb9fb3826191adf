'use client';

import { LoaderCircle, type LucideIcon } from 'lucide-react';
import Link from 'next/link';
import { type ComponentProps, type MouseEvent, type ReactNode, useId } from 'react';
import { useEarly } from '@/components/ui/alive';
import { classNames } from '@/components/ui/class-names';
import { Tooltip } from '@/components/ui/tooltip';

export type ButtonVariant = 'primary' | 'secondary' | 'danger' | 'ghost';
export type ButtonSize = 'sm' | 'md' | 'lg';

const variants: Record<ButtonVariant, string> = {
  primary: 'border-transparent bg-accent text-on-accent enabled-hover:bg-accent-hover',
  secondary: 'border-control/50 bg-surface text-ink enabled-hover:bg-sunken',
  danger: 'border-transparent bg-danger text-on-danger enabled-hover:bg-danger-hover',
  ghost: 'border-transparent bg-transparent text-ink enabled-hover:bg-sunken',
};

const sizes: Record<ButtonSize, string> = {
  sm: 'h-8 px-3 text-[0.8125rem] pointer-coarse:min-h-10',
  md: 'h-9 px-4 text-sm pointer-coarse:min-h-11',
  lg: 'h-11 px-5 text-[0.9375rem]',
};

/** The classes of a button, for the rare element that must look like one. */
export function buttonClass(variant: ButtonVariant = 'secondary', size: ButtonSize = 'md'): string {
  return classNames(
    'relative inline-flex shrink-0 items-center justify-center gap-2 rounded-md border font-medium whitespace-nowrap select-none transition-colors duration-100 aria-disabled:opacity-60 aria-disabled:cursor-not-allowed disabled:opacity-60 disabled:cursor-not-allowed data-early:aria-busy:cursor-progress data-early:aria-busy:opacity-60',
    variants[variant],
    sizes[size],
  );
}

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
      <Tooltip content={reason}>{button}</Tooltip>
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
    <Tooltip content={label}>
      <button
        {...rest}
        {...useEarly()}
        type={type}
        aria-label={label}
        className={classNames(
          buttonClass(variant, size),
          size === 'sm' ? 'w-8 px-0! pointer-coarse:min-w-10' : 'w-9 px-0! pointer-coarse:min-w-11',
          className,
        )}
      >
        <Icon aria-hidden className="size-4" />
      </button>
    </Tooltip>
  );
}
