// What `scripts/build-host.mjs` makes one file of, for a computer that has nothing of ours but that.

import './node-version.mjs';
import { fileURLToPath } from 'node:url';
import { isSupervised, supervise } from './supervise.mjs';

if (isSupervised()) await import('./host/main.ts');
else supervise(fileURLToPath(import.meta.url));
