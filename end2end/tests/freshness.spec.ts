import { Desk, until } from '../support/server';
import { expect, expectAccessible, keep, leave, open, test } from '../support/test';
import { binance, Upstream } from '../support/upstreams';

const status = '[data-testid=price-status]';
const prices = { bitcoin: 91_000, ethereum: 3_100, solana: 140 };

test('figures are asked for again while the page is looked at', async ({ page }) => {
  // The timer is taken out of its clock: with a clock that jumps the connection would be lost.
  await page.addInitScript(() => {
    const start = window.setInterval.bind(window);
    const intervals = new Map<number, () => void>();
    Object.assign(window, { intervals });
    window.setInterval = ((run: () => void, every: number) => {
      intervals.set(every, run);
      return start(run, every);
    }) as typeof window.setInterval;
  });
  const elapse = (): Promise<void> => page.evaluate(() => {
    (window as unknown as { intervals: Map<number, () => void> }).intervals.get(120_000)?.();
  });
  const socket = page.waitForEvent('websocket', (one) => one.url().includes('/ws/prices'));
  await open(page, '/markets');
  await (await socket).waitForEvent('framereceived');
  let [lists, totals] = [0, 0];
  page.on('request', (request) => {
    lists += Number(request.url().includes('/_fn/market/list'));
    totals += Number(request.url().includes('/_fn/market/global'));
  });
  await page.evaluate(() => Object.defineProperty(document, 'hidden', { configurable: true, get: () => true }));
  await elapse();
  await page.evaluate(() => Object.defineProperty(document, 'hidden', { configurable: true, get: () => false }));
  expect([lists, totals], 'nobody looks').toEqual([0, 0]);
  await elapse();
  await expect.poll(() => [lists, totals]).toEqual([1, 1]);
  await expect(page.locator('[data-testid=markets-table] tr[data-coin=bitcoin]')).toBeVisible();
});

test('simulated figures give way to real ones together with the prices', async ({ page, context }) => {
  test.setTimeout(150_000);
  const upstream = await Upstream.start(binance, prices);
  await upstream.kill();
  const desk = await Desk.start({
    FEEDS: 'binance,simulated', BINANCE_WS_URL: upstream.ws, BINANCE_REST_URL: upstream.http,
    COINGECKO_URL: 'http://127.0.0.1:9',
  });
  try {
    await until('the simulation', async () => (await desk.status()).source === 'simulated');
    const coin = await context.newPage();
    await open(coin, `${desk.url}/coins/bitcoin`);
    await expect(coin.locator('[data-testid=chart-simulated]')).toBeVisible();
    await expect(coin.locator('[data-testid=figures-simulated]')).toBeVisible();
    await coin.getByRole('link', { name: 'Candles' }).click();
    await expect(coin.locator('[data-testid=coin-chart][data-kind=candles]')).toBeVisible();
    await expect(coin.locator('[data-testid=chart-simulated]')).toBeVisible();
    await coin.getByRole('link', { name: 'Line' }).click();
    await open(page, `${desk.url}/markets`);
    // The simulation has volumes; here nobody else has.
    const volume = page.locator('tr[data-coin=bitcoin] [data-field=volume]');
    await expect(volume).toHaveText(/\$[\d.]+/);
    await upstream.restore();
    await expect(page.locator(status).first()).toHaveAttribute('data-source', 'binance', { timeout: 70_000 });
    await expect(volume).toHaveText('–');
    await expect(coin.locator('[data-testid=chart-simulated]')).toHaveCount(0);
    // Nobody supplies how many there are: that stays what this program knows.
    await expect(coin.locator('[data-testid=figures-simulated]')).toBeVisible();
    await expect(coin).toHaveTitle(/^\$91,[\d.]+ Bitcoin/);
  } finally {
    await leave(context);
    await desk.stop();
    await upstream.kill();
  }
});

test('prices that grow old are marked wherever they stand', async ({ page, context }) => {
  test.setTimeout(120_000);
  const upstream = await Upstream.start(binance, prices);
  const desk = await Desk.start({
    FEEDS: 'binance', BINANCE_WS_URL: upstream.ws, BINANCE_REST_URL: upstream.http,
    COINGECKO_URL: 'http://127.0.0.1:9',
  });
  try {
    await until('the source', async () => (await desk.status()).source === 'binance');
    await open(page, `${desk.url}/markets`);
    const coin = await context.newPage();
    await open(coin, `${desk.url}/coins/bitcoin`);
    const row = page.locator('tr[data-coin=bitcoin]');
    await expect(row).not.toHaveClass(/stale/);
    await expect(coin).toHaveTitle(/^\$91,[\d.]+ Bitcoin/);
    await expect(coin.locator('[data-testid=price-stale]')).toHaveCount(0);
    upstream.mute();
    await expect(page.locator(status).first()).toHaveAttribute('data-state', 'stale', { timeout: 45_000 });
    await expect(row).toHaveClass(/stale/);
    await expect(row.locator('[data-field=price]')).toHaveText(/\$91,[\d.]+ stale$/);
    await expect(coin.locator('[data-testid=price-stale]')).toBeVisible();
    await expect(coin).toHaveTitle(/^Stale \$91,[\d.]+ Bitcoin/);
    await expectAccessible(page);
    await keep(page, 'markets-stale');
    await keep(coin, 'coin-stale');
  } finally {
    await leave(context);
    await desk.stop();
    await upstream.kill();
  }
});
