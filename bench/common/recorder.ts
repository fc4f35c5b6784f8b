import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

type RequestHandler = DynamoDBClient['config']['requestHandler'];

/** The SDK's own connection to an engine, which also notes the bodies that go through it. */
export class Recorder {
  readonly #inner: RequestHandler;
  #bodies: string[] = [];

  constructor(config: DynamoDBClientConfig) {
    this.#inner = new DynamoDBClient(config).config.requestHandler;
  }

  /** To be given to every client that takes part in a comparison. */
  get handler(): RequestHandler {
    const { metadata } = this.#inner;
    return {
      ...(metadata !== undefined && { metadata }),
      handle: (request, options) => {
        this.#bodies.push(request.body);
        return this.#inner.handle(request, options);
      },
    };
  }

  /** The bodies since the last call, as the SDK's command input, which has the same shape. */
  take<Input>(): Input[] {
    const bodies = this.#bodies;
    this.#bodies = [];
    return bodies.map((body) => JSON.parse(body));
  }

  close(): void {
    this.#inner.destroy?.();
  }
}
