import { createHash, createHmac } from 'node:crypto';
import { Agent, request } from 'node:http';
import type { RunningWireEngine } from '../common/engines.ts';

const REGION = 'us-east-1';
const SERVICE = 'dynamodb';
const CONTENT_TYPE = 'application/x-amz-json-1.0';

/** DynamoDB's protocol without an SDK: one signed POST on a kept connection. */
export class BareHttp {
  readonly #agent = new Agent({ keepAlive: true });
  readonly #engine: RunningWireEngine;

  constructor(engine: RunningWireEngine) {
    this.#engine = engine;
  }

  /** @throws Error when the answer is not a success */
  async call(operation: string, input: object): Promise<unknown> {
    const body = JSON.stringify(input);
    const headers = this.#signed({ target: `DynamoDB_20120810.${operation}`, body });
    const { status, text } = await this.#post(headers, body);
    if (status !== 200) throw new Error(`${operation}: ${status} ${text}`);
    return JSON.parse(text);
  }

  close(): void {
    this.#agent.destroy();
  }

  #signed({ target, body }: { target: string; body: string }): Record<string, string> {
    const { accessKeyId, secretAccessKey } = this.#engine.client.credentials;
    const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
    const day = time.slice(0, 8);
    const headers: Record<string, string> = {
      'content-type': CONTENT_TYPE,
      host: `127.0.0.1:${this.#engine.port}`,
      'x-amz-date': time,
      'x-amz-target': target,
    };
    const names = Object.keys(headers).join(';');
    const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
    const canonical = ['POST', '/', '', lines.join(''), names, sha256(body)].join('\n');
    const scope = `${day}/${REGION}/${SERVICE}/aws4_request`;
    const toSign = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n');
    const key = [day, REGION, SERVICE, 'aws4_request'].reduce<string | Buffer>(
      (secret, part) => createHmac('sha256', secret).update(part).digest(),
      `AWS4${secretAccessKey}`,
    );
    const signature = createHmac('sha256', key).update(toSign).digest('hex');
    const credential = `Credential=${accessKeyId}/${scope}`;
    const authorization = `${credential}, SignedHeaders=${names}, Signature=${signature}`;
    return { ...headers, authorization: `AWS4-HMAC-SHA256 ${authorization}` };
  }

  #post(headers: Record<string, string>, body: string): Promise<{ status: number; text: string }> {
    const { port } = this.#engine;
    const options = { host: '127.0.0.1', port, method: 'POST', agent: this.#agent, headers };
    return new Promise((resolve, reject) => {
      const sending = request(options, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.once('end', () => resolve({ status: response.statusCode ?? 0, text }));
        response.once('error', reject);
      });
      sending.once('error', reject);
      sending.end(body);
    });
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
