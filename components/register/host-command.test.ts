import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { hostCommand, SYSTEMS } from './host-command';

const hostKey = `gatehost_${'k'.repeat(43)}`;
const created = {
  hostKey,
  program: {
    url: 'https://gate.example.com:8443/host.mjs',
    sha256: 'a'.repeat(64),
    needs: '@roamhq/wrtc@0.10.0',
  },
};

describe.each(SYSTEMS)('the command for %s', (system) => {
  const command = hostCommand(system, created);

  it('checks the program before it installs or runs anything', () => {
    const places = [created.program.url, created.program.sha256, 'npm', hostKey];
    const found = places.map((text) => command.indexOf(text));
    expect(found).toEqual(found.toSorted((a, b) => a - b));
    expect(found).not.toContain(-1);
  });

  it('has the key once, and never as an argument of a program', () => {
    expect(command.split(hostKey)).toHaveLength(2);
    expect(command).toMatch(/GATEHOUSE_HOST_KEY ?= ?'?gatehost_k+/);
    expect(command).not.toMatch(/--key/);
  });
});

it.each(['linux', 'macos', 'systemd'] as const)(
  '%s: begins with a space, and is one a POSIX shell reads',
  (system) => {
    const command = hostCommand(system, created);
    expect(command).toMatch(/^ \S/);
    execFileSync('sh', ['-n'], { input: command });
  },
);

it('an address can’t become a part of the command', () => {
  const url = "http://gate'$(id)`id`.example/host.mjs";
  const command = hostCommand('linux', { ...created, program: { ...created.program, url } });
  const [, fetched = ''] = command.split(' &&\n');
  const shown = fetched.replace('curl -fsSo host.mjs', "printf '%s'");
  expect(execFileSync('sh', ['-c', shown]).toString()).toBe(url);
});
