import { secp256k1 } from '@noble/curves/secp256k1.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import type { Page } from '@playwright/test';
import type { Desk } from './server';
import { expect } from './test';

/** An Ethereum wallet with a key of its own. */
export class Wallet {
  private readonly key = secp256k1.utils.randomSecretKey();
  readonly account: string;

  constructor() {
    const point = secp256k1.getPublicKey(this.key, false).slice(1);
    this.account = `0x${Buffer.from(keccak_256(point).slice(-20)).toString('hex')}`;
  }

  /** Signs a message as wallets do (EIP-191). */
  sign(message: Buffer): string {
    const whole = Buffer.concat([Buffer.from(`\x19Ethereum Signed Message:\n${message.length}`), message]);
    const signature = secp256k1.sign(keccak_256(whole), this.key, { prehash: false, format: 'recovered' });
    const [recovery = 0, ...rest] = signature;
    return `0x${Buffer.from([...rest, recovery + 27]).toString('hex')}`;
  }

  /** Is linked to the account of who is signed in, over REST: a browser without scripts can't ask a wallet. */
  async link(page: Page, desk: Desk): Promise<void> {
    const headers = { origin: desk.url };
    const asked = await page.request.post('/api/auth/wallet/nonce', { headers, data: { address: this.account } });
    const { nonce } = await asked.json() as { nonce: string };
    const message = `${new URL(desk.url).host} wants you to sign in with your Ethereum account:
${this.checksummed()}

Link.

URI: ${desk.url}
Version: 1
Chain ID: 1
Nonce: ${nonce}
Issued At: ${new Date().toISOString()}`;
    const signature = this.sign(Buffer.from(message));
    const linked = await page.request.post('/api/auth/wallet/link', { headers, data: { message, signature } });
    expect(linked.status(), await linked.text()).toBe(200);
  }

  /** The address with its checksum (EIP-55). */
  private checksummed(): string {
    const digits = this.account.slice(2);
    const sum = Buffer.from(keccak_256(Buffer.from(digits))).toString('hex');
    return `0x${[...digits].map((digit, at) => (Number.parseInt(sum[at] ?? '0', 16) >= 8 ? digit.toUpperCase() : digit)).join('')}`;
  }
}
