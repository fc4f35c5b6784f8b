import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { describe, expect, test } from 'vitest';
import { signedAddress } from '../../../lib/mqtt/signed-address.ts';

/** The hash that the SDK's signer asks for. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash =
      secret === undefined ? createHash('sha256') : createHmac('sha256', secret as Uint8Array);
  }

  update(data: Uint8Array | string): void {
    this.#hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {}
}

const host = 'abc-ats.iot.eu-west-1.amazonaws.com';
const region = 'eu-west-1';
const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCY' };
const nowMs = Date.UTC(2026, 10, 22, 23, 59, 59, 7);

describe('a signed address', () => {
  test('is signed as the SDK signs it', async () => {
    const signer = new SignatureV4({
      ...{ credentials: keys, region, service: 'iotdevicegateway', sha256: Sha256 as never },
      applyChecksum: false,
    });
    const request = { method: 'GET', protocol: 'wss:', hostname: host, path: '/mqtt' };
    const { query } = await signer.presign(
      { ...request, headers: { host }, query: {} },
      { signingDate: new Date(nowMs), expiresIn: 86_400 },
    );
    const address = new URL(signedAddress({ host, region, credentials: keys }, nowMs));
    expect(address.origin).toBe(`wss://${host}`);
    expect(address.pathname).toBe('/mqtt');
    expect(Object.fromEntries(address.searchParams)).toEqual(query);
  });

  test('carries a session token that does not count in the signature', () => {
    const sign = (sessionToken?: string) =>
      signedAddress({ host, region, credentials: { ...keys, sessionToken } }, nowMs);
    expect(sign('a+/=')).toBe(`${sign()}&X-Amz-Security-Token=a%2B%2F%3D`);
  });
});
