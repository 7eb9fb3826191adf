'use client';

import { AlertDialog as Radix } from 'radix-ui';
import { type ReactNode, useState } from 'react';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { classNames } from '@/components/ui/class-names';
import { DialogActions, overlayClass, panelClass } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Textarea } from '@/components/ui/input';
import { useReturnFocus } from '@/components/ui/return-focus';

/**
 * Asks before an act that is hard to take back. Closes when `onConfirm` has resolved; when it rejects,
 * the dialog stays and shows `error`, which the caller takes from its mutation.
 */
export function ConfirmDialog({
  trigger,
  open,
  onOpenChange,
  title,
  children,
  confirmLabel,
  cancelLabel = 'Cancel',
  tone = 'danger',
  fields,
  reason,
  error,
  onConfirm,
}: {
  trigger?: ReactNode;
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  title: ReactNode;
  /** What will happen, in a sentence or two. */
  children: ReactNode;
  /** The act in its own words: "Revoke", never "OK". */
  confirmLabel: string;
  cancelLabel?: string;
  tone?: 'danger' | 'primary';
  /** What else is chosen for it. */
  fields?: ReactNode;
  /** Asks for a reason in words; the text is handed to `onConfirm`. */
  reason?: { label: string; hint?: string; required?: boolean; maxLength?: number };
  error?: ReactNode;
  onConfirm: (reason: string) => unknown;
}) {
  const [openInside, setOpenInside] = useState(false);
  const [pending, setPending] = useState(false);
  const [text, setText] = useState('');
  const [missing, setMissing] = useState(false);
  const isOpen = open ?? openInside;
  const returnFocus = useReturnFocus();

  const setOpen = (next: boolean) => {
    if (pending) return;
    if (next) {
      setText('');
      setMissing(false);
    }
    setOpenInside(next);
    onOpenChange?.(next);
  };

  const confirm = async () => {
    if (pending) return;
    if (reason?.required && text.trim() === '') {
      setMissing(true);
      return;
    }
    setPending(true);
    try {
      await onConfirm(text.trim());
      setOpenInside(false);
      onOpenChange?.(false);
    } catch {
      // The caller's mutation holds the error and hands it back as `error`.
    } finally {
      setPending(false);
    }
  };

  return (
    <Radix.Root open={isOpen} onOpenChange={setOpen}>
      {trigger ? <Radix.Trigger asChild>{trigger}</Radix.Trigger> : null}
      <Radix.Portal>
        <Radix.Overlay className={overlayClass} />
        <Radix.Content
          {...(trigger ? {} : returnFocus)}
          className={classNames(panelClass, 'sm:max-w-md')}
        >
          <Radix.Title className="text-base font-semibold">{title}</Radix.Title>
          <Radix.Description asChild>
            <div className="mt-1.5 flex flex-col gap-2 text-muted">{children}</div>
          </Radix.Description>
          <form
            method="post"
            className="mt-4 flex flex-col gap-4"
            onSubmit={(event) => {
              event.preventDefault();
              // A portal's events also reach the form around the trigger, by React's tree.
              event.stopPropagation();
              void confirm();
            }}
          >
            {fields}
            {reason ? (
              <Field
                label={reason.label}
                hint={reason.hint}
                optional={!reason.required}
                error={missing ? 'Write a reason first.' : undefined}
              >
                <Textarea
                  value={text}
                  maxLength={reason.maxLength ?? 500}
                  onChange={(event) => {
                    setText(event.target.value);
                    setMissing(false);
                  }}
                />
              </Field>
            ) : null}
            {error ? (
              <Callout tone="danger" live>
                {error}
              </Callout>
            ) : null}
            <DialogActions>
              <Radix.Cancel asChild>
                <Button disabled={pending}>{cancelLabel}</Button>
              </Radix.Cancel>
              <Button
                type="submit"
                variant={tone === 'danger' ? 'danger' : 'primary'}
                pending={pending}
              >
                {confirmLabel}
              </Button>
            </DialogActions>
          </form>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
