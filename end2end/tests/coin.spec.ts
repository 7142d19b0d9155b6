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

test('the chart comes alive: line and candles, every range', async ({ page }) => {
  await open(page, '/coins/bitcoin');
  await expect(page.locator(`${chart} canvas`).first()).toBeVisible();
  await keep(page, 'coin-line');
  for (const range of ['1D', '1M', '3M', '1Y', '7D']) {
    await page.getByRole('link', { name: range, exact: true }).click();
    await expect(page).toHaveURL(new RegExp(`range=${range}`, 'i'));
    await expect(page.locator(`${chart} canvas`).first()).toBeVisible();
  }
  await page.getByRole('link', { name: /candles/i }).click();
  await expect(page.locator(`${chart}[data-kind=candles] canvas`).first()).toBeVisible();
  await keep(page, 'coin-candles');
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
