// Writes beside each script, style and picture of a build what it is compressed, by brotli and by gzip, so
// that a server has nothing to compress. Called by `setup.build` with the directory of the static files.

import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

/** Less is not worth it: an answer goes out in one packet anyway. */
const FROM_BYTES = 1_024;

const WAYS = [
  ['.br', promisify(brotliCompress), { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }],
  ['.gz', promisify(gzip), { level: 9 }],
];

const [directory] = process.argv.slice(2);
const names = await readdir(directory, { recursive: true });
await Promise.all(
  names
    .filter((name) => /\.(?:js|css|svg)$/.test(name))
    .map(async (name) => {
      const file = path.join(directory, name);
      const bytes = await readFile(file);
      if (bytes.length < FROM_BYTES) return;
      for (const [suffix, compress, options] of WAYS) {
        await writeFile(file + suffix, await compress(bytes, options));
      }
    }),
);
