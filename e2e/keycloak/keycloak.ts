import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { copyFile, mkdir, readFile, symlink } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../support/test-server';

const REALM = 'gatehouse';
const REALM_FILE = path.join(import.meta.dirname, 'realm.json');
/** Its first start compiles its configuration; on a busy machine that alone takes a minute. */
const START_MS = 5 * 60_000;

/** As `realm.json` says. */
export const OIDC_CLIENT = {
  clientId: 'gatehouse',
  clientSecret: 'a client secret of the interoperability run',
};

type Client = { id?: string; attributes?: Record<string, string> } & Record<string, unknown>;

/** A Keycloak distribution, started with the realm of `realm.json`, and what its administrator does there. */
export class Keycloak {
  private readonly password = randomBytes(16).toString('hex');
  private child: ChildProcess | null = null;

  private constructor(
    private readonly home: string,
    private readonly port: number,
    /** Where it writes what it logs. */
    readonly logFile: string,
  ) {}

  /**
   * Starts it and waits until it serves the realm.
   * @param home of the distribution; nothing but its compiled configuration is written there
   * @param directory for its data and its log
   * @throws when it ends before it is ready, or takes over five minutes
   */
  static async start(home: string, directory: string): Promise<Keycloak> {
    const logFile = path.join(directory, 'keycloak.log');
    const keycloak = new Keycloak(home, await freePort(), logFile);
    const place = path.join(directory, 'keycloak');
    await mkdir(path.join(place, 'data', 'import'), { recursive: true });
    await copyFile(REALM_FILE, path.join(place, 'data', 'import', 'realm.json'));
    for (const part of ['conf', 'lib', 'providers', 'themes']) {
      await symlink(path.join(home, part), path.join(place, part));
    }
    await keycloak.launch(place).catch(async (error: unknown) => {
      await keycloak.stop();
      throw error;
    });
    return keycloak;
  }

  /** As it names itself. */
  async version(): Promise<string> {
    return (await readFile(path.join(this.home, 'version.txt'), 'utf8')).trim();
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get issuer(): string {
    return `${this.origin}/realms/${REALM}`;
  }

  get metadataUrl(): string {
    return `${this.issuer}/protocol/saml/descriptor`;
  }

  /** Where a person signs out of everything that they signed in to through it. */
  get logOutUrl(): string {
    return `${this.issuer}/protocol/openid-connect/logout`;
  }

  async stop(): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  }

  /** Tells the OpenID Connect client what Gatehouse says that the provider must be told. */
  async setUpOidc(told: { redirectUrl: string; backChannelLogOutUrl: string }): Promise<void> {
    const client = await this.findClient(OIDC_CLIENT.clientId);
    await this.admin('PUT', `/clients/${client.id}`, {
      ...client,
      redirectUris: [told.redirectUrl],
      attributes: {
        ...client.attributes,
        'backchannel.logout.url': told.backChannelLogOutUrl,
        'backchannel.logout.session.required': 'true',
      },
    });
  }

  /**
   * Imports a SAML client from its metadata, as its console does, and lets it have the email address,
   * which Keycloak sends to no SAML client by itself.
   * @returns what it has taken from the metadata
   */
  async importSaml(metadata: string): Promise<Record<string, string>> {
    const client: Client = await this.admin('POST', '/client-description-converter', metadata);
    await this.admin('POST', '/clients', {
      ...client,
      protocolMappers: [EMAIL_MAPPER],
    });
    return client.attributes ?? {};
  }

  /** Whether a client hears of a log-out through the browser of whom it concerns, or from Keycloak itself. */
  async setFrontChannelLogOut(clientId: string, frontchannelLogout: boolean): Promise<void> {
    const client = await this.findClient(clientId);
    await this.admin('PUT', `/clients/${client.id}`, { ...client, frontchannelLogout });
  }

  /** Changes attributes of a client. */
  async changeClient(clientId: string, attributes: Record<string, string>): Promise<void> {
    const client = await this.findClient(clientId);
    const changed = { ...client, attributes: { ...client.attributes, ...attributes } };
    await this.admin('PUT', `/clients/${client.id}`, changed);
  }

  /** Ends all sessions of a user, as an administrator. */
  async logOut(username: string): Promise<void> {
    const users: { id: string }[] = await this.admin(
      'GET',
      `/users?exact=true&username=${username}`,
    );
    await this.admin('POST', `/users/${users[0]?.id}/logout`, {});
  }

  private async findClient(clientId: string): Promise<Client> {
    const query = new URLSearchParams({ clientId });
    const [client]: Client[] = await this.admin('GET', `/clients?${query}`);
    if (!client) throw new Error(`Keycloak has no client ${clientId}`);
    return client;
  }

  /** A call of its administration, with a JSON body, or XML as it is. */
  // biome-ignore lint/suspicious/noExplicitAny: an answer of any call
  private async admin(method: string, target: string, body?: unknown): Promise<any> {
    const isXml = typeof body === 'string';
    const response = await fetch(`${this.origin}/admin/realms/${REALM}${target}`, {
      method,
      headers: {
        // Good for a minute only, so each call asks for its own.
        authorization: `Bearer ${await this.token()}`,
        'content-type': isXml ? 'application/xml' : 'application/json',
      },
      ...(body !== undefined && { body: isXml ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`Keycloak: ${method} ${target}: ${response.status} ${text}`);
    return text ? JSON.parse(text) : undefined;
  }

  private async token(): Promise<string> {
    const response = await fetch(`${this.origin}/realms/master/protocol/openid-connect/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'password',
        client_id: 'admin-cli',
        username: 'admin',
        password: this.password,
      }),
    });
    if (!response.ok) throw new Error(`Keycloak: no token: ${await response.text()}`);
    return (await response.json()).access_token;
  }

  private async launch(place: string): Promise<void> {
    const args = [
      // What it keeps, and what it imports, stand below here.
      `-Dkc.home.dir=${place}`,
      'start-dev',
      '--import-realm',
      '--http-host=127.0.0.1',
      `--http-port=${this.port}`,
    ];
    const child = spawn(path.join(this.home, 'bin', 'kc.sh'), args, {
      env: {
        ...process.env,
        KC_BOOTSTRAP_ADMIN_USERNAME: 'admin',
        KC_BOOTSTRAP_ADMIN_PASSWORD: this.password,
        JAVA_OPTS_APPEND: process.env.JAVA_OPTS_APPEND ?? '-Xmx512m',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    const log = createWriteStream(this.logFile);
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    let ended: string | null = null;
    child.once('error', (error) => {
      ended = error.message;
    });
    child.once('exit', (code, signal) => {
      ended ??= `it ended with ${code ?? signal}`;
    });
    const end = Date.now() + START_MS;
    while (!(await this.isReady())) {
      const fault = ended ?? (Date.now() > end ? 'it was not ready after five minutes' : null);
      if (fault) throw new Error(`Keycloak did not start: ${fault}.\n${await this.tail()}`);
      await delay(500);
    }
  }

  private async isReady(): Promise<boolean> {
    try {
      return (await fetch(this.issuer)).ok;
    } catch {
      // Nothing listens there yet.
      return false;
    }
  }

  private async tail(): Promise<string> {
    return (await readFile(this.logFile, 'utf8')).split('\n').slice(-30).join('\n');
  }
}

const EMAIL_MAPPER = {
  name: 'email',
  protocol: 'saml',
  protocolMapper: 'saml-user-property-mapper',
  config: {
    'user.attribute': 'email',
    'friendly.name': 'email',
    'attribute.name': 'urn:oid:1.2.840.113549.1.9.1',
    'attribute.nameformat': 'URI Reference',
  },
};
