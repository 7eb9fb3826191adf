'use client';

import { Check, type LucideIcon } from 'lucide-react';
import Link from 'next/link';
import {
  type ComponentProps,
  cloneElement,
  createContext,
  type KeyboardEvent,
  type PointerEvent,
  type ReactElement,
  type ReactNode,
  useContext,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { classNames } from '@/components/ui/class-names';
import { placeBeside } from '@/components/ui/place-beside';

const itemClass =
  'flex min-h-8 w-full cursor-pointer items-center gap-2.5 rounded-md px-2.5 py-1.5 text-left text-sm select-none focus:bg-sunken focus:outline-none aria-disabled:cursor-not-allowed aria-disabled:opacity-60 pointer-coarse:min-h-11';

/** Closes the menu, and gives focus back to its button. */
const CloseContext = createContext<() => void>(() => undefined);

/** A menu of acts. `trigger` is one button, e.g. an `IconButton` named "Actions for laptop-1". */
export function Menu({
  trigger,
  align = 'end',
  side = 'bottom',
  onOpenChange,
  children,
}: {
  trigger: ReactElement<ComponentProps<'button'>>;
  align?: 'start' | 'end';
  side?: 'bottom' | 'top';
  onOpenChange?: (open: boolean) => void;
  children: ReactNode;
}) {
  const id = useId();
  const [open, setOpen] = useState(false);
  const change = (next: boolean) => {
    setOpen(next);
    onOpenChange?.(next);
  };
  const button = cloneElement(trigger, {
    id: `${id}-button`,
    'aria-haspopup': 'menu',
    'aria-expanded': open,
    'aria-controls': open ? id : undefined,
    onClick: () => change(!open),
    onKeyDown: (event: KeyboardEvent) => {
      if (open || (event.key !== 'ArrowDown' && event.key !== 'ArrowUp')) return;
      event.preventDefault();
      change(true);
    },
  });
  return (
    <>
      {button}
      {open ? (
        <OpenMenu id={id} align={align} side={side} onClose={() => change(false)}>
          {children}
        </OpenMenu>
      ) : null}
    </>
  );
}

/** Above everything else by the browser's own `popover`, where its button stands in the page. */
function OpenMenu({
  id,
  align,
  side,
  onClose,
  children,
}: {
  id: string;
  align: 'start' | 'end';
  side: 'bottom' | 'top';
  onClose: () => void;
  children: ReactNode;
}) {
  const ref = useRef<HTMLDivElement>(null);
  const buttonId = `${id}-button`;
  const latest = useRef(onClose);
  latest.current = onClose;
  useLayoutEffect(() => {
    const menu = ref.current;
    const button = document.getElementById(buttonId);
    if (!menu || !button) return;
    menu.showPopover();
    const place = () => placeBeside(menu, button, { side, align, gapPx: 4 });
    place();
    menu.focus({ preventScroll: true });
    addEventListener('scroll', place, true);
    addEventListener('resize', place);
    return () => {
      removeEventListener('scroll', place, true);
      removeEventListener('resize', place);
    };
  }, [buttonId, side, align]);
  useEffect(() => {
    const leave = ({ target }: Event) => {
      const isInside = target instanceof Node && ref.current?.contains(target);
      const isButton = target instanceof Element && target.closest(`#${CSS.escape(buttonId)}`);
      if (!isInside && !isButton) latest.current();
    };
    addEventListener('pointerdown', leave, true);
    addEventListener('focusin', leave, true);
    return () => {
      removeEventListener('pointerdown', leave, true);
      removeEventListener('focusin', leave, true);
    };
  }, [buttonId]);
  const close = () => {
    document.getElementById(buttonId)?.focus({ preventScroll: true });
    onClose();
  };

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const items = [...event.currentTarget.querySelectorAll<HTMLElement>('[role^="menuitem"]')];
    const at = items.indexOf(document.activeElement as HTMLElement);
    const focus = (index: number) => items.at(index % items.length)?.focus();
    const { key } = event;
    // Focus goes on from the button.
    if (key === 'Tab') return close();
    if (key === 'Escape') close();
    else if (key === 'ArrowDown') focus(at + 1);
    else if (key === 'ArrowUp') focus(at === -1 ? -1 : at - 1);
    else if (key === 'Home') focus(0);
    else if (key === 'End') focus(-1);
    else if (key === ' ' && at !== -1) items[at]?.click();
    else if (key.length === 1 && /\S/.test(key)) {
      const begins = (item: HTMLElement) =>
        item.textContent.trim().toLowerCase().startsWith(key.toLowerCase());
      [...items.slice(at + 1), ...items].find(begins)?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const onPointerMove = ({ target }: PointerEvent) => {
    const item = target instanceof Element && target.closest<HTMLElement>('[role^="menuitem"]');
    if (item && item !== document.activeElement) item.focus({ preventScroll: true });
  };
  return (
    <div
      ref={ref}
      id={id}
      popover="manual"
      role="menu"
      tabIndex={-1}
      aria-labelledby={buttonId}
      onKeyDown={onKeyDown}
      onPointerMove={onPointerMove}
      className="fixed inset-auto max-w-[calc(100vw-1rem)] min-w-48 animate-appear overflow-y-auto rounded-lg border border-line bg-surface p-1 text-left font-normal whitespace-normal text-ink shadow-popover"
    >
      <CloseContext value={close}>{children}</CloseContext>
    </div>
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
  const close = useContext(CloseContext);
  return (
    <button
      type="button"
      role="menuitem"
      tabIndex={-1}
      aria-disabled={Boolean(disabledReason) || undefined}
      onClick={() => {
        if (disabledReason) return;
        close();
        onSelect();
      }}
      className={classNames(itemClass, tone === 'danger' && 'text-blocked')}
    >
      {Icon ? <Icon aria-hidden className="size-4 shrink-0" /> : null}
      <span className="min-w-0">
        <span>{children}</span>
        {disabledReason ? <span className="block text-xs text-muted">{disabledReason}</span> : null}
      </span>
    </button>
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
  const close = useContext(CloseContext);
  return (
    <Link
      href={href}
      prefetch={false}
      role="menuitem"
      tabIndex={-1}
      aria-current={current || undefined}
      onClick={close}
      className={itemClass}
    >
      {Icon ? <Icon aria-hidden className="size-4 shrink-0" /> : null}
      <span className="min-w-0">{children}</span>
    </Link>
  );
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <div className="px-2.5 py-1.5 text-xs text-muted">{children}</div>;
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
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is no part of a menu
    <div role="group" aria-label={label}>
      <MenuLabel>{label}</MenuLabel>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          role="menuitemradio"
          tabIndex={-1}
          aria-checked={option.value === value}
          onClick={() => onChange(option.value)}
          className={itemClass}
        >
          <span className="flex size-4 shrink-0">
            {option.value === value ? <Check aria-hidden className="size-4" /> : null}
          </span>
          <span>{option.label}</span>
        </button>
      ))}
    </div>
  );
}

export function MenuSeparator() {
  return <hr className="my-1 h-px border-0 bg-line" />;
}
