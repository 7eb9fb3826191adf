import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

/**
 * The house rules, checked on the source text. A rule that nobody checks is broken by the first hurry;
 * a checker that sees nothing keeps every rule, so what it sees is checked first.
 */

const ROOT = path.join(import.meta.dirname, '..');

/** Which part of the house may import which. A part may always import itself. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  'lib/policy': [],
  'lib/contract': ['lib/policy'],
  // The version of what the host program needs beside it.
  'lib/platform': ['package.json'],
  'lib/store': ['lib/platform', 'lib/policy'],
  // A protocol, values in and out: service and auth both speak it.
  'lib/saml': ['lib/policy'],
  'lib/service': ['lib/saml', 'lib/store', 'lib/platform', 'lib/policy', 'lib/contract'],
  'lib/auth': [
    'lib/saml',
    'lib/service',
    'lib/store',
    'lib/platform',
    'lib/policy',
    'lib/contract',
  ],
  // The version, for the API's own description.
  'lib/http': [
    'lib/auth',
    'lib/service',
    'lib/platform',
    'lib/policy',
    'lib/contract',
    'package.json',
  ],
  'lib/ws': ['lib/auth', 'lib/service', 'lib/platform', 'lib/policy', 'lib/contract'],
  'lib/client': ['lib/contract', 'lib/policy'],
  'lib/react': ['lib/client', 'lib/contract', 'lib/policy'],
  components: ['lib/react', 'lib/client', 'lib/contract', 'lib/policy'],
  app: [
    'lib/http',
    'lib/auth',
    'lib/service',
    'lib/contract',
    'components',
    'lib/react',
    'lib/client',
  ],
  // The service: for its jobs that no request starts (retention). The route files: it answers the calls.
  'server.ts': [
    'app',
    'lib/ws',
    'lib/http',
    'lib/service',
    'lib/platform',
    'lib/policy',
    'lib/contract',
  ],
  'middleware.ts': ['lib/contract'],
  // Programs on other machines: they know the server by its contract alone. The version, for `--version`.
  bin: ['lib/client', 'lib/contract', 'lib/policy', 'package.json'],
};

/** Rooms of components that the others may use. */
const SHARED_COMPONENTS = [
  'ui',
  'form',
  'shell',
  'gate',
  'roles',
  'events',
  'prompt',
  'register',
  'sessions',
  'verified-ips',
];

type Source = { file: string; part: string; code: string; imports: string[] };

const sources = readSources();
const of = (...parts: string[]) =>
  sources.filter(({ file }) => parts.some((part) => file === part || file.startsWith(`${part}/`)));

describe('the checker', () => {
  it.each([
    [`import { a } from '@/lib/a';`, ['@/lib/a']],
    [`import {\n  a,\n  type B,\n} from "../b";\nimport c from 'c';`, ['../b', 'c']],
    [`import type { A } from './a'; import './side.css';`, ['./a', './side.css']],
    [`export { a } from './a';\nexport * from './b';`, ['./a', './b']],
    [`const a = await import('./lazy'); const b = require('pg');`, ['./lazy', 'pg']],
    [`// import { a } from './not';\n/* import './nor' */ const s = "import";`, []],
    [`const re = /['"]/; // import './not'\nimport './yes';`, ['./yes']],
    [`export const a = 1;\nconst from = 'x';`, []],
  ])('finds the imports of %j', (code, expected) => {
    expect(importsOf(withoutComments(code))).toEqual(expected);
  });

  it('saw the sources of every part, and imports in them', () => {
    const seen = new Set(sources.map((source) => source.part));
    const existing = Object.keys(MAY_IMPORT).filter((part) => existsSync(path.join(ROOT, part)));
    expect([...seen].sort()).toEqual(existing.sort());
    for (const part of existing) {
      expect(
        of(part).flatMap(({ imports }) => imports).length,
        `imports seen in ${part}`,
      ).toBeGreaterThan(0);
    }
    expect(of('lib/http/route.ts')[0]?.imports).toContain('@/lib/auth/authenticate');
    expect(sources.flatMap(({ imports }) => imports).length).toBeGreaterThan(200);
  });

  it('resolves every import of ours to a file', () => {
    const unresolved = sources.flatMap(({ file, imports }) =>
      imports
        .filter((specifier) => isOurs(specifier) && !/\.(css|svg|json)$/.test(specifier))
        .filter((specifier) => !specifier.includes('platform/prisma/'))
        .filter((specifier) => !specifier.startsWith('./prisma/'))
        .filter((specifier) => resolveFile(file, specifier) === null)
        .map((specifier) => `${file}: ${specifier}`),
    );
    expect(unresolved).toEqual([]);
  });
});

