import { z } from 'zod';
import { methodOf, pathOf } from './call-path';
import { codesOf } from './codes';
import { type Call, ENDPOINTS, type Endpoint } from './endpoints';
import { ERROR_CODES, type ErrorCode } from './errors';
import { ClientMessage, HostMessage, ServerMessage } from './messages';
import { CALLS } from './paths';
import type { OpenApi } from './resources';
import * as resources from './resources';
import * as bodies from './schemas';
import * as sso from './sso';

type Json = Record<string, unknown>;

const PLACE = '#/components/schemas/';

const named = (module: object) =>
  Object.entries(module).filter(
    (entry): entry is [string, z.ZodType] => entry[1] instanceof z.ZodType,
  );
const SHARED = [...named(resources), ...named(bodies), ...named(sso)];
const isSent = ([name]: [string, unknown]) => /(?:Body|Query)$/.test(name);

/** A name for each call: `GET /teams/{teamId}/members` → `get_teams_teamId_members`. */
const operationId = (call: Call) => call.toLowerCase().split(' ')[0] + wordsOf(call);
const wordsOf = (call: Call) =>
  call
    .slice(call.indexOf(' '))
    .replace(/[^\w]+/g, '_')
    .replace(/_$/, '');

/** The JSON Schemas of one direction, by name; what is named is referred to. */
function schemasOf(io: 'input' | 'output', schemas: readonly (readonly [string, z.ZodType])[]) {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of schemas) if (!registry.has(schema)) registry.add(schema, { id });
  const made = z.toJSONSchema(registry, { io, uri: (id) => PLACE + id }).schemas as Record<
    string,
    Json
  >;
  return {
    made: Object.fromEntries(
      Object.entries(made).map(([id, { $schema: _, $id: __, ...schema }]) => [id, schema]),
    ),
    refTo: (schema: z.ZodType) => ({ $ref: PLACE + registry.get(schema)?.id }),
  };
}

const rows = CALLS.map((call): [Call, Endpoint] => [call, ENDPOINTS[call]]);

/**
 * The API as an OpenAPI 3.1 document, printed from the table of calls. Schemas of the door’s own refusals (a
 * wrong method, too many headers) stand at no call: each may meet them.
 * @param version of the product
 */
export function openApi(version: string): OpenApi {
  const received = schemasOf('output', [
    ...SHARED.filter((entry) => !isSent(entry)),
    ['ServerMessage', ServerMessage] as const,
    ...rows.flatMap(([call, { answer }]) =>
      answer ? [[`${operationId(call)}_answer`, answer] as const] : [],
    ),
  ]);
  const sent = schemasOf('input', [
    ...SHARED.filter(isSent),
    ['ClientMessage', ClientMessage],
    ['HostMessage', HostMessage],
  ]);
  const paths: Record<string, Json> = {};
  for (const [call, endpoint] of rows) {
    const { session, permission, gate, fresh, body, query, status, answer, download } = endpoint;
    const success = answer
      ? { content: { 'application/json': { schema: received.refTo(answer) } } }
      : download
        ? { content: Object.fromEntries(download.map((type) => [type, {}])) }
        : {};
    paths[pathOf(call)] = {
      ...paths[pathOf(call)],
      [methodOf(call).toLowerCase()]: {
        operationId: operationId(call),
        ...(session === 'none' && { security: [] }),
        ...(session === 'required' && { 'x-gatehouse-gate': gate ?? 'api.read' }),
        ...(permission && { 'x-gatehouse-permission': permission }),
        ...(fresh && { 'x-gatehouse-fresh': true }),
        parameters: [...pathParameters(call), ...queryParameters(query)],
        ...(body && {
          requestBody: { content: { 'application/json': { schema: sent.refTo(body) } } },
        }),
        responses: {
          [status ?? (answer || download ? 200 : 204)]: { description: 'Done', ...success },
          ...problems(codesOf(endpoint, call)),
        },
      },
    };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Gatehouse', version },
    security: [{ bearer: [] }, { cookie: [] }],
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        cookie: { type: 'apiKey', in: 'cookie', name: '__Host-gatehouse.session' },
      },
      schemas: { Problem: PROBLEM, ...sent.made, ...received.made },
    },
  };
}

const pathParameters = (call: Call) =>
  [...call.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));

function queryParameters(query: z.ZodType | undefined) {
  if (!query) return [];
  const { properties = {} } = z.toJSONSchema(query, { io: 'input' });
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', schema }));
}

/** A refusal (RFC 9457), as far as all have it. */
const PROBLEM: Json = {
  type: 'object',
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { enum: Object.keys(ERROR_CODES) },
    requestId: { type: 'string' },
  },
  required: ['type', 'title', 'status', 'detail', 'code', 'requestId'],
};

/** The refusals of a call, by status. */
function problems(codes: readonly ErrorCode[]): Record<string, Json> {
  const byStatus: Record<string, Json> = {};
  for (const status of new Set(codes.map((code) => ERROR_CODES[code].status))) {
    byStatus[status] = {
      description: codes.filter((code) => ERROR_CODES[code].status === status).join(', '),
      content: { 'application/problem+json': { schema: { $ref: `${PLACE}Problem` } } },
    };
  }
  return byStatus;
}
