'use client';

import { X } from 'lucide-react';
import { Dialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { classNames } from '@/components/ui/class-names';
import { useReturnFocus } from '@/components/ui/return-focus';

export const overlayClass = 'fixed inset-0 z-40 animate-appear bg-overlay';

/** At the foot of a phone's screen, in the middle of a larger one; never higher than the screen. */
export const panelClass =
  'fixed inset-x-0 bottom-0 z-50 flex scroll-pb-24 max-h-[92dvh] w-full animate-appear flex-col overflow-y-auto rounded-t-xl border border-line bg-surface p-5 shadow-popover sm:inset-0 sm:m-auto sm:h-fit sm:max-h-[85dvh] sm:rounded-xl sm:p-6';

/** A window over the page. Opened by `trigger`, or held by `open` and `onOpenChange`. */
export function Dialog({
  trigger,
  open,
  onOpenChange,
  title,
  description,
  size = 'md',
  over = false,
  children,
}: {
  /** One button that opens it. */
  trigger?: ReactNode;
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  title: ReactNode;
  description?: ReactNode;
  size?: 'md' | 'lg';
  /** May open while another dialog is open: covers that one too. */
  over?: boolean;
  children: ReactNode;
}) {
  const returnFocus = useReturnFocus();
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      {trigger ? <Radix.Trigger asChild>{trigger}</Radix.Trigger> : null}
      <Radix.Portal>
        <Radix.Overlay className={classNames(overlayClass, over && 'z-60!')} />
        <Radix.Content
          {...(trigger ? {} : returnFocus)}
          {...(description ? {} : { 'aria-describedby': undefined })}
          className={classNames(
            panelClass,
            size === 'lg' ? 'sm:max-w-2xl' : 'sm:max-w-lg',
            over && 'z-70!',
          )}
        >
          <Radix.Title className="pr-9 text-base font-semibold">{title}</Radix.Title>
          {description ? (
            <Radix.Description asChild>
              <div className="mt-1 text-muted">{description}</div>
            </Radix.Description>
          ) : null}
          <div className="mt-4 min-w-0">{children}</div>
          {/* Last in order, so that focus begins at the first field. */}
          <Radix.Close
            aria-label="Close"
            className="absolute top-4 right-4 flex size-8 items-center justify-center rounded-md text-muted hover:bg-sunken hover:text-ink"
          >
            <X aria-hidden className="size-4" />
          </Radix.Close>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** The line of buttons at a dialog's or form's end, the main one last. */
export function DialogActions({
  sticky = false,
  children,
}: {
  /** Stays in sight where what is above it is longer than the screen. */
  sticky?: boolean;
  children: ReactNode;
}) {
  return (
    <div
      className={classNames(
        'mt-5 flex flex-col-reverse gap-2 sm:flex-row sm:justify-end',
        sticky &&
          'sticky -bottom-5 -mx-5 -mb-5 border-t border-line bg-surface px-5 py-3 sm:-bottom-6 sm:-mx-6 sm:-mb-6 sm:px-6 sm:py-4',
      )}
    >
      {children}
    </div>
  );
}

/** A button inside a `Dialog` that closes it: `<DialogClose><Button>Cancel</Button></DialogClose>`. */
export function DialogClose({ children }: { children: ReactNode }) {
  return <Radix.Close asChild>{children}</Radix.Close>;
}
