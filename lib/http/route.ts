import { findActor, requireActor } from '@/lib/auth/authenticate';
import { type Credential, parseCredential, type ReadHeaders } from '@/lib/auth/credential';
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
import { type Answered, type Asked, type Params, type Route, route } from './call';
import { currentOrigin } from './request-context';
import { requireOwnPage, requireSameOrigin } from './same-origin';

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
    ? { actor: CredentialedActor | null; headers: ReadHeaders }
    : unknown) &
  (Of<C> extends { permission: Permission } ? { team: TeamOfActor } : unknown);

/** An answer that needs more than its body. */
export class Answer<Body> {
  constructor(
    readonly body: Body,
    readonly headers: Record<string, string>,
  ) {}
}

/** An answer that is a file, written while it is sent. */
export class Download {
  constructor(
    readonly file: { type: string; name: string; parts: AsyncGenerator<string, void, void> },
  ) {}
}

/** What it gives: the answer of its call, with further headers where it needs them. */
type Handled<C extends Call> =
  Of<C> extends { download: readonly string[] }
    ? Promise<Download>
    :
        | (AnswerOf<C> extends undefined ? Promise<void> : never)
        | Promise<AnswerOf<C> | Answer<AnswerOf<C>>>;

type Config = Endpoint & { handle: (context: never) => Promise<unknown> };

/**
 * Serves one call of the table: what may refuse it stands there, what it does here. One order for all: same
 * origin → session and facts in one query → permission → gate → freshness → body → handler. The gate comes
 * before the body, so that an unverified caller learns nothing from validation. Errors become problem
 * documents here alone.
 */
export function serve<C extends Call>(call: C, handle: (context: Context<C>) => Handled<C>): Route {
  const config: Config = { ...ENDPOINTS[call], handle };
  return route((asked, params) =>
    orProblem(asked, async (origin) =>
      present(await answer(config, asked, params, origin), config.status, origin),
    ),
  );
}

/** Before anything is looked up: who asks too much takes nothing from others. @throws too_many_requests */
async function inTurn(
  asked: Asked,
  { client }: Origin,
  work: (credential: Credential | null) => Promise<unknown>,
): Promise<unknown> {
  const credential = parseCredential(asked.headers);
  if (!credential) return work(null);
  const { tokenHash } = credential;
  requireBudget(isRead(asked) ? 'read' : 'write', tokenHash, client);
  return inSessionTurn(tokenHash, client, () => work(credential));
}

const isRead = ({ method }: Asked) => method === 'GET' || method === 'HEAD';

async function answer(
  config: Config,
  asked: Asked,
  params: Params,
  origin: Origin,
): Promise<unknown> {
  requireCleanParams(params);
  if (config.session === 'none') {
    return handled(config, { ...(await parse(config, asked)), params, origin });
  }
  if (config.session === 'optional') {
    // A browser says from where it asks, or brings cookies; a program that does neither has nothing to lose.
    const isBrowsers = ['cookie', 'origin', 'sec-fetch-site'].some((name) =>
      asked.headers.has(name),
    );
    if (isBrowsers && !asked.headers.has('authorization')) requireSameOrigin(asked);
  } else if (asked.headers.has('cookie') && !asked.headers.has('authorization')) {
    requireSameOrigin(asked);
    if (config.download) requireOwnPage(asked);
  }
  return inTurn(asked, origin, (credential) =>
    answerActor(config, asked, params, origin, credential),
  );
}

/** The rest of a call with a credential: within the budget of its session, and when its turn comes. */
async function answerActor(
  config: Config,
  asked: Asked,
  params: Params,
  origin: Origin,
  credential: Credential | null,
): Promise<unknown> {
  if (config.session === 'optional') {
    const { headers } = asked;
    const actor = await findActor(credential, origin);
    if (actor) requirePageUser(asked, actor);
    return handled(config, {
      ...(await parse(config, asked)),
      params,
      origin,
      actor,
      headers,
    });
  }
  const computerId = config.computer ? (params.id ?? '') : null;
  const actor = await requireActor(credential, origin, computerId);
  requirePageUser(asked, actor);
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
  return handled(config, { ...(await parse(config, asked)), params, origin, actor, pass, team });
}

/** A page acts for whom it was made for, or not at all. @throws other_user */
function requirePageUser({ headers }: Asked, { user }: CredentialedActor): void {
  const meant = headers.get(PAGE_USER_HEADER);
  if (meant === null || meant === user.id) return;
  throw new GatehouseError(
    'other_user',
    'Somebody else has signed in to this browser since this page was opened. Load it anew.',
  );
}

async function parse({ query, body }: Config, asked: Asked) {
  return {
    query: query && parseQuery(asked.search, query),
    body: body && (await parseBody(asked, body)),
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

function present(result: unknown, status: number | undefined, origin: Origin): Answered {
  const { body, headers } = result instanceof Answer ? result : { body: result, headers: {} };
  const all = {
    'Cache-Control': 'no-store',
    Vary: 'Cookie, Authorization',
    'X-Request-Id': origin.requestId,
    ...headers,
  };
  if (body instanceof Download) {
    const { type, name, parts } = body.file;
    const disposition = `attachment; filename="${name}"`;
    return {
      status: 200,
      headers: { ...all, 'Content-Type': type, 'Content-Disposition': disposition },
      body: parts,
    };
  }
  if (body === undefined) return { status: 204, headers: all, body: null };
  return {
    status: status ?? 200,
    headers: { 'Content-Type': 'application/json', ...all },
    body: JSON.stringify(body),
  };
}

/** Serves a request, or says what was wrong with it, whatever threw that. */
export async function orProblem(
  asked: Pick<Asked, 'method'>,
  work: (origin: Origin) => Promise<Answered>,
): Promise<Answered> {
  const origin = currentOrigin();
  try {
    return await work(origin);
  } catch (error) {
    return presentError(error, asked, origin);
  }
}

/** The problem document of whatever was thrown; a fault of ours is logged. */
export function presentError(
  error: unknown,
  { method }: Pick<Asked, 'method'>,
  { requestId }: Origin,
): Answered {
  const known = knownError(error);
  logFailure(error, { requestId, method });
  const { body, ...head } = presentProblem(known, requestId);
  return { ...head, body: JSON.stringify(body) };
}
