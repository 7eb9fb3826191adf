// Builds `server.ts` and all of ours that it needs into one file, so that a production start compiles
// nothing and holds no compiler. Packages stay where they are. Called by `setup.build` with the file to make.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { root } from './setup.mjs';

const outfile = path.join(root, process.argv[2]);

/** A module that asks where it stands is told where its source does, from the file that it is built into. */
const places = {
  name: 'places',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.ts$/ }, async ({ path: file }) => {
      const place = path.relative(path.dirname(outfile), path.dirname(file));
      const contents = await readFile(file, 'utf8');
      return {
        contents: contents.replaceAll(
          'import.meta.dirname',
          `(import.meta.dirname + ${JSON.stringify(`/${place}`)})`,
        ),
        loader: 'ts',
      };
    }),
};

await build({
  absWorkingDir: root,
  entryPoints: ['server.ts'],
  outfile,
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  logLevel: 'error',
  plugins: [places],
});
