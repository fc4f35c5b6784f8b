import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/**
 * Stands in front of what serves the requests of a server, and lets it end what it has begun. One
 * that is stopped between the read and the write of a request would throw there, outside of
 * anybody's reach, and take the process with it.
 */
export class RequestGate {
  readonly #atWork = new Set<ServerResponse>();
  #closed: { readonly onIdle: () => void } | undefined;

  constructor(server: Server) {
    const serve = server.listeners('request') as ((...args: RequestArguments) => void)[];
    server.removeAllListeners('request');
    server.on('request', (request, response) => {
      if (this.#closed !== undefined) request.socket.destroy();
      else {
        this.#enter(request, response);
        for (const each of serve) each.call(server, request, response);
      }
    });
  }

  /** Lets no request in any more, and waits for those that are at work. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#closed = { onIdle: resolve };
      if (this.#atWork.size === 0) resolve();
    });
  }

  #enter(request: IncomingMessage, response: ServerResponse): void {
    this.#atWork.add(response);
    const leave = () => {
      this.#atWork.delete(response);
      if (this.#atWork.size === 0) this.#closed?.onIdle();
    };
    // Whether anybody is left to hear the answer says nothing about the work on it.
    const end = response.end.bind(response);
    response.end = ((...answer: Parameters<typeof end>) => {
      const result = end(...answer);
      leave();
      return result;
    }) as typeof end;
    // Nobody works on what has never come whole.
    request.once('close', () => {
      if (!request.complete) leave();
    });
  }
}

type RequestArguments = readonly [IncomingMessage, ServerResponse];
