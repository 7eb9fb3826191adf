import { log } from '@/lib/platform/log';
import { shared } from '@/lib/platform/shared';
import { onShutdown } from '@/lib/platform/shutdown';

const FLUSH_MS = 2000;

/** A bound on what is kept while the database is away. */
const MAX_KEPT = 10_000;

type Buffer<Row> = {
  gathered: Map<string, Row>;
  timer: NodeJS.Timeout | null;
  writing: Promise<void>;
};

/** Rows that are gathered in memory and written in batches: never on a request's path. */
export type Gatherer<Row> = {
  record(row: Row): void;
  /** Writes what was gathered. What can't be written is kept for the next time. */
  flush(): Promise<void>;
};

/**
 * Gathers rows, and writes them every two seconds and at the stop: lost for at most as long when the process
 * is killed.
 * @param of.name for the log
 * @param of.keyOf what makes two of them one row
 * @param of.merge an earlier and a later one of the same key
 * @param of.write gives back what could not be written because somebody is changing the same rows
 */
export function gatherer<Row>(of: {
  name: string;
  keyOf: (row: Row) => string;
  merge: (earlier: Row, later: Row) => Row;
  write: (batch: Row[]) => Promise<Row[]>;
}): Gatherer<Row> {
  const buffer = () =>
    shared<Buffer<Row>>(of.name, () => {
      onShutdown(of.name, flush);
      return { gathered: new Map(), timer: null, writing: Promise.resolve() };
    });

  function record(row: Row): void {
    const b = buffer();
    const key = of.keyOf(row);
    const before = b.gathered.get(key);
    b.gathered.set(key, before ? of.merge(before, row) : row);
    schedule(b);
  }

  function schedule(b: Buffer<Row>): void {
    b.timer ??= setTimeout(() => {
      flush().catch((err) => log().error({ err }, `${of.name} could not be written`));
    }, FLUSH_MS).unref();
  }

  function flush(): Promise<void> {
    const b = buffer();
    if (b.timer) clearTimeout(b.timer);
    b.timer = null;
    const batch = [...b.gathered.values()];
    b.gathered = new Map();
    if (batch.length === 0) return b.writing;
    b.writing = b.writing
      .catch(() => undefined)
      .then(() => writeOrSetAside(batch))
      .then(
        (busy) => {
          if (busy.length === 0) return;
          keep(b, busy);
          schedule(b);
        },
        (error) => {
          keep(b, batch);
          throw error;
        },
      );
    return b.writing;
  }

  function keep(b: Buffer<Row>, batch: Row[]): void {
    for (const row of batch) {
      const key = of.keyOf(row);
      const later = b.gathered.get(key);
      if (!later && b.gathered.size >= MAX_KEPT) continue;
      b.gathered.set(key, later ? of.merge(row, later) : row);
    }
  }

  /**
   * A row that PostgreSQL refuses is said, and set aside: kept with the others, it would keep them all from
   * being written, for good.
   */
  async function writeOrSetAside(batch: Row[]): Promise<Row[]> {
    try {
      return await of.write(batch);
    } catch (err) {
      if (!isOfData(err)) throw err;
      const [only, ...others] = batch;
      if (only && others.length === 0) {
        log().error(
          { err, key: of.keyOf(only) },
          `one of the ${of.name} can’t be written, and is left out`,
        );
        return [];
      }
      const half = batch.length >> 1;
      const first = await writeOrSetAside(batch.slice(0, half));
      return [...first, ...(await writeOrSetAside(batch.slice(half)))];
    }
  }

  return { record, flush };
}

/** Whether PostgreSQL refuses what is written (classes 22 and 23), and not that it is written now. */
const isOfData = (err: unknown) => /^2[23]/.test(String((err as { code?: unknown } | null)?.code));
