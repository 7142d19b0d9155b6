import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Waits until `check` holds, or fails saying what was awaited. */
export async function until(what: string, check: () => Promise<boolean> | boolean, ms = 20_000): Promise<void> {
  const deadline = Date.now() + ms;
  for (;;) {
    if (await check()) return;
    if (Date.now() > deadline) throw new Error(`gave up after ${ms} ms waiting for ${what}`);
    await new Promise((resume) => setTimeout(resume, 50));
  }
}

/** The settings of a server that faces the public, as far as a test can have them. */
export async function production(): Promise<Record<string, string>> {
  const port = String(await freePort());
  return {
    APP_ENV: 'production', PORT: port, PUBLIC_URL: `http://127.0.0.1:${port}`,
    JWT_SECRET: 'only for this test, 32 bytes and more', REQUIRE_EMAIL_VERIFICATION: 'false',
  };
}

/** A running CryptoVault: the built binary, on a free port, with a data directory of its own. */
export class Desk {
  private constructor(
    readonly url: string,
    readonly port: number,
    private readonly child: ChildProcess,
    private readonly data: string,
    readonly log: string[],
  ) {}

  static async start(env: Record<string, string> = {}): Promise<Desk> {
    const binary = process.env.CRYPTOVAULT_BIN;
    if (!binary) throw new Error('CRYPTOVAULT_BIN must name the built server; run `cargo xtask test`');
    const port = env.PORT ? Number(env.PORT) : await freePort();
    const data = mkdtempSync(join(tmpdir(), 'cryptovault-'));
    const log: string[] = [];
    const child = spawn(resolve(binary), [], {
      // Away from the checkout, whose `.env` holds somebody's own settings.
      cwd: data,
      env: {
        PATH: process.env.PATH ?? '',
        LEPTOS_SITE_ROOT: resolve(process.env.LEPTOS_SITE_ROOT ?? 'target/site'),
        HOST: '127.0.0.1', PORT: String(port), APP_ENV: 'development', LOG_FORMAT: 'json',
        METRICS_ADDR: 'off', DATA_DIR: data, FEEDS: 'simulated', BROADCAST_INTERVAL_MS: '250',
        RATE_LIMIT_PER_MINUTE: '100000', PAGE_RATE_LIMIT_PER_MINUTE: '100000', MAX_SOCKETS_PER_IP: '1000',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const keep = (chunk: Buffer): void => { log.push(chunk.toString()); };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    const desk = new Desk(`http://127.0.0.1:${port}`, port, child, data, log);
    await until('the server to answer', async () => {
      if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}:\n${log.join('')}`);
      return fetch(`${desk.url}/health/live`).then((answer) => answer.ok, () => false);
    });
    return desk;
  }

  /** What the API says of the feed. */
  async status(): Promise<{ state: string; source: string | null }> {
    const answer = await fetch(`${this.url}/api/prices/status`);
    return await answer.json() as { state: string; source: string | null };
  }

  /**
   * Makes every proof of who is there an hour older than it is, so that none is fresh. In its database:
   * nobody waits an hour for a test, and the server has no clock that could be turned.
   */
  letProofsGrowOld(): void {
    this.change('UPDATE sessions SET stepped_up_at = stepped_up_at - 3600000000');
  }

  /** Makes every address of an allow-list a day older than it is. */
  letAddressesGrowOld(): void {
    this.change('UPDATE addresses SET usable_from = usable_from - 86400000000');
  }

  /** Makes an administrator of somebody who is signed in, and whose address counts as confirmed. */
  makeAdmin(email: string): void {
    this.change(`UPDATE users SET role = 'admin', email_verified = 1, revision = revision + 1 WHERE email = '${email}'`);
  }

  private change(sql: string): void {
    execFileSync('sqlite3', ['-cmd', '.timeout 5000', join(this.data, 'vault.db'), sql], { stdio: 'pipe' });
  }

  /** Ends it as an operator would, and expects a clean exit. */
  async stop(): Promise<void> {
    if (this.child.exitCode === null) {
      const ended = once(this.child, 'exit');
      this.child.kill('SIGTERM');
      await ended;
    }
    rmSync(this.data, { recursive: true, force: true });
    if (this.child.exitCode !== 0) {
      throw new Error(`the server ended with ${this.child.exitCode}:\n${this.log.slice(-20).join('')}`);
    }
  }
}
