'use client';

import { X } from 'lucide-react';
import {
  cloneElement,
  createContext,
  type MouseEvent,
  type ReactElement,
  type ReactNode,
  useContext,
  useId,
} from 'react';
import { classNames } from '@/components/ui/class-names';
import { Modal, panelClass } from '@/components/ui/modal';

const CloseContext = createContext<() => void>(() => undefined);

/** A window over the page, or over another one. */
export function Dialog({
  open,
  onOpenChange,
  title,
  description,
  size = 'md',
  children,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  description?: ReactNode;
  size?: 'md' | 'lg';
  children: ReactNode;
}) {
  const id = useId();
  const close = () => onOpenChange(false);
  return (
    <Modal
      open={open}
      onClose={close}
      labelledBy={id}
      describedBy={description ? `${id}-about` : undefined}
      className={classNames(panelClass, size === 'lg' ? 'sm:max-w-2xl' : 'sm:max-w-lg')}
    >
      <h2 id={id} className="pr-9 text-base font-semibold">
        {title}
      </h2>
      {description ? (
        <div id={`${id}-about`} className="mt-1 text-muted">
          {description}
        </div>
      ) : null}
      <CloseContext value={close}>
        <div className="mt-4 min-w-0">{children}</div>
      </CloseContext>
      {/* Last in order, so that focus begins at the first field. */}
      <button
        type="button"
        aria-label="Close"
        onClick={close}
        className="absolute top-4 right-4 flex size-8 items-center justify-center rounded-md text-muted hover:bg-sunken hover:text-ink"
      >
        <X aria-hidden className="size-4" />
      </button>
    </Modal>
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

type Pressed = { onClick?: (event: MouseEvent<HTMLButtonElement>) => void };

/** A button inside a `Dialog` that closes it: `<DialogClose><Button>Cancel</Button></DialogClose>`. */
export function DialogClose({ children }: { children: ReactElement<Pressed> }) {
  const close = useContext(CloseContext);
  return cloneElement(children, {
    onClick: (event: MouseEvent<HTMLButtonElement>) => {
      children.props.onClick?.(event);
      close();
    },
  });
}
