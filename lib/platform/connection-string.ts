import { shared } from './shared';

const holder = () => shared<{ value: string | null }>('connection-string', () => ({ value: null }));

/** Called once at start, with DATABASE_URL or the embedded server's address. */
export function setConnectionString(value: string): void {
  holder().value = value;
}

/** @throws when the database was not prepared: a copy of the code that runs without `server.ts`. */
export function connectionString(): string {
  const { value } = holder();
  if (value === null) throw new Error('No database: start the product with server.ts');
  return value;
}
