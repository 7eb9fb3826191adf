import type { ZodType } from 'zod';
import { findActor, requireActor } from '@/lib/auth/authenticate';
import { parseCredential } from '@/lib/auth/credential';
import { GatehouseError } from '@/lib/contract/errors';
import { PAGE_USER_HEADER } from '@/lib/contract/page-user';
import { presentProblem } from '@/lib/contract/problem';
import { hashToken } from '@/lib/platform/token';
import type { Action } from '@/lib/policy/actions';
import type { Permission } from '@/lib/policy/roles';
import {
  type CredentialedActor,
  type Origin,
  requireTeam,
  type TeamOfActor,
} from '@/lib/service/actor';
import { type GatePass, passGate, requireFresh } from '@/lib/service/gate';
import { knownError, logFailure } from '@/lib/service/known-error';
import { inSessionTurn, requireBudget } from '@/lib/service/turns';
import { parseBody, parseQuery } from './body';
import { currentOrigin } from './request-context';
import { requireSameOrigin } from './same-origin';

type Params = Record<string, string>;

/** What a handler gets. */
type Context<Body, Query> = {
  body: Body;
  query: Query;
  params: Params;
  origin: Origin;
};
type SessionContext<Body, Query> = Context<Body, Query> & {
  actor: CredentialedActor;
  pass: GatePass;
};

type Common<Body, Query> = {
  /** Shape of the JSON body. Without it a body is not read. */
  body?: ZodType<Body>;
  /** Shape of the query string. Without it the query string is not read. */
  query?: ZodType<Query>;
  /** Status of a success with a body; default 200. Without a body it is 204. */
  status?: number;
};

/** A call that anybody may make. */
type OpenRoute<Body, Query> = Common<Body, Query> & {
  session: 'none';
  handle: (context: Context<Body, Query>) => Promise<unknown>;
};

/** A call that somebody may be signed in for, or nobody. Never gated: it does nothing that is. */
type OptionalRoute<Body, Query> = Common<Body, Query> & {
  session: 'optional';
  handle: (
    context: Context<Body, Query> & { actor: CredentialedActor | null; headers: Headers },
  ) => Promise<unknown>;
};

/** A call of a signed-in user. */
type SessionRoute<Body, Query> = Common<Body, Query> & {
  session: 'required';
  /** The gated action; default `api.read`. `never`: the call by which one gets through the gate. */
  gate?: Action | 'never';
  /** Needs a full authentication at most 15 minutes ago on this network. */
  fresh?: boolean;
  /** The path's `id` is a Team Computer that the user may connect to; else 404. */
  computer?: boolean;
  permission?: undefined;
  handle: (context: SessionContext<Body, Query>) => Promise<unknown>;
};

/** A call on the team that the path's `teamId` names. */
type TeamRoute<Body, Query> = Omit<SessionRoute<Body, Query>, 'handle' | 'permission'> & {
  /** What the actor's role in this team must allow. */
  permission: Permission;
  handle: (context: SessionContext<Body, Query> & { team: TeamOfActor }) => Promise<unknown>;
};

type AnyRoute<Body, Query> =
  | OpenRoute<Body, Query>
  | OptionalRoute<Body, Query>
  | TeamRoute<Body, Query>
  | SessionRoute<Body, Query>;

/** An answer that needs more than its body. */
export class Answer {
  constructor(
    readonly body: unknown,
    readonly headers: Record<string, string>,
  ) {}
}

type RouteHandler = (
  request: Request,
  context: { params: Promise<Params | undefined> },
) => Promise<Response>;

/**
 * Makes a route handler from a declaration. One order for all: same origin → session and facts in one
 * query → permission → gate → freshness → body → handler. The gate comes before the body, so that an
 * unverified caller learns nothing from validation. Errors become problem documents here alone.
 */
export function route<Body = undefined, Query = undefined>(
  config: TeamRoute<Body, Query>,
): RouteHandler;
export function route<Body = undefined, Query = undefined>(
  config: SessionRoute<Body, Query>,
): RouteHandler;
export function route<Body = undefined, Query = undefined>(
  config: OptionalRoute<Body, Query>,
): RouteHandler;
export function route<Body = undefined, Query = undefined>(
  config: OpenRoute<Body, Query>,
): RouteHandler;
export function route<Body, Query>(config: AnyRoute<Body, Query>): RouteHandler {
  return async (request, { params }) => {
    const origin = currentOrigin();
    try {
      return present(
        await answer(config, request, (await params) ?? {}, origin),
        config.status,
        origin,
      );
    } catch (error) {
      return presentError(error, request, origin);
    }
  };
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

async function answer<Body, Query>(
  config: AnyRoute<Body, Query>,
  request: Request,
  params: Params,
  origin: Origin,
): Promise<unknown> {
  requireCleanParams(params);
  if (config.session === 'none') {
    return config.handle({ ...(await parse(config, request)), params, origin });
  }
  if (config.session === 'optional') {
    if (!request.headers.has('authorization')) requireSameOrigin(request);
  } else if (request.headers.has('cookie') && !request.headers.has('authorization')) {
    requireSameOrigin(request);
  }
  return inTurn(request, origin, () => answerActor(config, request, params, origin));
}

/** The rest of a call with a credential: within the budget of its session, and when its turn comes. */
async function answerActor<Body, Query>(
  config: Exclude<AnyRoute<Body, Query>, OpenRoute<Body, Query>>,
  request: Request,
  params: Params,
  origin: Origin,
): Promise<unknown> {
  if (config.session === 'optional') {
    const { headers } = request;
    const actor = await findActor(headers, origin);
    if (actor) requirePageUser(request, actor);
    return config.handle({ ...(await parse(config, request)), params, origin, actor, headers });
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
  if (config.fresh) requireFresh(actor);
  const context = { ...(await parse(config, request)), params, origin, actor, pass };
  return 'permission' in config && team
    ? config.handle({ ...context, team })
    : (config as SessionRoute<Body, Query>).handle(context);
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

async function parse<Body, Query>(config: Common<Body, Query>, request: Request) {
  return {
    query: (config.query && parseQuery(request.url, config.query)) as Query,
    body: (config.body && (await parseBody(request, config.body))) as Body,
  };
}

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

/** The last step of every error, whatever threw it. */
export function presentError(error: unknown, request: Request, origin: Origin): Response {
  const known = knownError(error);
  logFailure(error, { requestId: origin.requestId, method: request.method });
  const { status, headers, body } = presentProblem(known, origin.requestId);
  return new Response(JSON.stringify(body), { status, headers });
}
