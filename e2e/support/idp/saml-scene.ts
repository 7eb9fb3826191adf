import { createKeyPair } from '@/lib/saml/certificates';
import type { SamlSettings } from '@/lib/saml/settings';
import { newKeys } from './saml-idp';
import {
  type AssertionValues,
  assertionXml,
  base64,
  type Keys,
  newId,
  PERSISTENT,
  type ResponseValues,
  responseXml,
  type SigningOptions,
  SUCCESS,
  sign,
} from './saml-messages';

/** A provider that knows us, and its responses, right but for what a test says. */

export const NOW = new Date('2026-11-22T12:00:00.000Z');
export const REQUEST_ID = '_0123456789abcdef0123456789abcdef01234567';

export type Variation = {
  assertion?: Partial<AssertionValues>;
  response?: Partial<ResponseValues>;
  /** Which parts are signed. Default: the assertion. */
  signs?: ('assertion' | 'response')[];
  signing?: SigningOptions & { privateKey?: string };
  /** Changes the assertion before it is signed, after that, and the response before and after. */
  unsignedAssertion?: (xml: string) => string;
  signedAssertion?: (xml: string) => string | Promise<string>;
  unsignedResponse?: (xml: string) => string;
};

export class SamlScene {
  private constructor(
    readonly idp: Keys,
    readonly settings: SamlSettings,
  ) {}

  static async create(): Promise<SamlScene> {
    const idp = await newKeys();
    const own = await createKeyPair('Gatehouse', NOW);
    return new SamlScene(idp, {
      entityId: 'https://gatehouse.example.com/sso/t1',
      acsUrl: 'https://gatehouse.example.com/sso/t1/acs',
      sloUrl: 'https://gatehouse.example.com/sso/t1/slo',
      ...own,
      idp: {
        entityId: 'https://idp.example.com/metadata',
        ssoUrl: 'https://idp.example.com/sso',
        sloUrl: 'https://idp.example.com/slo',
        certificates: [idp.certificate],
      },
      wantsSignedResponse: false,
    });
  }

  /** The XML of a response. */
  async xml(variation: Variation = {}): Promise<string> {
    const { signs = ['assertion'], signing = {} } = variation;
    const key = signing.privateKey ?? this.idp.privateKey;
    const around = { inResponseTo: REQUEST_ID, now: NOW, issuer: this.settings.idp.entityId };
    const plain = assertionXml({
      ...around,
      id: newId(),
      subject: 'valerie',
      format: PERSISTENT,
      recipient: this.settings.acsUrl,
      audience: this.settings.entityId,
      authnInstant: NOW,
      sessionIndex: 'session-1',
      attributes: { email: ['Valerie@Example.com'], displayName: ['Valerie Example'] },
      ...variation.assertion,
    });
    const unsigned = variation.unsignedAssertion?.(plain) ?? plain;
    const signed = signs.includes('assertion') ? sign(unsigned, key, signing) : unsigned;
    const response = responseXml(
      {
        ...around,
        id: newId(),
        destination: this.settings.acsUrl,
        status: SUCCESS,
        ...variation.response,
      },
      (await variation.signedAssertion?.(signed)) ?? signed,
    );
    const whole = variation.unsignedResponse?.(response) ?? response;
    return signs.includes('response') ? sign(whole, key, signing) : whole;
  }

  /** As it is posted. */
  async post(variation: Variation = {}): Promise<string> {
    return base64(await this.xml(variation));
  }
}
