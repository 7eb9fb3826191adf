import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { takesCoding } from './accept-encoding';
import { pathOf } from './door';
import { isNamed } from './entity-tag';

/**
 * Scripts, styles and fonts of the build, whole in memory: what was built anew beside a running server is
 * not mixed with what its pages ask for, and no file that is gone fails a request. Their names change with
 * what they hold, so they are kept for good.
 */
export type StaticFiles = ReadonlyMap<string, StaticFile>;

type Coding = 'br' | 'gzip';
type Body = { bytes: Buffer; etag: string };
type StaticFile = { type: string; plain: Body; coded: readonly (Body & { coding: Coding })[] };

const ROOT = '/_next/static/';
const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};
/** As a build writes them beside the file (scripts/compress.mjs); the better one first. */
const CODINGS = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;

/** @param directory of the build's static files */
export async function loadStaticFiles(directory: string): Promise<StaticFiles> {
  const names = await readdir(directory, { recursive: true });
  const there = new Set(names);
  const read = async (name: string): Promise<Body> => {
    const bytes = await readFile(path.join(directory, name));
    return { bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url')}"` };
  };
  const load = async (name: string): Promise<[string, StaticFile][]> => {
    const type = TYPES[path.extname(name)];
    if (type === undefined) return [];
    const codings = CODINGS.filter(([, suffix]) => there.has(name + suffix));
    const [plain, ...coded] = await Promise.all([
      read(name),
      ...codings.map(async ([coding, suffix]) => ({ coding, ...(await read(name + suffix)) })),
    ]);
    return [[ROOT + name.split(path.sep).join('/'), { type, plain, coded }]];
  };
  return new Map((await Promise.all(names.map(load))).flat());
}

/** Answers a request for one of the files. @returns null: it is for none of them */
export function findStaticFile(
  files: StaticFiles,
  req: IncomingMessage,
): ((res: ServerResponse) => void) | null {
  const file = files.get(pathOf(req));
  if (!file || (req.method !== 'GET' && req.method !== 'HEAD')) return null;
  const accepted = req.headers['accept-encoding'];
  const coded = file.coded.find(({ coding }) => takesCoding(accepted, coding));
  const { bytes, etag } = coded ?? file.plain;
  return (res) => {
    const isKnown = isNamed(req.headers['if-none-match'], etag);
    res.writeHead(isKnown ? 304 : 200, {
      'Cache-Control': 'public, max-age=31536000, immutable',
      ETag: etag,
      ...(file.coded.length > 0 && { Vary: 'Accept-Encoding' }),
      ...(!isKnown && {
        'Content-Type': file.type,
        'Content-Length': bytes.length,
        ...(coded && { 'Content-Encoding': coded.coding }),
      }),
    });
    res.end(isKnown ? undefined : bytes);
  };
}
