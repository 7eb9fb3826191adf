import { findActor, requireActor } from '@/lib/auth/authenticate';
import { parseCredential } from '@/lib/auth/credential';
import {
  type AnswerOf,
  type Call,
  ENDPOINTS,
  type Endpoint,
  type ParamsOf,
  type ReadBodyOf,
  type ReadQueryOf,
} from '@/lib/contract/endpoints';
import { GatehouseError } from '@/lib/contract/errors';
import { PAGE_USER_HEADER } from '@/lib/contract/page-user';
import { presentProblem } from '@/lib/contract/problem';
import { hashToken } from '@/lib/platform/token';
import type { Permission } from '@/lib/policy/roles';
import {
  type CredentialedActor,
  type Origin,
  requireTeam,
  type TeamOfActor,
} from '@/lib/service/gate/actor';
import { type GatePass, passGate, requireFresh } from '@/lib/service/gate/gate';
import { inSessionTurn, requireBudget } from '@/lib/service/gate/turns';
import { knownError, logFailure } from '@/lib/service/known-error';
import { parseBody, parseQuery } from './body';
import { currentOrigin } from './request-context';
import { requireSameOrigin } from './same-origin';

type Params = Record<string, string>;

type Of<C extends Call> = (typeof ENDPOINTS)[C];

/** What a handler gets. */
type Context<C extends Call> = {
  params: ParamsOf<C>;
  body: ReadBodyOf<C>;
  query: ReadQueryOf<C>;
  origin: Origin;
} & (Of<C> extends { session: 'required' }
  ? { actor: CredentialedActor; pass: GatePass }
  : Of<C> extends { session: 'optional' }
    ? { actor: CredentialedActor | null; headers: Headers }
    : unknown) &
  (Of<C> extends { permission: Permission } ? { team: TeamOfActor } : unknown);

/** An answer that needs more than its body. */
export class Answer<Body> {
  constructor(
    readonly body: Body,
    readonly headers: Record<string, string>,
  ) {}
}

/** What it gives: the answer of its call, with further headers where it needs them. */
type Handled<C extends Call> =
  | (AnswerOf<C> extends undefined ? Promise<void> : never)
  | Promise<AnswerOf<C> | Answer<AnswerOf<C>>>;

type Config = Endpoint & { handle: (context: never) => Promise<unknown> };

type RouteHandler = (
  request: Request,
  context: { params: Promise<Params | undefined> },
) => Promise<Response>;

/**
 * Serves one call of the table: what may refuse it stands there, what it does here. One order for all: same
 * origin → session and facts in one query → permission → gate → freshness → body → handler. The gate comes
 * before the body, so that an unverified caller learns nothing from validation. Errors become problem
 * documents here alone.
 */
export function serve<C extends Call>(
  call: C,
  handle: (context: Context<C>) => Handled<C>,
): RouteHandler {
  const config: Config = { ...ENDPOINTS[call], handle };
  return (request, { params }) =>
    orProblem(request, async (origin) =>
      present(await answer(config, request, (await params) ?? {}, origin), config.status, origin),
    );
}

/** Before anything is looked up: who asks too much takes nothing from others. @throws too_many_requests */
async function inTurn(
  request: Request,
  { client }: Origin,
  work: () => Promise<unknown>,
): Promise<unknown> {
  const credential = parseCredential(request.headers);
  if (!credential) return work();
  const tokenHash = hashToken(credential.token);
  requireBudget(isRead(request) ? 'read' : 'write', tokenHash, client);
  return inSessionTurn(tokenHash, client, work);
}

const isRead = ({ method }: Request) => method === 'GET' || method === 'HEAD';

async function answer(
  config: Config,
  request: Request,
  params: Params,
  origin: Origin,
): Promise<unknown> {
  requireCleanParams(params);
  if (config.session === 'none') {
    return handled(config, { ...(await parse(config, request)), params, origin });
  }
  if (config.session === 'optional') {
    if (!request.headers.has('authorization')) requireSameOrigin(request);
  } else if (request.headers.has('cookie') && !request.headers.has('authorization')) {
    requireSameOrigin(request);
  }
  return inTurn(request, origin, () => answerActor(config, request, params, origin));
}

/** The rest of a call with a credential: within the budget of its session, and when its turn comes. */
async function answerActor(
  config: Config,
  request: Request,
  params: Params,
  origin: Origin,
): Promise<unknown> {
  if (config.session === 'optional') {
    const { headers } = request;
    const actor = await findActor(headers, origin);
    if (actor) requirePageUser(request, actor);
    return handled(config, {
      ...(await parse(config, request)),
      params,
      origin,
      actor,
      headers,
    });
  }
  const computerId = config.computer ? (params.id ?? '') : null;
  const actor = await requireActor(request.headers, origin, computerId);
  requirePageUser(request, actor);
  const team = config.permission
    ? requireTeam(actor, params.teamId ?? '', config.permission)
    : null;
  if (computerId !== null && !actor.computer) {
    throw new GatehouseError(
      'not_found',
      'There is no such computer, or you may not connect to it.',
    );
  }
  const membership =
    config.permission && team ? { teamId: team.id, permission: config.permission } : null;
  const pass = await passGate(actor, config.gate ?? 'api.read', membership);
  if (config.fresh) await requireFresh(actor);
  return handled(config, { ...(await parse(config, request)), params, origin, actor, pass, team });
}

/** A page acts for whom it was made for, or not at all. @throws other_user */
function requirePageUser({ headers }: Request, { user }: CredentialedActor): void {
  const meant = headers.get(PAGE_USER_HEADER);
  if (meant === null || meant === user.id) return;
  throw new GatehouseError(
    'other_user',
    'Somebody else has signed in to this browser since this page was opened. Load it anew.',
  );
}

async function parse({ query, body }: Config, request: Request) {
  return {
    query: query && parseQuery(request.url, query),
    body: body && (await parseBody(request, body)),
  };
}

/** The one place where the context of a call, put together member by member, becomes the call's own. */
const handled = ({ handle }: Config, context: object) => handle(context as never);

/** Ids are our own text; a NUL or a lone surrogate would only reach the database to fail there. */
function requireCleanParams(params: Params): void {
  for (const value of Object.values(params)) {
    if (value.length > 200 || !/^[\x21-\x7e]+$/.test(value)) {
      throw new GatehouseError('not_found', 'There is no such thing.');
    }
  }
}

function present(result: unknown, status: number | undefined, origin: Origin): Response {
  const { body, headers } = result instanceof Answer ? result : { body: result, headers: {} };
  const all = {
    'Cache-Control': 'no-store',
    Vary: 'Cookie, Authorization',
    'X-Request-Id': origin.requestId,
    ...headers,
  };
  if (body === undefined) return new Response(null, { status: 204, headers: all });
  return Response.json(body, { status: status ?? 200, headers: all });
}

/** Serves a request, or says what was wrong with it, whatever threw that. */
export async function orProblem(
  request: Request,
  work: (origin: Origin) => Promise<Response>,
): Promise<Response> {
  const origin = currentOrigin();
  try {
    return await work(origin);
  } catch (error) {
    return presentError(error, request, origin);
  }
}

function presentError(error: unknown, request: Request, origin: Origin): Response {
  const known = knownError(error);
  logFailure(error, { requestId: origin.requestId, method: request.method });
  const { status, headers, body } = presentProblem(known, origin.requestId);
  return new Response(JSON.stringify(body), { status, headers });
}
