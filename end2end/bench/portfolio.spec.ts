import { writeFileSync } from 'node:fs';
import { join } from '../support/people';
import { expect, open } from '../support/test';
import { test } from '../support/trading';

const TRADES = 100_000;
const ROUNDS = 5;

/** What somebody traded in five years: mostly buys, and sells of what is there. */
function trades(): string {
  const rows = ['date,type,asset,quantity,total,fee'];
  const coins: [string, number][] = [['BTC', 50_000], ['ETH', 2_500], ['SOL', 120]];
  let random = 7;
  const below = (bound: number): number => {
    random = (random * 1_103_515_245 + 12_345) % 2_147_483_648;
    return random % bound;
  };
  const there = [0, 0, 0];
  for (let number = 0; number < TRADES; number += 1) {
    const date = new Date(Date.UTC(2020, 0, 1 + Math.floor(number * 1_826 / TRADES))).toISOString().slice(0, 10);
    const coin = below(coins.length);
    const [asset, price] = coins[coin] ?? ['BTC', 1];
    const wanted = 1 + below(2_000);
    const sells = below(10) < 4 && (there[coin] ?? 0) >= wanted;
    there[coin] = (there[coin] ?? 0) + (sells ? -wanted : wanted);
    const total = wanted / 1_000 * price * (0.5 + below(1_000) / 1_000);
    rows.push(`${date},${sells ? 'sell' : 'buy'},${asset},${(wanted / 1_000).toFixed(3)},${total.toFixed(2)},0.01`);
  }
  return rows.join('\n');
}

test('how long a switch of the method takes with 100,000 trades', async ({ page }) => {
  test.setTimeout(300_000);
  await join(page, '/dashboard');
  const answer = await page.request.post('/api/portfolio/import', {
    data: trades(), headers: { 'Content-Type': 'text/csv', 'Sec-Fetch-Site': 'same-origin' }, timeout: 120_000,
  });
  expect(((await answer.json()) as { new: number }).new).toBe(TRADES);
  const ingredients = page.waitForResponse('**/_fn/portfolio/ingredients*', { timeout: 60_000 });
  await open(page, '/dashboard');
  await (await ingredients).finished();
  // The browser takes over when it has gone through all of them.
  let asked = 0;
  page.on('request', (request) => { if (request.url().includes('/_fn/portfolio/figures')) asked += 1; });
  const times: Record<string, number[]> = {};
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const method of ['LIFO', 'HIFO', 'Average', 'FIFO']) {
      const ms = await page.evaluate(async (name) => {
        const links = [...document.querySelectorAll<HTMLAnchorElement>('[data-testid=methods] a')];
        const link = links.find((one) => one.textContent === name);
        if (link === undefined) throw new Error(`no ${name}`);
        const started = performance.now();
        link.click();
        while (link.getAttribute('aria-current') !== 'true') await new Promise(requestAnimationFrame);
        return performance.now() - started;
      }, method);
      (times[method] ??= []).push(ms);
    }
  }
  // Otherwise it was the server that was measured.
  expect(asked).toBe(0);
  const file = process.env.BENCH_SWITCH;
  if (!file) throw new Error('BENCH_SWITCH must name the file for the figures; run `cargo xtask bench portfolio`');
  writeFileSync(file, JSON.stringify(times));
});
