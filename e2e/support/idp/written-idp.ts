import { HOME, type TestUser } from '../harness';
import { type Provider, SsoBrowser, type SsoScene, type SsoTeam } from '../sso-scene';
import { base64 } from './saml-messages';
import { SamlScene, type Variation } from './saml-scene';

/** Posts a response as the page of a provider does. @returns where the browser is sent */
export async function postAcs(
  browser: SsoBrowser,
  provider: Provider,
  samlResponse: string,
  more: Record<string, string> = {},
): Promise<string> {
  const { acsUrl = '' } = provider.endpoints;
  const form = { SAMLResponse: samlResponse, ...more };
  const { headers, status, text } = await browser.load(acsUrl, form, 'https://idp.example.com');
  if (status !== 303) throw new Error(`not redirected: ${status} ${text}`);
  return new URL(headers.get('location') ?? '', browser.gatehouse.origin).href;
}

/** A provider whose responses a test writes, right but for what it says. */
export class WrittenIdp {
  private constructor(
    private readonly scene: SsoScene,
    readonly written: SamlScene,
    readonly team: SsoTeam,
    readonly provider: Provider,
    readonly member: TestUser,
  ) {}

  /** @param onTeam what is done before the team has the provider */
  static async create(
    scene: SsoScene,
    more: Record<string, unknown> = {},
    onTeam: (team: SsoTeam) => Promise<unknown> = async () => undefined,
  ): Promise<WrittenIdp> {
    const written = await SamlScene.create();
    const { idp } = written.settings;
    const team = await scene.addTeam();
    await onTeam(team);
    const { status, body, text } = await team.call('POST', '/sso-connections', {
      kind: 'saml',
      name: 'Written provider',
      idpEntityId: idp.entityId,
      ssoUrl: idp.ssoUrl,
      sloUrl: idp.sloUrl,
      certificates: idp.certificates,
      believesEmail: true,
      ...more,
    });
    if (status !== 201) throw new Error(text);
    const { entityId, acsUrl, sloUrl } = body.endpoints;
    Object.assign(written.settings, { entityId, acsUrl, sloUrl });
    await team.prove(body.id);
    const member = await team.addMember('valerie');
    await team.know(body.id, member.id, 'valerie');
    return new WrittenIdp(scene, written, team, body, member);
  }

  browser(from = HOME): SsoBrowser {
    return new SsoBrowser(this.scene.server, from);
  }

  /** A browser with a flow under way, and the id of its request. */
  async begin(purpose: 'log_in' | 'verify' | 'test' = 'log_in', browser = this.browser()) {
    await browser.begin(this.provider.id, { purpose });
    const { rows } = await this.scene.server.db.query(
      'SELECT request_id FROM sso_flows WHERE connection_id = $1 ORDER BY created_at DESC LIMIT 1',
      [this.provider.id],
    );
    return { browser, requestId: rows[0].request_id as string };
  }

  xml(requestId: string | null, { assertion, response, ...more }: Variation = {}): Promise<string> {
    const now = new Date();
    const around = { now, inResponseTo: requestId };
    const attributes = { email: [this.member.email] };
    return this.written.xml({
      ...more,
      assertion: { ...around, authnInstant: now, attributes, ...assertion },
      response: { ...around, ...response },
    });
  }

  async response(requestId: string | null, variation?: Variation): Promise<string> {
    return base64(await this.xml(requestId, variation));
  }

  /** A log-in whose response is what the test makes of the good one. @returns where it leads */
  async attempt(
    variation: Variation = {},
    change: (xml: string) => string = (xml) => xml,
  ): Promise<string> {
    const { browser, requestId } = await this.begin();
    const xml = change(await this.xml(requestId, variation));
    return postAcs(browser, this.provider, base64(xml));
  }

  /** Signed in, by the good response. */
  async signedIn() {
    const { browser, requestId } = await this.begin();
    const url = await postAcs(browser, this.provider, await this.response(requestId));
    const { token } = await browser.proveIfAsked(await browser.completeLogIn(url));
    if (token === null) throw new Error(`not signed in: ${url}`);
    return { browser, token };
  }
}
