import { config } from 'zod';

/**
 * Pages forbid `eval`, and zod tries it once when the first schema is made: every such page would report
 * a breach of its policy. To be imported before whatever makes schemas in the browser.
 */
config({ jitless: true });
