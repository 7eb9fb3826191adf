// Builds the host program into one file, which the server hands out: it runs with Node and WebRTC's package
// beside it, from any directory. Called by `setup` with the file to make. What it holds is public.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { root } from './setup.mjs';

const { dependencies } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));

/** zod's messages in forty languages are half of the file, and no one is asked for. */
const english = {
  name: 'english',
  setup: ({ onLoad }) =>
    onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
    })),
};

await build({
  absWorkingDir: root,
  entryPoints: ['bin/host.mjs'],
  outfile: path.join(root, process.argv[2]),
  bundle: true,
  // `ws` goes without these two.
  external: ['@roamhq/wrtc', 'bufferutil', 'utf-8-validate'],
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  charset: 'utf8',
  logLevel: 'error',
  define: { WEBRTC_PACKAGE: JSON.stringify(`@roamhq/wrtc@${dependencies['@roamhq/wrtc']}`) },
  plugins: [english],
  banner: {
    js: [
      '// Gatehouse: brings this computer online for its team. `node host.mjs --help` says how.',
      "import { createRequire as requireFrom } from 'node:module';",
      'const require = requireFrom(import.meta.url);',
    ].join('\n'),
  },
});
