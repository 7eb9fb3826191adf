import { createHash } from 'node:crypto';
import { readSsoCookie, ssoSetCookie } from '@/lib/auth/cookie';
import { showSamlMetadata } from '@/lib/service/sso/providers';
import { logOutBySaml, receiveSamlResponse, showSamlRequestForm } from '@/lib/service/sso/saml';
import { route } from './call';
import { readForm, readFormMember } from './form';
import { currentOrigin } from './request-context';
import { orProblem } from './route';
import { completionPath, failurePath, seeOther } from './sso-completion';

/** What the provider's administrator reads to set us up; public. */
export const samlMetadata = route((asked, { id = '' }) =>
  orProblem(asked, async ({ requestId }) => ({
    status: 200,
    headers: {
      'Content-Type': 'application/samlmetadata+xml',
      'Cache-Control': 'no-store',
      'X-Request-Id': requestId,
    },
    body: await showSamlMetadata(id),
  })),
);

/**
 * Where a browser goes on its way to a provider that takes requests by POST alone: a form that sends itself.
 * Only the browser that began the flow is given its request.
 */
export const samlRequest = route(async (asked, { id = '' }) => {
  const origin = currentOrigin();
  try {
    const token = readSsoCookie(asked.headers);
    const { action, samlRequest } = await showSamlRequestForm(token, id);
    return {
      status: 200,
      headers: {
        'Content-Type': 'text/html; charset=utf-8',
        // What sends the form is all that may run, and nothing is loaded or framed.
        'Content-Security-Policy': `default-src 'none'; script-src '${SENDS_FORM_HASH}'; base-uri 'none'; frame-ancestors 'none'`,
        'Cache-Control': 'no-store',
        'Referrer-Policy': 'no-referrer',
        'X-Request-Id': origin.requestId,
      },
      body: selfSendingForm(action, samlRequest),
    };
  } catch (error) {
    return seeOther(failurePath(error, asked, origin), []);
  }
});

const SENDS_FORM = 'document.forms[0].submit()';
const SENDS_FORM_HASH = `sha256-${createHash('sha256').update(SENDS_FORM).digest('base64')}`;

function selfSendingForm(action: string, samlRequest: string): string {
  return [
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>To your identity provider</title>',
    `<form method="post" action="${escaped(action)}">`,
    `<input type="hidden" name="SAMLRequest" value="${escaped(samlRequest)}">`,
    '<noscript><button>Go on to your identity provider</button></noscript></form>',
    `<script>${SENDS_FORM}</script></html>`,
  ].join('');
}

const escaped = (text: string) =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/**
 * The assertion consumer service. A person's browser stands here, so a refusal is a page too. What the
 * provider sends along as `RelayState` is not read: where to go on stands in the flow.
 */
export const samlResponse = route(async (asked, { id = '' }) => {
  const origin = currentOrigin();
  try {
    const text = await readFormMember(asked, 'SAMLResponse');
    const received = await receiveSamlResponse(id, text, origin);
    const cookies = received.browserToken === null ? [] : [ssoSetCookie(received.browserToken)];
    return seeOther(completionPath(received), cookies);
  } catch (error) {
    return seeOther(failurePath(error, asked, origin), []);
  }
});

/** Single log-out, by redirect or by post. */
export const samlLogOut = route((asked, { id = '' }) =>
  orProblem(asked, async (origin) => {
    const isGet = asked.method === 'GET';
    const query = asked.search.slice(1);
    const members = isGet ? new URLSearchParams(query) : await readForm(asked);
    const url = await logOutBySaml(
      id,
      isGet
        ? { binding: 'redirect', query }
        : { binding: 'post', samlRequest: members.get('SAMLRequest') ?? '' },
      members.get('RelayState') ?? undefined,
      origin,
    );
    return seeOther(url ?? '/login', []);
  }),
);
