'use client';

import { type ReactNode, useId, useState } from 'react';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { classNames } from '@/components/ui/class-names';
import { DialogActions } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Textarea } from '@/components/ui/input';
import { Modal, panelClass } from '@/components/ui/modal';

/**
 * Asks before an act that is hard to take back. Closes when `onConfirm` has resolved; when it rejects,
 * the dialog stays and shows `error`, which the caller takes from its mutation.
 */
export function ConfirmDialog({
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
  open: boolean;
  onOpenChange: (open: boolean) => void;
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
  const id = useId();
  const [pending, setPending] = useState(false);
  const [text, setText] = useState('');
  const [missing, setMissing] = useState(false);
  const [wasOpen, setWasOpen] = useState(open);
  if (wasOpen !== open) {
    setWasOpen(open);
    setText('');
    setMissing(false);
  }

  const close = () => {
    if (!pending) onOpenChange(false);
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
      onOpenChange(false);
    } catch {
      // The caller's mutation holds the error and hands it back as `error`.
    } finally {
      setPending(false);
    }
  };

  return (
    <Modal
      open={open}
      onClose={close}
      closesOutside={false}
      role="alertdialog"
      labelledBy={id}
      describedBy={`${id}-about`}
      className={classNames(panelClass, 'sm:max-w-md')}
    >
      <h2 id={id} className="text-base font-semibold">
        {title}
      </h2>
      <div id={`${id}-about`} className="mt-1.5 flex flex-col gap-2 text-muted">
        {children}
      </div>
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
          <Button data-first disabled={pending} onClick={close}>
            {cancelLabel}
          </Button>
          <Button
            type="submit"
            variant={tone === 'danger' ? 'danger' : 'primary'}
            pending={pending}
          >
            {confirmLabel}
          </Button>
        </DialogActions>
      </form>
    </Modal>
  );
}
