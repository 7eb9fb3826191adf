import { verify } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { checkIssuer, readNameId, SKEW_MS } from './assertion';
import { pemOf } from './certificates';
import { readInstant } from './instant';
import { orRefusal, refuse, refusedAs, type SamlRefusal } from './refusal';
import { nodeSaml, type SamlSettings } from './settings';
import { checkSignature, requireRightSignature, SIGNATURE_ALGORITHMS } from './signature';
import { checkSignaturePlaces, checkVersion, onlyThese } from './structure';
import {
  allElements,
  attributeOf,
  childrenNamed,
  decodeBase64,
  is,
  MAX_XML_BYTES,
  NS,
  parseXml,
  textOf,
  xmlText,
} from './xml';

/**
 * Single log-out, begun by the provider (SAML 2.0 profiles 4.4). The attacks: an unsigned request logs
 * anybody out (node-saml takes a redirect without a signature for a good one); a deflated megabyte becomes
 * a gigabyte; a query with two of a name, of which one is checked and the other read.
 */

/** How long a request without an end of its own counts. */
const DEFAULT_LIFE_MS = 5 * 60 * 1000;
const MAX_INDEXES = 50;
const MAX_RELAY_STATE = 1_000;

export type LogoutMessage =
  /** The query as it arrived, without its `?`: its signature covers the very bytes. */
  { binding: 'redirect'; query: string } | { binding: 'post'; samlRequest: string };

export type LogoutRequest = {
  /** What the response answers. */
  id: string;
  subject: string;
  nameIdFormat: string | null;
  /** Which of the subject's sessions end; none named: all of them. */
  sessionIndexes: string[];
  /** From then on it is refused in any case. */
  notOnOrAfter: Date;
};

/** @param now the database's */
export function parseLogoutRequest(
  settings: SamlSettings,
  message: LogoutMessage,
  now: Date,
): Promise<LogoutRequest | SamlRefusal> {
  return orRefusal(async () => {
    const text =
      message.binding === 'redirect'
        ? redirectText(settings, message.query)
        : xmlText(decodeBase64(message.samlRequest));
    const request = parseXml(text);
    checkRequest(request);
    const read = readRequest(request, settings, now);
    if (message.binding === 'post') await checkPostSignature(settings, request, text);
    return read;
  });
}

/**
 * Where to send the browser with the answer (HTTP-Redirect binding, signed).
 * @param isDone whether the sessions have ended; else the answer says that the subject is unknown
 * @param relayState the provider's own, sent back as it came; not one of more than 1,000 characters, or
 *   with an apostrophe, which browsers write differently after it is signed
 * @throws TypeError when the provider has no address for answers, or for an id of another form
 */
export async function createLogoutResponse(
  settings: SamlSettings,
  answer: { id: string; inResponseTo: string; isDone: boolean; relayState?: string },
): Promise<{ url: string }> {
  if (settings.idp.sloUrl === null) throw new TypeError('the provider takes no log-out response');
  const saml = nodeSaml(settings, { id: answer.id });
  const request = { ID: answer.inResponseTo } as Parameters<typeof saml.getLogoutResponseUrl>[0];
  const state = answer.relayState?.toWellFormed() ?? '';
  const relayState = state.length > MAX_RELAY_STATE || state.includes("'") ? '' : state;
  const url = await saml.getLogoutResponseUrlAsync(request, relayState, {}, answer.isDone);
  return { url: writtenAsSigned(url) };
}

/**
 * node-saml signs a query as `encodeURIComponent` writes it and sends it as forms do; who checks the
 * signature over what arrived, as he should, sees these characters differ.
 */
function writtenAsSigned(url: string): string {
  return url.replaceAll('+', '%20').replace(/%(?:21|28|29|7E)/g, decodeURIComponent);
}

function checkRequest(request: Element): void {
  if (!is(request, NS.protocol, 'LogoutRequest')) refuse('not_a_logout_request');
  checkVersion(request);
  onlyThese(
    request,
    [
      [NS.assertion, 'Issuer'],
      [NS.signature, 'Signature'],
      [NS.assertion, 'NameID'],
    ],
    [[NS.protocol, 'SessionIndex']],
  );
  checkSignaturePlaces(allElements(request), [request]);
}

function readRequest(request: Element, settings: SamlSettings, now: Date): LogoutRequest {
  checkIssuer(request, settings);
  if (attributeOf(request, 'Destination') !== settings.sloUrl) refuse('destination');
  const issued = readInstant(attributeOf(request, 'IssueInstant')).getTime();
  if (issued > now.getTime() + SKEW_MS) refuse('not_yet_valid');
  const said = attributeOf(request, 'NotOnOrAfter');
  const end = (said === null ? issued + DEFAULT_LIFE_MS : readInstant(said).getTime()) + SKEW_MS;
  if (end <= now.getTime()) refuse('expired');
  const indexes = childrenNamed(request, NS.protocol, 'SessionIndex').map(textOf);
  if (indexes.length > MAX_INDEXES) refuse('too_large');
  return {
    id: attributeOf(request, 'ID') ?? refuse('reference'),
    ...readNameId(request),
    sessionIndexes: indexes,
    notOnOrAfter: new Date(end),
  };
}

async function checkPostSignature(
  settings: SamlSettings,
  request: Element,
  text: string,
): Promise<void> {
  if (!checkSignature(request)) refuse('request_not_signed');
  requireRightSignature(request, settings.idp.certificates);
  const container = { SAMLRequest: Buffer.from(text).toString('base64') };
  await refusedAs('signature_invalid', () =>
    nodeSaml(settings).validatePostRequestAsync(container),
  );
}

/** The XML of a signed query (SAML 2.0 bindings 3.4.4.1). */
function redirectText(settings: SamlSettings, query: string): string {
  const values = signedQuery(query);
  const algorithm = SIGNATURE_ALGORITHMS.get(decoded(values.SigAlg));
  if (algorithm === undefined) return refuse('signature_algorithm');
  const signed = ['SAMLRequest', 'RelayState', 'SigAlg']
    .filter((name) => values[name] !== undefined)
    .map((name) => `${name}=${values[name]}`)
    .join('&');
  const signature = decodeBase64(decoded(values.Signature));
  const isSigned = settings.idp.certificates.some((certificate) =>
    verify(algorithm, Buffer.from(signed), pemOf(certificate), signature),
  );
  if (!isSigned) refuse('signature_invalid');
  return xmlText(inflate(decodeBase64(decoded(values.SAMLRequest))));
}

/** The values of a query as they were sent, each name of SAML's once. */
function signedQuery(query: string): Record<string, string | undefined> {
  if (query.length > MAX_XML_BYTES) refuse('too_large');
  const values: Record<string, string | undefined> = Object.create(null);
  for (const pair of query.split('&')) {
    const [, name = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(pair) ?? [];
    if (values[name] !== undefined) refuse('malformed');
    values[name] = value;
  }
  if (!values.SAMLRequest) refuse('not_a_logout_request');
  if (!values.SigAlg || !values.Signature) refuse('request_not_signed');
  return values;
}

function decoded(value = ''): string {
  try {
    return decodeURIComponent(value.replaceAll('+', '%20'));
  } catch {
    return refuse('malformed');
  }
}

function inflate(bytes: Buffer): Buffer {
  try {
    return inflateRawSync(bytes, { maxOutputLength: MAX_XML_BYTES });
  } catch (error) {
    const isLong = error instanceof RangeError;
    return refuse(isLong ? 'too_large' : 'malformed');
  }
}
