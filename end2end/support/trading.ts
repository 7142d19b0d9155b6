import type { Browser, Page } from '@playwright/test';
import { address, join, patient, register, test as people } from './people';
import { Desk, until } from './server';
import { expect, open } from './test';
import { binance, Upstream } from './upstreams';
import type { Go } from './ways';

/** Where the price of a bitcoin begins. */
export const START = 60_000;

/** A market whose prices are in the test's hands, and a desk that trades at them. One for each test: it moves them. */
export const test = people.extend<{ market: Upstream; exchange: Desk }>({
  market: async ({}, use) => {
    const market = await Upstream.start(binance, { bitcoin: START, ethereum: 3_000, solana: 150 });
    market.set('bitcoin', START);
    await use(market);
    await market.kill();
  },
  exchange: async ({ market }, use) => {
    const exchange = await Desk.start({
      ...patient, FEEDS: 'binance', BINANCE_WS_URL: market.ws, BINANCE_REST_URL: market.http,
      COINGECKO_URL: 'http://127.0.0.1:9',
    });
    await until('prices', async () => (await exchange.status()).source === 'binance');
    await use(exchange);
    await exchange.stop();
  },
  baseURL: async ({ exchange }, use) => use(exchange.url),
});

/** Credits paper money, on the page of the wallet. */
export async function deposit(page: Page, amounts: Record<string, string>): Promise<void> {
  for (const [asset, amount] of Object.entries(amounts)) {
    const form = page.getByTestId('deposit');
    await form.getByLabel('Asset').selectOption(asset);
    await form.getByLabel('Amount').fill(amount);
    await form.getByRole('button', { name: 'Deposit' }).click();
    await expect(page.getByRole('status').filter({ hasText: `${Number(amount).toLocaleString('en-US', { maximumFractionDigits: 18 })} ${asset}` })).toBeVisible();
  }
}

/** Somebody with money, on the page of BTC-USD. */
export async function trader(page: Page, amounts: Record<string, string>, go: Go = open): Promise<void> {
  await join(page, '/wallet', go);
  await deposit(page, amounts);
  await go(page, '/trade/BTC-USD');
}

/** Somebody else, in a browser of their own. The caller closes its context. */
export async function another(browser: Browser, desk: Desk, amounts: Record<string, string>): Promise<Page> {
  const context = await browser.newContext({ baseURL: desk.url });
  const page = await context.newPage();
  await open(page, '/auth/register?next=/wallet');
  await register(page, address(), '/wallet');
  await deposit(page, amounts);
  await open(page, '/trade/BTC-USD');
  return page;
}

/** What is filled in, by label; "Post only" and the like are ticked. */
export interface Order {
  side: 'Buy' | 'Sell';
  type: string;
  fields: Record<string, string>;
}

/** Writes an order and looks at it. */
export async function review(page: Page, { side, type, fields }: Order): Promise<void> {
  const ticket = page.getByTestId('ticket');
  for (const name of [side, type]) {
    const choice = ticket.getByRole('button', { name, exact: true });
    // What is chosen already would write the form anew while it is being filled in.
    if (await choice.getAttribute('aria-pressed') !== 'true') await choice.click();
    await expect(choice).toHaveAttribute('aria-pressed', 'true');
  }
  for (const [label, text] of Object.entries(fields)) await ticket.getByLabel(label, { exact: true }).fill(text);
  await ticket.getByRole('button', { name: 'Review order' }).click();
}

/** Places an order; says what is told. */
export async function place(page: Page, order: Order, told: RegExp | string): Promise<void> {
  await review(page, order);
  await page.getByTestId('review').getByRole('button', { name: /^Place/ }).click();
  await expect(page.locator('.form-done')).toContainText(told);
}