describe('the house', () => {
  it('each part imports only what it may', () => {
    const broken = sources.flatMap(({ file, part, imports }) =>
      imports.filter(isOurs).flatMap((specifier) => {
        const target = partOf(resolve(file, specifier));
        const isAllowed = target === part || MAY_IMPORT[part]?.includes(target);
        return isAllowed ? [] : `${file} imports ${specifier}`;
      }),
    );
    expect(broken).toEqual([]);
  });

  it('a room imports none of its neighbours, but for those that are shared', () => {
    expect(neighbours('components', SHARED_COMPONENTS)).toEqual([]);
    expect(neighbours('lib/service', ['gate', 'mail', 'account'])).toEqual([]);
    const inner = [...neighbours('lib/service/gate', []), ...importsOfRoom('lib/service/gate')];
    expect(inner.filter((line) => /@\/lib\/service\/(?!gate\/)/.test(line))).toEqual([]);
  });

  it('no file is reached from itself, by types neither', () => {
    expect(circles()).toEqual([]);
  });

  it('lib/policy imports nothing of Node’s', () => {
    const builtins = new Set(builtinModules);
    const broken = of('lib/policy').flatMap(({ file, imports }) =>
      imports
        .filter((name) => name.startsWith('node:') || builtins.has(name))
        .map((name) => `${file} imports ${name}`),
    );
    expect(broken).toEqual([]);
  });

  it('lib/policy has no clock, no chance, no environment, and nothing to wait for', () => {
    expect(
      finds(
        of('lib/policy'),
        /\bDate\.now\b|\bnew Date\(\s*\)|\bDate\(\s*\)|\bperformance\b|\bMath\.random\b|\bcrypto\b|\bprocess\b|\bglobalThis\b|\bset(?:Timeout|Interval|Immediate)\b|\basync\b|\bawait\b|\bPromise\b|\bfetch\b/,
      ),
    ).toEqual([]);
  });

  it('only lib/platform/env.ts reads the environment, and bin/environment.ts that of the programs', () => {
    const readers = ['lib/platform/env.ts', 'bin/environment.ts'];
    const others = sources.filter(({ file }) => !readers.includes(file));
    // Next replaces this one at build time; it chooses nothing but what browsers may run.
    const allowed = (file: string, line: string) =>
      file === 'middleware.ts' && /process\.env\.NODE_ENV/.test(line);
    expect(
      finds(others, /\bprocess\s*(?:\?\.|\.|\[)\s*['"`]?env\b|\bimport\.meta\.env\b/, allowed),
    ).toEqual([]);
  });

  it('only lib/platform and lib/store know Prisma and pg', () => {
    const others = sources.filter(({ part }) => part !== 'lib/platform' && part !== 'lib/store');
    const broken = others.flatMap(({ file, imports }) =>
      imports
        .filter((name) => /^(@prisma\/|prisma$|pg$|pg\/|@\/lib\/platform\/prisma)/.test(name))
        .map((name) => `${file} imports ${name}`),
    );
    expect(broken).toEqual([]);
  });

  it('a ruleset is read as it is at its instant, planned changes among it: by lib/store/facts.ts', () => {
    const others = sources.filter(
      ({ part, file }) => part === 'lib/store' && file !== 'lib/store/facts.ts',
    );
    expect(finds(others, /\br\.(?:enabled|trust_days|modes)\b/)).toEqual([]);
  });

  it('only lib/http makes responses; services and routes return plain values', () => {
    const others = sources.filter(
      ({ part, file }) => part !== 'lib/http' && part !== 'lib/client' && file !== 'middleware.ts',
    );
    // SAML calls one of its elements so.
    const allowed = (file: string, line: string) =>
      file === 'lib/saml/structure.ts' && line.includes("NS.protocol, 'Response'");
    expect(finds(others, /\b(?:Next)?Response\b/, allowed)).toEqual([]);
  });

  it('O8: a page or layout that asks for something says so when it can’t be made now', () => {
    const asking = of('app').filter(
      ({ file, imports }) =>
        /\/(?:page|layout)\.tsx$/.test(file) &&
        imports.some((name) => /^@\/lib\/(?:service|http)\//.test(name)),
    );
    expect(asking.length).toBeGreaterThan(20);
    const broken = asking.filter(({ code }) => !code.includes('export default page('));
    expect(broken.map(({ file }) => file)).toEqual([]);
  });

  it('the API can leave Next: nothing that its routes reach imports next', () => {
    const routes = of('app/api/v1', 'app/api/health').map(({ file }) => file);
    expect(routes.length).toBeGreaterThan(20);
    const reached = reach(routes);
    expect([...reached]).toContain('lib/service/gate/gate.ts');
    expect(importersOfNext(sources.filter(({ file }) => reached.has(file)))).toEqual([]);
  });

  it('lib/policy, contract, store, service and platform don’t know Next', () => {
    const inner = ['policy', 'contract', 'store', 'service', 'platform'].map((f) => `lib/${f}`);
    expect(importersOfNext(of(...inner))).toEqual([]);
  });

  it('no sign-in links accounts by email alone', () => {
    const option = ['allowDangerous', 'EmailAccountLinking'].join('');
    expect(finds(sources, new RegExp(option))).toEqual([]);
  });
});

describe('package-lock.json', () => {
  const lock = JSON.parse(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8'));
  const entries = Object.entries<{ integrity?: string; inBundle?: true; resolved?: string }>(
    lock.packages,
  ).filter(([place]) => place !== '');

  it('F21: what is installed is what was chosen: every package has its hash', () => {
    expect(entries.length).toBeGreaterThan(300);
    // What is in another package's archive is covered by the hash of that.
    const without = entries.filter(
      ([, { integrity, inBundle }]) => !inBundle && !/^sha512-/.test(integrity ?? ''),
    );
    expect(without.map(([place]) => place)).toEqual([]);
  });

  it('names no registry: each machine asks its own', () => {
    expect(entries.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  });
});

/** The room that a file is in, below a folder: `components`, `components/ui/button.tsx` → `ui`. */
const roomOf = (folder: string, file: string) =>
  file.startsWith(`${folder}/`)
    ? (file.slice(folder.length + 1).match(/^([^/]+)\//)?.[1] ?? '')
    : null;

function neighbours(folder: string, shared: readonly string[]): string[] {
  return of(folder).flatMap(({ file, imports }) =>
    imports.filter(isOurs).flatMap((specifier) => {
      const target = roomOf(folder, resolve(file, specifier));
      const isAllowed = !target || target === roomOf(folder, file) || shared.includes(target);
      return isAllowed ? [] : `${file} imports ${specifier}`;
    }),
  );
}

const importsOfRoom = (room: string) =>
  of(room).flatMap(({ file, imports }) =>
    imports.filter(isOurs).map((specifier) => `${file} imports ${specifier}`),
  );

/** Files that import each other, round by round. */
function circles(): string[] {
  const targets = new Map(
    sources.map(({ file, imports }) => [
      file,
      imports.filter(isOurs).flatMap((specifier) => resolveFile(file, specifier) ?? []),
    ]),
  );
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) found.push([...path.slice(path.indexOf(file)), file].join(' → '));
    if (path.includes(file) || done.has(file)) return;
    for (const target of targets.get(file) ?? []) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of targets.keys()) visit(file, []);
  return found;
}

function importersOfNext(among: Source[]): string[] {
  return among.flatMap(({ file, imports }) =>
    imports
      .filter((name) => name === 'next' || name.startsWith('next/') || name === 'server-only')
      .map((name) => `${file} imports ${name}`),
  );
}

/** Lines of code, comments aside, that a pattern finds. */
function finds(
  among: Source[],
  pattern: RegExp,
  isAllowed: (file: string, line: string) => boolean = () => false,
): string[] {
  return among.flatMap(({ file, code }) =>
    code
      .split('\n')
      .filter((line) => pattern.test(line) && !isAllowed(file, line))
      .map((line) => `${file}: ${line.trim()}`),
  );
}

/** All our files that these import, and those that they import in turn. */
function reach(files: string[]): Set<string> {
  const reached = new Set<string>();
  const queue = [...files];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (reached.has(file)) continue;
    reached.add(file);
    const source = sources.find((candidate) => candidate.file === file);
    for (const specifier of source?.imports.filter(isOurs) ?? []) {
      const target = resolveFile(file, specifier);
      if (target) queue.push(target);
    }
  }
  return reached;
}

function readSources(): Source[] {
  return ['app', 'bin', 'components', 'lib', 'server.ts', 'middleware.ts']
    .flatMap(walk)
    .map((file) => {
      const code = withoutComments(readFileSync(path.join(ROOT, file), 'utf8'));
      return { file, part: partOf(file), code, imports: importsOf(code) };
    });
}

/** Source files below a path; tests and what Prisma generates aside. */
function walk(relative: string): string[] {
  const absolute = path.join(ROOT, relative);
  if (!existsSync(absolute) || relative === 'lib/platform/prisma') return [];
  if (statSync(absolute).isDirectory()) {
    return readdirSync(absolute).flatMap((name) => walk(`${relative}/${name}`));
  }
  return /\.tsx?$/.test(relative) && !/\.test\.tsx?$/.test(relative) ? [relative] : [];
}

function partOf(file: string): string {
  const [first = '', second = ''] = file.split('/');
  return first === 'lib' ? `lib/${second}` : first;
}

function isOurs(specifier: string): boolean {
  return specifier.startsWith('@/') || specifier.startsWith('.');
}

/** From the root of the repository, as it is written: without an extension. */
function resolve(from: string, specifier: string): string {
  return specifier.startsWith('@/')
    ? specifier.slice(2)
    : path.posix.join(path.posix.dirname(from), specifier);
}

function resolveFile(from: string, specifier: string): string | null {
  const target = resolve(from, specifier);
  const candidates = [target, `${target}.ts`, `${target}.tsx`, `${target}/index.ts`];
  const isFile = (file: string) =>
    statSync(path.join(ROOT, file), { throwIfNoEntry: false })?.isFile();
  return candidates.find(isFile) ?? null;
}

/** Code without its comments. What stands in quotes is kept: `'https://…'` is no comment. */
function withoutComments(code: string): string {
  return code.replace(
    /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*(?=\s*[;,.)\]])|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g,
    (token) => (token.startsWith('/*') || token.startsWith('//') ? ' ' : token),
  );
}

function importsOf(code: string): string[] {
  const pattern =
    /(?:^|[;\n}])\s*(?:import|export)\s+(?:type\s+)?[\w*{][^'"`;=]*?\bfrom\s*['"]([^'"]+)['"]|(?:^|[;\n}])\s*import\s*['"]([^'"]+)['"]|\b(?:import|require)\(\s*['"]([^'"]+)['"]\s*\)/g;
  return [...code.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}
