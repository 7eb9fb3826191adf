'use client';

import { CircleCheck, LoaderCircle } from 'lucide-react';
import { useEffect, useState } from 'react';
import { hostCommand, type System } from '@/components/register/host-command';
import { Button, ButtonLink } from '@/components/ui/button';
import { classNames } from '@/components/ui/class-names';
import { CopyButton } from '@/components/ui/copy-button';
import { DialogActions, DialogClose } from '@/components/ui/dialog';
import { Segmented } from '@/components/ui/segmented';
import { Status } from '@/components/ui/status';
import { TextLink } from '@/components/ui/text-link';
import type { NewComputer } from '@/lib/contract/resources';
import { useIsOnline, useMayConnect } from '@/lib/react/live-computers';

/** After so long without a sign of the computer it is worth looking for what is wrong. */
const LATE_MS = 60_000;

const systems: readonly { value: System; label: string }[] = [
  { value: 'linux', label: 'Linux' },
  { value: 'macos', label: 'macOS' },
  { value: 'windows', label: 'Windows' },
  { value: 'systemd', label: 'systemd' },
];

/** Where to paste it, and where the key is to be read afterwards. */
const remarks: Record<System, string> = {
  linux:
    'In a shell. It begins with a space, which keeps it, and the key in it, out of the history of most shells.',
  macos:
    'In Terminal. zsh keeps the command, and the key in it, in its history, unless you have run setopt hist_ignore_space before.',
  windows:
    'In PowerShell, which keeps the command, and the key in it, in its history file: (Get-PSReadLineOption).HistorySavePath names that.',
  systemd:
    'In a shell of somebody who may use sudo. It installs a service that starts with the computer; the key is then in /etc/gatehouse-host.env, which root alone can read.',
};

export const bringOnlineTitle = ({ computer }: NewComputer): string =>
  `Bring ${computer.name} online`;

/** The command to paste on a computer, and whether it has come online. */
export function BringOnline({ created }: { created: NewComputer }) {
  const { computer, program } = created;
  const [system, setSystem] = useState<System>('linux');
  const isOnline = useIsOnline(computer);
  const mayConnect = useMayConnect(computer, isOnline);
  const command = hostCommand(system, created);
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-2">
        <Segmented
          label="System of the computer"
          value={system}
          onValueChange={setSystem}
          options={systems}
        />
        <CopyButton value={command} />
      </div>
      <section
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard
        tabIndex={0}
        aria-label="Command"
        className="mt-3 max-h-64 overflow-y-auto rounded-md border border-line bg-sunken p-3"
      >
        <pre
          translate="no"
          className="font-mono text-[0.8125rem] whitespace-pre-wrap wrap-anywhere"
        >
          {command}
        </pre>
      </section>
      <p className="mt-2 text-muted">{remarks[system]}</p>
      <p className="mt-2 text-muted">
        <span>The program is </span>
        <TextLink href={new URL(program.url).pathname}>host.mjs</TextLink>
        <span>, served by this Gatehouse. SHA-256: </span>
        <code className="font-mono text-xs wrap-anywhere" translate="no">
          {program.sha256}
        </code>
      </p>
      <Waiting name={computer.name} origin={new URL(program.url).origin} isOnline={isOnline} />
      {mayConnect === false ? (
        <p className="mt-2 text-muted">You are not among those who may connect to it.</p>
      ) : null}
      <DialogActions sticky>
        <DialogClose>
          <Button>{isOnline ? 'Close' : 'Do it later'}</Button>
        </DialogClose>
        {mayConnect === false ? null : mayConnect ? (
          <ButtonLink variant="primary" href={`/computers/${computer.id}`}>
            Connect now
          </ButtonLink>
        ) : (
          <Button variant="primary" disabled>
            Connect now
          </Button>
        )}
      </DialogActions>
    </>
  );
}

function Waiting({ name, origin, isOnline }: { name: string; origin: string; isOnline: boolean }) {
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), LATE_MS);
    return () => clearTimeout(timer);
  }, []);
  const Icon = isOnline ? CircleCheck : LoaderCircle;
  return (
    <div
      className={classNames(
        'mt-3 rounded-md border px-4 py-3',
        isOnline ? 'border-trusted-line bg-trusted-soft' : 'border-dashed border-control/60',
      )}
    >
      <div className="flex items-start gap-3">
        <Icon
          aria-hidden
          className={classNames(
            'mt-0.5 size-4 shrink-0',
            isOnline ? 'text-trusted' : 'animate-spin text-accent-ink',
          )}
        />
        <div className="min-w-0 flex-1">
          <p role="status" className="font-medium wrap-anywhere">
            {isOnline ? `${name} is online` : `Waiting for ${name}…`}
          </p>
          {isOnline ? null : <p className="text-muted">This turns green by itself.</p>}
        </div>
        {isOnline ? null : <Status meaning="neutral">Offline</Status>}
      </div>
      {isLate && !isOnline ? <WhatToCheck origin={origin} /> : null}
    </div>
  );
}

function WhatToCheck({ origin }: { origin: string }) {
  return (
    <div className="mt-3 border-t border-line pt-3">
      <p className="font-medium">What to check</p>
      <ul className="mt-1 list-disc pl-5 text-muted marker:text-muted">
        <li>The last line in that window: it says what is wrong, or “Online as …”.</li>
        <li>
          <span>Node 20.19 or newer is installed there: </span>
          <code className="font-mono text-ink">node --version</code>
        </li>
        <li>
          <span>That computer reaches this server: </span>
          <code className="font-mono wrap-anywhere text-ink">curl {origin}/api/health/live</code>
        </li>
        <li>
          “host.mjs: FAILED” means that this server was just updated: close this, and choose “Bring
          online…” on the computer’s row.
        </li>
      </ul>
    </div>
  );
}
