import Link from 'next/link';
import type { ComponentProps } from 'react';
import { classNames } from '@/components/ui/class-names';

/** A link within text: underlined, so that it is known without its colour. */
export function TextLink({ className, ...rest }: ComponentProps<typeof Link>) {
  return (
    <Link
      prefetch={false}
      {...rest}
      className={classNames(
        'rounded-sm text-accent-ink underline decoration-1 underline-offset-[0.2em] hover:decoration-2',
        className,
      )}
    />
  );
}
