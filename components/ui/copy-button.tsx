'use client';

import { Check, Copy, TriangleAlert } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button } from '@/components/ui/button';
import type { ButtonSize, ButtonVariant } from '@/components/ui/button-class';

/** `navigator.clipboard` is missing on plain http; the old command still works there. */
async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement('textarea');
  area.value = text;
  area.readOnly = true;
  area.className = 'fixed opacity-0';
  document.body.append(area);
  area.select();
  const copied = document.execCommand('copy');
  area.remove();
  if (!copied) throw new Error('copy refused');
}

/** Copies `value` and says so in its own place. */
export function CopyButton({
  value,
  label = 'Copy',
  variant = 'secondary',
  size = 'sm',
}: {
  value: string;
  label?: string;
  variant?: ButtonVariant;
  size?: ButtonSize;
}) {
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle');
  useEffect(() => {
    if (state !== 'copied') return;
    const timer = setTimeout(() => setState('idle'), 2_000);
    return () => clearTimeout(timer);
  }, [state]);
  const icon = { idle: Copy, copied: Check, failed: TriangleAlert }[state];
  const text = { idle: label, copied: 'Copied', failed: 'Select and copy by hand' }[state];
  return (
    <>
      <Button
        variant={variant}
        size={size}
        icon={icon}
        onClick={() => {
          copyText(value).then(
            () => setState('copied'),
            () => setState('failed'),
          );
        }}
      >
        {text}
      </Button>
      <span role="status" className="sr-only">
        {state === 'idle' ? '' : text}
      </span>
    </>
  );
}

/** Something shown once to be copied: a key, a link. */
export function CopyField({ label, value }: { label: string; value: string }) {
  return (
    <div className="flex flex-col gap-1.5">
      <span className="font-medium">{label}</span>
      <div className="flex items-start gap-3 rounded-md border border-line bg-sunken p-2 pl-3">
        <code
          className="min-w-0 flex-1 self-center font-mono text-[0.8125rem] wrap-anywhere"
          translate="no"
        >
          {value}
        </code>
        <CopyButton value={value} />
      </div>
    </div>
  );
}
