import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** A program of a Debian package, and what it calls its version. */
export type Tool = { name: string; package: string; file: string; version: string };

/** What Debian puts where an ordinary user's PATH does not look. */
const DIRECTORIES = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin', '/usr/bin'];

/** @returns null where it is not installed */
export function findTool(name: string, packageName: string, ask: string[]): Tool | null {
  const file = DIRECTORIES.map((one) => path.join(one, name)).find((one) => existsSync(one));
  return file ? { name, package: packageName, file, version: versionOf(file, ask) } : null;
}

/** The newest of Debian's PostgreSQL servers; null where there is none. */
export function findPostgres(): { directory: string; version: string } | null {
  const root = '/usr/lib/postgresql';
  const [newest] = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  if (newest === undefined) return null;
  const directory = path.join(root, newest, 'bin');
  return { directory, version: versionOf(path.join(directory, 'postgres'), ['--version']) };
}

function versionOf(file: string, ask: string[]): string {
  const { stdout, stderr } = spawnSync(file, ask, { encoding: 'utf8' });
  const [, version = 'unknown'] = /(\d+\.\d+[\w.+~-]*)/.exec(`${stdout}${stderr}`) ?? [];
  return version;
}

/** A key and a certificate for a name, signed by an authority made for this run. */
export type Certificate = { key: string; certificate: string; authority: string };

export function makeCertificate(directory: string, host: string): Certificate {
  const at = (name: string) => path.join(directory, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const authority = ['-keyout', at('ca.key'), '-out', at('ca.pem'), '-subj', '/CN=The company'];
  openssl('req', '-x509', '-days', '2', ...newKey, ...authority);
  openssl(
    ...['req', '-x509', '-days', '2', ...newKey, '-CA', at('ca.pem'), '-CAkey', at('ca.key')],
    ...['-keyout', at('server.key'), '-out', at('server.pem'), '-subj', `/CN=${host}`],
    ...['-addext', `subjectAltName=DNS:${host}`, '-addext', 'basicConstraints=critical,CA:FALSE'],
  );
  return { key: at('server.key'), certificate: at('server.pem'), authority: at('ca.pem') };
}
