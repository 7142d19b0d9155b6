import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP relay between browser and server, to pull the network with. */
export class Cable {
  private server: Server | undefined;
  private readonly sockets = new Set<Socket>();
  /** Connections made through it so far. */
  connections = 0;

  private constructor(private readonly target: number, private port: number) {}

  static async to(target: number): Promise<Cable> {
    const cable = new Cable(target, 0);
    await cable.plug();
    return cable;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Lets connections through (on the same port as before). */
  async plug(): Promise<void> {
    if (this.server) return;
    const server = createServer((near) => {
      this.connections += 1;
      const far = connect(this.target, '127.0.0.1');
      for (const [from, to] of [[near, far], [far, near]] as const) {
        this.sockets.add(from);
        from.on('error', () => to.destroy());
        from.on('close', () => { this.sockets.delete(from); to.destroy(); });
        from.pipe(to);
      }
    }).listen(this.port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    this.port = address.port;
    this.server = server;
  }

  /** Cuts every connection at once, without a goodbye, and refuses new ones. */
  async pull(): Promise<void> {
    const server = this.server;
    if (!server) return;
    this.server = undefined;
    const closed = once(server, 'close');
    server.close();
    for (const socket of this.sockets) socket.resetAndDestroy();
    await closed;
  }
}
