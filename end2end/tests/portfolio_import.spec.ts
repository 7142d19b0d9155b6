import type { Page } from '@playwright/test';
import { send, take } from '../support/imports';
import { join } from '../support/people';
import { Cable } from '../support/proxy';
import { expect, expectAccessible, keep, open } from '../support/test';
import { test } from '../support/trading';
import { bothWays } from '../support/ways';

const EUROS = 'txid,pair,time,type,cost,fee,vol\n'
  + 'T1,XXBTZEUR,2024-01-31 12:00:00,buy,20000,10,1\n'
  + 'T2,XXBTZUSD,2024-02-01 12:00:00,sell,13000,0,0.5\n';

/** How far a page can be scrolled sideways. */
function sideways(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

bothWays(test, (go, scripts) => {
  test('trades in euros go in once their rate is told', async ({ page, expectConsole }) => {
    test.slow();
    expectConsole(/status of 422/);
    await join(page, '/dashboard', go);
    await page.getByRole('link', { name: 'Import trades' }).click();
    await send(page, 'kraken.csv', EUROS);
    const report = page.getByTestId('import-report');
    await expect(report).toContainText('1 row would go in, 0 known already, 0 without effect, 1 that can\'t be taken.');
    await expect(report).toContainText('nobody here knows what EUR cost in US dollars on that day: say so under rates, such as EUR 1.08');
    const rates = page.getByTestId('import').getByLabel('Rates of other currencies');
    await rates.fill('EUR 1,1');
    await send(page, 'kraken.csv', EUROS);
    await expect(page.getByTestId('import').getByText('Must be US dollars for one of a currency')).toBeVisible();
    await rates.fill('2024-01-01 EUR 1.1');
    await send(page, 'kraken.csv', EUROS);
    await expect(report).toContainText('Buy 1 BTC for 22,000 USD, fee 11 USD; 1 EUR at 1.1 USD');
    await report.getByRole('button', { name: 'Import 2 rows' }).click();
    await expect(page.getByRole('status').filter({ hasText: '2 rows went into your portfolio' })).toBeVisible();
    // Half of 22,011 is left; 13,000 less the other half was made.
    await expect(page.locator('[data-figure="cost:BTC"]')).toHaveText('$11,005.50');
    await expect(page.locator('[data-figure="realised:BTC"]')).toHaveText('+$1,994.50');
  });

  test('what came of a file fits on a phone', async ({ page }) => {
    test.slow();
    await page.setViewportSize({ width: 360, height: 740 });
    await join(page, '/dashboard', go);
    await page.getByRole('link', { name: 'Import trades' }).click();
    expect(await sideways(page), 'the form').toBeLessThanOrEqual(0);
    const file = 'date,type,asset,quantity,total,fee,fee_asset\n'
      + '2024-01-31,buy,BTC,1.123456789012345678,30000.1234567891,0.0000000001,\n'
      + `2024-02-01,buy,${'W'.repeat(60)},1,5,,\n`
      + `2024-02-30,buy,BTC,${'9'.repeat(60)},5,,\n`
      + '2013-05-01,transfer_out,BTC,0.1,,,\n';
    await send(page, `${'a-long-name-without-any-room-'.repeat(3)}.csv`, file);
    const report = page.getByTestId('import-report');
    await expect(report).toContainText('3 that can\'t be taken');
    await expect(report.getByRole('row')).toHaveCount(5);
    expect(await sideways(page), 'the report').toBeLessThanOrEqual(0);
    const inside = await report.getByTestId('import-rows').evaluate((table) => {
      const room = table.parentElement ?? table;
      return room.scrollWidth - room.clientWidth;
    });
    expect(inside, 'reasons are read without scrolling sideways').toBeLessThanOrEqual(0);
    const reason = report.getByText('with what it was worth in US dollars as its total');
    await reason.scrollIntoViewIfNeeded();
    await expect(reason).toBeInViewport();
    if (scripts) await expectAccessible(page);
    await keep(page, `import-report-360-${scripts ? 'js' : 'plain'}`);
  });

  test('a return that nobody can know is a dash that says why', async ({ page, market }) => {
    test.slow();
    market.set('ethereum', 3_000);
    await join(page, '/dashboard', go);
    await page.getByRole('link', { name: 'Import trades' }).click();
    await send(page, 'old.csv', 'date,type,asset,quantity,total\n2013-05-01,buy,BTC,1,100\n2015-01-01,buy,ETH,1,10\n');
    await page.getByTestId('import-report').getByRole('button', { name: 'Import 2 rows' }).click();
    await expect(page.getByRole('status').filter({ hasText: 'went into your portfolio' })).toBeVisible();
    await page.getByTestId('periods').getByRole('link', { name: 'All', exact: true }).click();
    const rate = page.locator('[data-figure=twr]');
    await expect(rate).toHaveText('–');
    await expect(page.getByTestId('left-out')).toContainText('they are left out');
    await rate.click();
    const drawer = page.getByTestId('explain');
    await expect(drawer.getByRole('heading')).toHaveText('Why this is not known');
    await expect(drawer).toContainText('Nobody here knows what BTC cost on 2014-12-31');
    if (scripts) await expectAccessible(page);
    await keep(page, `dashboard-unknown-${scripts ? 'js' : 'plain'}`);
    await drawer.getByRole('link', { name: 'Close' }).click();
    await expect(drawer).toHaveCount(0);
    // What was put in is known, and what it is worth.
    await expect(page.locator('[data-figure=profit]')).toHaveText('+$62,890.00');
  });
});

test('what came while there was no connection is there when it is back', async ({ page, exchange, market, expectConsole }) => {
  test.slow();
  expectConsole(/WebSocket connection to .* failed|Failed to load resource: net::ERR_/);
  market.set('ethereum', 3_000);
  await join(page, '/dashboard');
  await take(page, 'date,type,asset,quantity,total\n2024-01-31,buy,BTC,2,50000');
  const cable = await Cable.to(exchange.port);
  try {
    const first = page.waitForResponse('**/_fn/portfolio/ingredients*');
    await open(page, `${cable.url}/dashboard`);
    await (await first).finished();
    const total = page.getByTestId('total-value');
    await expect(total).toHaveText('$120,000.00');
    await expect(page.getByTestId('price-status').first()).toContainText('Live');
    await cable.pull();
    await expect(page.getByTestId('price-status').first()).toContainText(/of 10/);
    const sent = await page.request.post(`${exchange.url}/api/portfolio/import`, {
      data: 'date,type,asset,quantity,total\n2024-02-01,buy,BTC,1,1000\n',
      headers: { 'Content-Type': 'text/csv', 'Sec-Fetch-Site': 'same-origin' },
    });
    expect(sent.status()).toBe(200);
    market.set('bitcoin', 61_000);
    await expect(total).toHaveText('$120,000.00');
    await cable.plug();
    await page.evaluate(() => window.dispatchEvent(new Event('online')));
    await expect(total).toHaveText('$183,000.00');
    await expect(page.locator('[data-figure="cost:BTC"]')).toHaveText('$51,000.00');
  } finally {
    await cable.pull();
  }
});
