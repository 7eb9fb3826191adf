import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { serverFile } from '../support/harness';

/**
 * What a visitor has to fetch before a page is alive, in thousands of bytes compressed by gzip, over what the
 * framework brings to every page. Who goes past it fetches something later, or does without: `node:zlib` and
 * the build's own manifests count here, so that a growth is seen where it is made.
 */
const BUDGET = 80;
const BUDGETS: Readonly<Record<string, number>> = { '/(app)/teams/[teamId]/rules/page': 60 };
/** The faces that an English page is written in. */
const FONT_BUDGET = 60;

const dist = path.dirname(serverFile());
const read = (...parts: string[]) => readFileSync(path.join(dist, ...parts));
const inThousands = (bytes: number) => Math.round(bytes / 100) / 10;
const weigh = (files: Iterable<string>) =>
  inThousands([...files].reduce((sum, file) => sum + gzipSync(read(file), { level: 9 }).length, 0));

type Manifest = { entryJSFiles: Record<string, string[]> };

/** The scripts that each page names, by its route. */
function scriptsOfPages(): Map<string, string[]> {
  const places = readdirSync(path.join(dist, 'server/app'), { recursive: true, encoding: 'utf8' });
  const found = new Map<string, string[]>();
  for (const place of places) {
    if (!place.endsWith('page_client-reference-manifest.js')) continue;
    const context: { globalThis?: unknown; __RSC_MANIFEST?: Record<string, Manifest> } = {};
    context.globalThis = context;
    runInNewContext(read('server/app', place).toString(), context);
    for (const [route, { entryJSFiles }] of Object.entries(context.__RSC_MANIFEST ?? {})) {
      found.set(route, [...new Set(Object.values(entryJSFiles).flat())]);
    }
  }
  return found;
}

it('no page brings more scripts than its budget', () => {
  const { rootMainFiles } = JSON.parse(read('build-manifest.json').toString());
  const framework = new Set<string>(rootMainFiles);
  const rows = [...scriptsOfPages()].map(([route, files]) => {
    const own = files.filter((file) => !framework.has(file));
    const budget = BUDGETS[route] ?? BUDGET;
    return { route, files: own.length, kB: weigh(own), budget };
  });
  rows.sort((a, b) => b.kB - a.kB);
  const lines = rows.map(
    ({ route, files, kB, budget }) => `${route.padEnd(45)} ${files} files ${kB} kB of ${budget}`,
  );
  console.log([`framework ${weigh(framework)} kB`, ...lines].join('\n'));

  // A build that is written otherwise must not pass unseen.
  expect(rows.length).toBeGreaterThan(20);
  for (const route of Object.keys(BUDGETS)) {
    expect(rows.find((row) => row.route === route)?.kB).toBeGreaterThan(10);
  }
  expect(rows.filter(({ kB, budget }) => kB > budget)).toEqual([]);
});

it('the faces of an English page are within theirs, and those of other scripts are apart', () => {
  const media = readdirSync(path.join(dist, 'static/media')).filter((name) =>
    name.endsWith('.woff2'),
  );
  const bytes = (name: string) => read('static/media', name).length;
  const isPreloaded = (name: string) => /\.p\.[^.]+\.woff2$/.test(name);
  expect(media.filter(isPreloaded)).toHaveLength(1);
  const latinMono = media.filter((name) => name.startsWith('geist-mono-latin-wght'));
  const english = [...media.filter(isPreloaded), ...latinMono];
  expect(english).toHaveLength(2);
  expect(inThousands(english.reduce((sum, name) => sum + bytes(name), 0))).toBeLessThan(
    FONT_BUDGET,
  );
  expect(media.some((name) => name.startsWith('geist-cyrillic-wght'))).toBe(true);
});

it('what is worth it is compressed by the build, and smaller by brotli than by gzip', () => {
  const scripts = [...scriptsOfPages().values()].flat();
  for (const script of new Set(scripts)) {
    if (read(script).length < 1_024) continue;
    expect(read(`${script}.br`).length, script).toBeLessThan(read(`${script}.gz`).length);
  }
  expect(existsSync(path.join(dist, `${scripts[0]}.map`))).toBe(false);
});
