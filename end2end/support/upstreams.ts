import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';

/** What a venue calls its coins: catalogue id → venue symbol. */
type Symbols = Record<string, string>;

/** How one venue frames prices and answers REST calls. */
interface Venue {
  symbols: Symbols;
  frame(symbol: string, price: string): unknown;
  /** Several prices in one frame, where the venue does so. */
  batch?(frames: unknown[]): unknown;
  rest?(request: IncomingMessage, symbols: Symbols): unknown;
}

const now = (): string => new Date().toISOString();

export const binance: Venue = {
  symbols: { bitcoin: 'BTCUSDT', ethereum: 'ETHUSDT', solana: 'SOLUSDT' },
  frame: (s, c) => ({ e: '24hrMiniTicker', E: Date.now(), s, c, o: c, h: c, l: c, v: '1.0', q: '1.0' }),
  batch: (frames) => frames,
  rest: (request, symbols) => request.url?.startsWith('/api/v3/exchangeInfo')
    ? {
        timezone: 'UTC', serverTime: Date.now(), rateLimits: [], exchangeFilters: [],
        symbols: Object.values(symbols).map((symbol) => ({
          symbol, status: 'TRADING', baseAsset: symbol.replace(/USDT$/, ''), quoteAsset: 'USDT',
        })),
      }
    : undefined,
};

export const coinbase: Venue = {
  symbols: { bitcoin: 'BTC-USD', ethereum: 'ETH-USD', solana: 'SOL-USD' },
  frame: (product_id, price) => ({ type: 'ticker', sequence: Date.now(), product_id, price, time: now() }),
};

export const kraken: Venue = {
  symbols: { bitcoin: 'BTC/USD', ethereum: 'ETH/USD', solana: 'SOL/USD' },
  frame: (symbol, price) => ({
    channel: 'ticker', type: 'update', data: [{ symbol, last: Number(price), timestamp: now() }],
  }),
};

/** A venue on loopback that sends a tick of every coin ten times a second. */
export class Upstream {
  private server: Server | undefined;
  private readonly clients = new Set<WebSocket>();
  private timer: NodeJS.Timeout | undefined;
  private silent = false;
  /** Coins whose price a test has set: they stand still there. */
  private readonly still = new Set<string>();
  private step = 0;
  private port = 0;
  /** Sockets opened so far. */
  connections = 0;

  private constructor(private readonly venue: Venue, private readonly prices: Record<string, number>) {}

  /** `prices` are starting points by catalogue id; each moves a little with every tick. */
  static async start(venue: Venue, prices: Record<string, number>): Promise<Upstream> {
    const upstream = new Upstream(venue, prices);
    await upstream.restore();
    return upstream;
  }

  get ws(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  get http(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Connected, answers pings, says nothing more. */
  mute(): void {
    this.silent = true;
  }

  /** Sets a coin's price, which stays where it is from now on. */
  set(coin: string, price: number): void {
    this.prices[coin] = price;
    this.still.add(coin);
  }

  /** Drops all connections without a close frame and listens no more. */
  async kill(): Promise<void> {
    const server = this.server;
    if (!server) return;
    this.server = undefined;
    clearInterval(this.timer);
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    for (const client of this.clients) client.terminate();
    await closed;
  }

  /** Listens (again) on the same port and ticks. */
  async restore(): Promise<void> {
    const server = createServer((request, response) => this.answer(request, response));
    const sockets = new WebSocketServer({ server });
    sockets.on('connection', (client) => {
      this.connections += 1;
      this.clients.add(client);
      client.on('close', () => this.clients.delete(client));
      client.on('error', () => client.terminate());
    });
    server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    this.port = address.port;
    this.server = server;
    this.silent = false;
    this.timer = setInterval(() => this.tick(), 100);
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const body = this.venue.rest?.(request, this.venue.symbols);
    response.statusCode = body === undefined ? 404 : 200;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(body ?? { code: -1, msg: 'not here' }));
  }

  private price(coin: string, start: number): string {
    return (this.still.has(coin) ? start : start * (1 + (this.step % 50) / 10_000)).toFixed(2);
  }

  private tick(): void {
    if (this.silent) return;
    this.step += 1;
    const frames = Object.entries(this.prices).map(([coin, start]) =>
      this.venue.frame(this.venue.symbols[coin] ?? coin, this.price(coin, start)));
    const messages = this.venue.batch ? [this.venue.batch(frames)] : frames;
    for (const client of this.clients) for (const message of messages) client.send(JSON.stringify(message));
  }
}
