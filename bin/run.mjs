// From a command's name to its TypeScript: in any directory, with whatever Node there is.

import './node-version.mjs';

/** Runs a program of this folder. @param {string} program its main module, such as `./host/main.ts` */
export async function run(program) {
  const { fileURLToPath } = await import('node:url');
  let tsx;
  try {
    tsx = await import('tsx/esm/api');
  } catch {
    console.error('What this program needs is not installed yet. Run `npm ci` in its folder once.');
    process.exit(1);
  }
  tsx.register({ tsconfig: fileURLToPath(new URL('../tsconfig.json', import.meta.url)) });
  await import(new URL(program, import.meta.url).href);
}
