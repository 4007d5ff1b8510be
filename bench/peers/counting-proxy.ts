// Passes connections on to a server of this machine, and counts what is sent there.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export class CountingProxy {
  readonly #sockets = new Set<Socket>();
  #sent = 0;

  private constructor(
    private readonly server: Server,
    to: number,
  ) {
    server.on('connection', (client) => {
      const onward = connect(to, '127.0.0.1');
      client.on('data', (chunk) => {
        this.#sent += chunk.length;
      });
      client.pipe(onward).pipe(client);
      for (const socket of [client, onward]) {
        this.#sockets.add(socket);
        socket.on('error', () => socket.destroy());
      }
    });
  }

  static async start(to: number): Promise<CountingProxy> {
    const server = createServer();
    const proxy = new CountingProxy(server, to);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get sentBytes(): number {
    return this.#sent;
  }

  stop(): void {
    this.server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
