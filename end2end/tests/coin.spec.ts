import type { Page } from '@playwright/test';
import { expect, keep, open, test, unusedPreload } from '../support/test';

const chart = '[data-testid=coin-chart]';

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });
  test.beforeEach(({ expectConsole }) => expectConsole(unusedPreload));

  test('the coin page shows price, chart and its table', async ({ page }) => {
    await page.goto('/coins/bitcoin');
    await expect(page.locator('h1')).toContainText('Bitcoin');
    await expect(page.locator('[data-coin=bitcoin] [data-field=price]').first()).toHaveText(/\$[\d,.]+/);
    await expect(page.locator(`${chart} svg`).first()).toBeVisible();
    await page.locator('[data-testid=chart-table] summary').click();
    expect(await page.locator('[data-testid=chart-table] tbody tr').count()).toBeGreaterThan(10);
    await keep(page, 'coin-without-javascript');
  });

  test('range and kind are links', async ({ page }) => {
    await page.goto('/coins/ethereum');
    await page.getByRole('link', { name: '1Y' }).click();
    await expect(page).toHaveURL(/range=1y/i);
    await page.getByRole('link', { name: /candles/i }).click();
    await expect(page.locator(`${chart}[data-kind=candles] svg`).first()).toBeVisible();
  });
});

/** What the chart script keeps, laid open by `spy`. */
interface Spied {
  mounted: unknown[][];
  charts: Map<number, { last: { time: number }; stepSeconds: number; chart: { timeScale(): { timeToIndex(time: number): number } } }>;
  cvChart: { update(id: number, milliseconds: number, price: number): void };
}

/** Lets a test look into the chart script; it arrives only after `ready`. */
async function spy(page: Page, ready: Promise<void> = Promise.resolve()): Promise<void> {
  await page.route('**/js/chart.js', async (route) => {
    const response = await route.fetch();
    await ready;
    const body = `${await response.text()}
      const mounted = [];
      Object.assign(window, { charts, mounted });
      window.cvChart.mount = (...args) => { mounted.push(args.slice(1)); return mount(...args); };`;
    await route.fulfill({ response, body });
  });
}

test('the chart comes alive: line and candles, every range', async ({ page }) => {
  await spy(page);
  await open(page, '/coins/bitcoin');
  await expect(page.locator(`${chart} canvas`).first()).toBeVisible();
  await keep(page, 'coin-line');
  const ranges = { '1M': '30 days', '1D': '1 day', '3M': '90 days', '1Y': '365 days', '7D': '7 days' };
  for (const [range, words] of Object.entries(ranges)) {
    await page.getByRole('link', { name: range, exact: true }).click();
    await expect(page).toHaveURL(new RegExp(`range=${range}`, 'i'));
    await expect(page.locator(chart)).toHaveAttribute('aria-label', new RegExp(` over ${words}: `));
    await expect(page.locator('[data-testid=chart-table] caption')).toContainText(` over ${words}, `);
    await expect(page.locator(`${chart} canvas`).first()).toBeVisible();
  }
  // Those that were left are gone.
  await expect.poll(() => page.evaluate(() => (window as unknown as Spied).charts.size)).toBe(1);
  await page.getByRole('link', { name: /candles/i }).click();
  await expect(page.locator(`${chart}[data-kind=candles] canvas`).first()).toBeVisible();
  await keep(page, 'coin-candles');
});

test('a range chosen while the chart loads leaves no other chart behind', async ({ page }) => {
  let release = (): void => undefined;
  await spy(page, new Promise((done) => { release = done; }));
  await open(page, '/coins/bitcoin');
  for (const [range, words] of [['7D', '7 days'], ['1Y', '365 days']]) {
    await page.getByRole('link', { name: range, exact: true }).click();
    await expect(page.locator(chart)).toHaveAttribute('aria-label', new RegExp(` over ${words}: `));
  }
  release();
  await expect(page.locator(`${chart} canvas`).first()).toBeVisible();
  expect(await page.evaluate(() => (window as unknown as Spied).mounted.length)).toBe(1);
});

test('hours nobody saw keep their width in the chart', async ({ page }) => {
  await spy(page);
  await open(page, '/coins/bitcoin?range=1d&kind=candles');
  await expect(page.locator(`${chart} canvas`).first()).toBeVisible();
  const places = await page.evaluate(() => {
    const { charts, cvChart } = window as unknown as Spied;
    const [[id, entry]] = [...charts];
    const step = entry.stepSeconds;
    const before = Math.floor(entry.last.time / step) * step;
    const scale = entry.chart.timeScale();
    const from = scale.timeToIndex(entry.last.time);
    cvChart.update(id, (before + 20 * step) * 1000, 84_000);
    return scale.timeToIndex(entry.last.time) - from;
  });
  expect(places).toBe(20);
});

test.describe('with a browser that writes other digits', () => {
  test.use({ locale: 'ar-EG' });

  test('the chart writes figures as the page does', async ({ page }) => {
    await spy(page);
    await open(page, '/coins/bitcoin');
    await expect(page.locator(`${chart} canvas`).first()).toBeVisible();
    const numbers = await page.evaluate(() => (window as unknown as Spied).mounted.at(-1)?.at(-1));
    expect(numbers).toBe('en-US');
    await keep(page, 'coin-other-digits');
  });
});

test('the price on the coin page moves', async ({ page }) => {
  await open(page, '/coins/bitcoin');
  const price = page.locator('[data-coin=bitcoin] [data-field=price]').first();
  const before = await price.textContent();
  await expect.poll(() => price.textContent(), { timeout: 20_000 }).not.toBe(before);
});

test('one reaches a coin from the list, and comes back', async ({ page }) => {
  await open(page, '/markets');
  await page.locator('tr[data-coin=ethereum] a').first().click();
  await expect(page).toHaveURL(/\/coins\/ethereum/);
  await expect(page.locator('h1')).toContainText('Ethereum');
  await expect(page).toHaveTitle(/Ethereum/);
  await expect(page.locator(`${chart} canvas`).first()).toBeVisible();
  await page.goBack();
  await expect(page.locator('[data-testid=markets-table] tr[data-coin=ethereum]')).toBeVisible();
});
