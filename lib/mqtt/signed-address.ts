import { createHash, createHmac } from 'node:crypto';

/** What AWS gives out to sign requests with. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** Where AWS IoT Core listens, and who asks. */
export interface SignedAddress {
  /** `<id>-ats.iot.<region>.amazonaws.com` */
  readonly host: string;
  readonly region: string;
  readonly credentials: AwsCredentials;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';
const SERVICE = 'iotdevicegateway';
const PATH = '/mqtt';
/** The longest that IoT Core accepts. The address is used once, at once. */
const VALID_SECONDS = 86_400;

/**
 * The address of a WebSocket to AWS IoT Core, signed by Signature Version 4. The session token is
 * appended after signing: IoT Core, unlike other services, does not count it in.
 */
export function signedAddress(
  { host, region, credentials }: SignedAddress,
  nowMs: number,
  scheme: 'wss' | 'ws' = 'wss',
): string {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const time = new Date(nowMs).toISOString().replace(/[:-]|\.\d{3}/g, '');
  const date = time.slice(0, 8);
  const scope = `${date}/${region}/${SERVICE}/aws4_request`;
  const query = [
    `X-Amz-Algorithm=${ALGORITHM}`,
    `X-Amz-Credential=${encodeURIComponent(`${accessKeyId}/${scope}`)}`,
    `X-Amz-Date=${time}`,
    `X-Amz-Expires=${VALID_SECONDS}`,
    'X-Amz-SignedHeaders=host',
  ].join('&');
  const request = ['GET', PATH, query, `host:${host}`, '', 'host', hash('')].join('\n');
  const text = [ALGORITHM, time, scope, hash(request)].join('\n');
  const key = [date, region, SERVICE, 'aws4_request'].reduce<string | Buffer>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    `AWS4${secretAccessKey}`,
  );
  const signature = createHmac('sha256', key).update(text).digest('hex');
  const token =
    sessionToken === undefined ? '' : `&X-Amz-Security-Token=${encodeURIComponent(sessionToken)}`;
  return `${scheme}://${host}${PATH}?${query}&X-Amz-Signature=${signature}${token}`;
}

function hash(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
