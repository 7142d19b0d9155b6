import { Desk, until } from '../support/server';
import { expect, keep, leave, open, test } from '../support/test';
import { binance, coinbase, kraken, Upstream } from '../support/upstreams';

const status = '[data-testid=price-status]';
const bitcoin = 'tr[data-coin=bitcoin] [data-field=price]';

test('each upstream that dies hands over within 31 s, without a gap in the page', async ({ page }) => {
  test.setTimeout(180_000);
  const [first, second, third] = [
    await Upstream.start(binance, { bitcoin: 91_000, ethereum: 3_100, solana: 140 }),
    await Upstream.start(coinbase, { bitcoin: 92_000, ethereum: 3_110, solana: 141 }),
    await Upstream.start(kraken, { bitcoin: 93_000, ethereum: 3_120, solana: 142 }),
  ];
  const desk = await Desk.start({
    FEEDS: 'coincap,binance,coinbase,kraken,simulated',
    BINANCE_WS_URL: first.ws, BINANCE_REST_URL: first.http, COINBASE_WS_URL: second.ws, KRAKEN_WS_URL: third.ws,
    COINGECKO_URL: 'http://127.0.0.1:9',
  });
  try {
    await until('the first source', async () => (await desk.status()).source === 'binance');
    await open(page, `${desk.url}/markets`);
    await expect(page.locator(status).first()).toHaveAttribute('data-source', 'binance');
    await expect(page.locator(status).first()).toHaveAttribute('data-state', 'live');
    await expect(page.locator(bitcoin)).toHaveText(/\$91,\d/);
    await keep(page, 'markets-live');
    // From here on the cell must never be empty.
    await page.evaluate((selector) => {
      const cell = document.querySelector(selector);
      const gaps: string[] = [];
      Object.assign(window, { gaps });
      new MutationObserver(() => {
        if (!/\d/.test(document.querySelector(selector)?.textContent ?? '')) gaps.push('empty');
      }).observe(cell?.parentElement ?? document.body, { childList: true, subtree: true, characterData: true });
    }, bitcoin);

    // Silent: connected, answers pings, sends nothing.
    first.mute();
    await expect(page.locator(status).first()).toHaveAttribute('data-source', 'coinbase', { timeout: 31_000 });
    await expect(page.locator(bitcoin)).toHaveText(/\$92,\d/);
    // Gone: dropped without a close.
    await first.kill();
    await second.kill();
    await expect(page.locator(status).first()).toHaveAttribute('data-source', 'kraken', { timeout: 31_000 });
    await expect(page.locator(bitcoin)).toHaveText(/\$93,\d/);
    await third.kill();
    await expect(page.locator(status).first()).toHaveAttribute('data-state', 'simulated', { timeout: 31_000 });
    expect(await page.evaluate(() => (window as unknown as { gaps: string[] }).gaps)).toEqual([]);
    // And a real source that comes back replaces the simulation.
    await third.restore();
    await expect(page.locator(status).first()).toHaveAttribute('data-source', 'kraken', { timeout: 70_000 });
  } finally {
    await leave(page.context());
    await desk.stop();
    for (const upstream of [first, second, third]) await upstream.kill();
  }
});

test('prices that grow old say so, in the ticker too, and are not called new when they do', async ({ page }) => {
  test.setTimeout(120_000);
  const upstream = await Upstream.start(binance, { bitcoin: 91_000, ethereum: 3_100, solana: 140 });
  const desk = await Desk.start({
    FEEDS: 'binance', BINANCE_WS_URL: upstream.ws, BINANCE_REST_URL: upstream.http,
    COINGECKO_URL: 'http://127.0.0.1:9',
  });
  try {
    await until('the source', async () => (await desk.status()).source === 'binance');
    await open(page, `${desk.url}/coins/bitcoin`);
    const age = page.locator('[data-testid=price-age]');
    const coin = page.locator('[data-testid=ticker] li', { has: page.locator('a[data-coin=bitcoin]') });
    await expect(age).toHaveText('Updated now');
    await expect(coin).not.toHaveClass(/stale/);
    upstream.mute();
    await expect(coin).toHaveClass(/stale/, { timeout: 45_000 });
    await expect(coin).toContainText('No new price for more than 30 seconds');
    await expect(page.locator('.coin-price')).toHaveClass(/stale/);
    expect(await age.textContent()).toMatch(/Updated (29|3\d|4\d) s ago/);
    // A page that opens now is told the same by its socket.
    await page.reload();
    await expect(age).toHaveText(/Updated [345]\d s ago/);
    await expect(coin).toHaveClass(/stale/);
  } finally {
    await leave(page.context());
    await desk.stop();
    await upstream.kill();
  }
});
