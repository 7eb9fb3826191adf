import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { openApi } from './openapi';
import { CALLS } from './paths';

describe('the OpenAPI document', () => {
  const document = openApi('1.2.3');
  type Operation = { operationId: string; responses: object };
  const operations = Object.values(document.paths as Record<string, Record<string, Operation>>)
    .flatMap((path) => Object.values(path))
    .map(({ operationId }) => operationId);

  it('is one of version 3.1', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(document));
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
  });

  it('the validator sees what is wrong', async () => {
    const { valid } = await new Validator().validate({ ...document, paths: { here: {} } });
    expect(valid).toBe(false);
  });

  it('has every call once, each under a name of its own', () => {
    expect(operations).toHaveLength(CALLS.length);
    expect(new Set(operations).size).toBe(CALLS.length);
  });

  it('refers to nothing that is not there', () => {
    const { schemas } = document.components as { schemas: object };
    const referred = JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]+)"/g);
    const names = [...referred].map(([, name]) => name);
    expect(names.length).toBeGreaterThan(100);
    expect(names.filter((name) => !Object.hasOwn(schemas, name ?? ''))).toEqual([]);
  });
});
