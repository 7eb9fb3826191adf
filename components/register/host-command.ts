import type { NewComputer } from '@/lib/contract/resources';

export const SYSTEMS = ['linux', 'macos', 'windows', 'systemd'] as const;
export type System = (typeof SYSTEMS)[number];

/** A text that a POSIX shell, or PowerShell, takes as it is. */
const quotedSh = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
const quotedPs = (text: string) => `'${text.replaceAll("'", "''")}'`;

/**
 * The whole command that brings a new computer online, to be pasted there: fetches the program, checks that it
 * is the one that this server shows, installs what it needs, and runs it. Thief's view: the list of processes
 * and the shell's history. The key goes by the environment, or into a file of root's alone; and a command that
 * begins with a space stays out of the history of most shells, with all of its lines.
 */
export function hostCommand(
  system: System,
  { hostKey, program }: Pick<NewComputer, 'hostKey' | 'program'>,
): string {
  const { origin } = new URL(program.url);
  const { sha256, needs } = program;
  const fetched = `curl -fsSo host.mjs ${quotedSh(program.url)}`;
  const checked = (tool: string) => `echo '${sha256}  host.mjs' | ${tool} -c`;
  const installed = `npm install --prefix . --ignore-scripts ${needs}`;
  const run = `node host.mjs --url ${quotedSh(origin)}`;
  switch (system) {
    case 'linux':
    case 'macos':
      return ` ${[
        'mkdir -p gatehouse-host && cd gatehouse-host',
        fetched,
        checked(system === 'linux' ? 'sha256sum' : 'shasum -a 256'),
        installed,
        `GATEHOUSE_HOST_KEY=${hostKey} ${run}`,
      ].join(' &&\n')}`;
    case 'windows':
      return [
        '& {',
        "$ErrorActionPreference = 'Stop'",
        'New-Item -ItemType Directory -Force gatehouse-host | Out-Null',
        'Set-Location gatehouse-host',
        `Invoke-WebRequest -UseBasicParsing ${quotedPs(program.url)} -OutFile host.mjs`,
        `if ((Get-FileHash host.mjs).Hash -ne '${sha256}') { throw 'host.mjs is not the one that Gatehouse shows' }`,
        `npm.cmd install --prefix . --ignore-scripts ${quotedPs(needs)}`,
        "if ($LASTEXITCODE) { throw 'npm failed' }",
        `$env:GATEHOUSE_HOST_KEY = '${hostKey}'`,
        `node host.mjs --url ${quotedPs(origin)}`,
        '}',
      ].join('\n');
    case 'systemd':
      return [
        " sudo sh -e <<'END'",
        'mkdir -p /opt/gatehouse-host',
        'cd /opt/gatehouse-host',
        fetched,
        checked('sha256sum'),
        installed,
        'install -m 600 /dev/null /etc/gatehouse-host.env',
        `echo GATEHOUSE_HOST_KEY=${hostKey} > /etc/gatehouse-host.env`,
        `cat > /etc/systemd/system/gatehouse-host.service <<UNIT\n${unit(origin)}\nUNIT`,
        'systemctl daemon-reload',
        'systemctl enable gatehouse-host',
        'systemctl restart gatehouse-host',
        'END',
      ].join('\n');
  }
}

const unit = (origin: string) => `[Unit]
Description=Gatehouse host
Wants=network-online.target
After=network-online.target

[Service]
ExecStart=$(command -v node) /opt/gatehouse-host/host.mjs --url ${origin}
EnvironmentFile=/etc/gatehouse-host.env
DynamicUser=yes
Restart=on-failure
RestartPreventExitStatus=2 3
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes

[Install]
WantedBy=multi-user.target`;
