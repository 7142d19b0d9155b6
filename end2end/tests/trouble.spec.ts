import { Desk } from '../support/server';
import { expect, expectAccessible, keep, open, test } from '../support/test';

const table = '[data-testid=markets-table]';
const failed = '[data-testid=failed]';
/** What Chromium writes when a request is refused on purpose. */
const refused = /Failed to load resource: net::ERR_FAILED/;

test('a list that can\'t be had says so, and comes when asked again', async ({ page, expectConsole }) => {
  expectConsole(refused);
  await open(page, '/coins/bitcoin');
  await page.route('**/_fn/market/**', (route) => route.abort());
  await page.locator('nav[aria-label=Main] a', { hasText: 'Markets' }).click();
  await expect(page.locator(failed)).toContainText('No connection');
  await expect(page.locator(failed)).toContainText('Check your connection');
  await expect(page.locator('[data-testid=figures-missing]')).toContainText('could not be loaded');
  await expectAccessible(page);
  await keep(page, 'markets-failed');

  // While it tries it shows so, and a second press does nothing.
  await page.unroute('**/_fn/market/**');
  let [asked, release] = [0, (): void => undefined];
  const held = new Promise<void>((resume) => { release = resume; });
  await page.route('**/_fn/market/list*', async (route) => {
    asked += 1;
    await held;
    await route.continue();
  });
  const again = page.locator(failed).getByRole('button');
  await again.click();
  await expect(again).toHaveText('Trying again…');
  await expect(again).toHaveAttribute('aria-busy', 'true');
  await again.dispatchEvent('click');
  release();
  await expect(page.locator(`${table} tr[data-coin=bitcoin]`)).toBeVisible();
  expect(asked).toBe(1);
  // The figures over the list are back as well.
  await expect(page.locator('[data-testid=figures-missing]')).toHaveCount(0);
  await expect(page.locator('.figures dd').first()).toHaveText(/\$[\d.]+T/);
});

test('a coin that can\'t be had says so, and comes when asked again', async ({ page, expectConsole }) => {
  expectConsole(refused);
  await open(page, '/markets');
  await page.route('**/_fn/market/**', (route) => route.abort());
  await page.locator('tr[data-coin=bitcoin] a.coin').click();
  await expect(page.locator(failed)).toContainText('No connection');
  await expectAccessible(page);
  await keep(page, 'coin-failed');
  const again = page.locator(failed).getByRole('button', { name: 'Try again' });
  await again.click();
  // It failed once more, and can be tried once more.
  await expect(again).not.toHaveAttribute('aria-busy', 'true');
  await page.unroute('**/_fn/market/**');
  await again.click();
  await expect(page.locator('h1')).toContainText('Bitcoin');
});

test('a chart that fails leaves its page as it is', async ({ page, expectConsole }) => {
  expectConsole(refused);
  await open(page, '/coins/bitcoin');
  await page.route('**/_fn/market/history*', (route) => route.abort());
  await page.getByRole('link', { name: '1Y', exact: true }).click();
  await expect(page.locator('.coin-chart').locator(failed)).toBeVisible();
  await expect(page.locator('[data-coin=bitcoin] [data-field=price]').first()).toHaveText(/\$[\d,.]+/);
  await page.unroute('**/_fn/market/history*');
  await page.locator(failed).getByRole('button', { name: 'Try again' }).click();
  await expect(page.locator('[data-testid=coin-chart] canvas').first()).toBeVisible();
});

test('who asks too often gets a page that says how long to wait', async ({ page, expectConsole }) => {
  expectConsole(/Failed to load resource: .* 429/);
  const desk = await Desk.start({ PAGE_RATE_LIMIT_PER_MINUTE: '2' });
  try {
    await expect(async () => {
      const answer = await page.goto(`${desk.url}/coins/bitcoin?range=1y`);
      expect(answer?.status()).toBe(429);
    }).toPass();
    const error = page.locator('[data-testid=error-page]');
    await expect(error.locator('h1')).toHaveText('Too many requests');
    await expect(error).toContainText(/Try again in (a second|\d+ seconds)\./);
    await expect(error).toContainText(/Request [\w-]{8,}/);
    const button = error.getByRole('link', { name: 'Try again' });
    // Styled as every other page.
    await expect(button).toHaveCSS('border-radius', '4px');
    await expect(error).toHaveCSS('text-align', 'center');
    await expectAccessible(page);
    await keep(page, 'error-too-many-requests');
    const answer = page.waitForResponse(/\/coins\/bitcoin\?range=1y$/);
    await button.click();
    expect((await answer).status()).toBeGreaterThan(0);
    await expect(page).toHaveURL(/\/coins\/bitcoin\?range=1y$/);
  } finally {
    // Whatever the page still loads would be refused when its desk is gone.
    await page.goto('about:blank');
    await desk.stop();
  }
});
