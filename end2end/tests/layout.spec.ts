import type { Page } from '@playwright/test';
import { Desk, production } from '../support/server';
import { expect, expectAccessible, keep, leave, open, test, unusedPreload } from '../support/test';

const pages = { markets: '/markets', coin: '/coins/bitcoin', 'not-found': '/no/such/page' };
const sizes = { phone: { width: 360, height: 740 }, desktop: { width: 1280, height: 800 } };

interface Shift { value: number; hadRecentInput: boolean; sources: { node: Node | null }[] }

for (const [name, path] of Object.entries(pages)) {
  for (const [size, viewport] of Object.entries(sizes)) {
    for (const colorScheme of ['dark', 'light'] as const) {
      test(`${name} on a ${size}, ${colorScheme}: accessible, nothing sideways, nothing jumps`, async ({ browser, desk, expectConsole, allowed }) => {
        if (name === 'not-found') expectConsole(/Failed to load resource: .* 404/);
        const context = await browser.newContext({ viewport, colorScheme, baseURL: desk.url });
        const said: string[] = [];
        context.on('console', (message) => said.push(message.text()));
        const page = await context.newPage();
        await page.addInitScript(() => {
          const shifts: string[] = [];
          Object.assign(window, { shifts });
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries() as unknown as Shift[]) {
              const moved = entry.sources.map((one) => one.node?.parentElement?.outerHTML.slice(0, 120)).join(' | ');
              if (!entry.hadRecentInput) shifts.push(`${entry.value.toFixed(4)} ${moved}`);
            }
          }).observe({ type: 'layout-shift', buffered: true });
        });
        await page.context().addCookies([{ name: 'theme', value: colorScheme, url: desk.url }]);
        await open(page, path);
        await expect(page.locator('html')).toHaveAttribute('data-theme', colorScheme);
        await expect(page.locator('h1')).toHaveCount(1);
        await expectAccessible(page);
        const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        expect(sideways, 'horizontal scrolling').toBeLessThanOrEqual(0);
        // Cumulative layout shift is reported in two decimals: below 0.005 it is 0.
        const shifts = await page.evaluate(() => (window as unknown as { shifts: string[] }).shifts);
        const sum = shifts.reduce((total, shift) => total + Number.parseFloat(shift), 0);
        expect(sum, `layout shifts: ${shifts.join('\n')}`).toBeLessThan(0.005);
        await keep(page, `${name}-${size}-${colorScheme}`);
        await context.close();
        expect(said.filter((line) => !allowed.some((pattern) => pattern.test(`error: ${line}`)))).toEqual([]);
      });
    }
  }
}

test('the theme switch changes the theme at once and is remembered', async ({ page }) => {
  await open(page, '/markets');
  const before = await page.locator('html').getAttribute('data-theme');
  await page.locator('[data-testid=theme-switch]').first().click();
  await expect(page.locator('html')).not.toHaveAttribute('data-theme', before ?? '');
  const after = await page.locator('html').getAttribute('data-theme');
  await page.reload();
  await expect(page.locator('html')).toHaveAttribute('data-theme', after ?? '');
});

test('an unknown page is a 404 that leads back', async ({ page, expectConsole }) => {
  expectConsole(/404/);
  const answer = await page.goto('/no/such/page');
  expect(answer?.status()).toBe(404);
  await expect(page.locator('[data-testid=not-found]')).toBeVisible();
  const coin = await page.goto('/coins/no-such-coin');
  expect(coin?.status()).toBe(404);
  await page.getByRole('link', { name: /markets/i }).first().click();
  await expect(page.locator('[data-testid=markets-table]')).toBeVisible();
});

for (const path of ['/markets', '/coins/bitcoin', '/no/such/page']) {
  test(`${path} fits a page 320 wide, as a screen of 1280 has at 400 %`, async ({ page, expectConsole }) => {
    expectConsole(/status of 404/);
    await page.setViewportSize({ width: 320, height: 640 });
    await open(page, path);
    const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(sideways, 'horizontal scrolling').toBeLessThanOrEqual(0);
    await keep(page, `narrow${path.replaceAll('/', '-')}`);
  });
}

test('what gets the focus is not hidden under a bar, and its ring is not cut off', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await open(page, '/markets');
  const links = page.locator('[data-testid=markets-table] a.coin');
  const bar = await page.locator('.bottom-nav').boundingBox();
  const head = await page.locator('[data-testid=markets-table] thead').boundingBox();
  for (let row = 0; row < 20; row += 1) {
    const link = links.nth(row);
    await link.focus();
    const box = await link.boundingBox();
    expect((box?.y ?? 0) + (box?.height ?? 0), `row ${row}`).toBeLessThanOrEqual(bar?.y ?? 0);
  }
  for (let row = 19; row >= 10; row -= 1) {
    const link = links.nth(row);
    await link.focus();
    const box = await link.boundingBox();
    expect(box?.y ?? 0, `row ${row}`).toBeGreaterThanOrEqual(52 + (head?.height ?? 0) - 1);
  }
  await page.keyboard.press('Tab');
  await expect(page.locator('.data-table :focus')).toHaveCSS('outline-offset', '-2px');
  await expect(page.locator('.data-table :focus')).toHaveCSS('outline-style', 'solid');
});

const places: Record<string, { path: string; open?: (page: Page) => Promise<void> }> = {
  'an unknown coin': { path: '/coins/no-such-coin' },
  'nothing found': { path: '/markets?search=no-such-coin' },
  'no favourites': { path: '/markets?filter=favourites' },
  'the table of a chart': {
    path: '/coins/bitcoin?kind=candles',
    open: (page) => page.locator('[data-testid=chart-table] summary').click(),
  },
  'the details of the price status': {
    path: '/markets',
    open: (page) => page.locator('[data-testid=price-status] summary').click(),
  },
};
for (const [name, place] of Object.entries(places)) {
  test(`${name}: accessible`, async ({ page, expectConsole }) => {
    expectConsole(/status of 404/);
    await open(page, place.path);
    await place.open?.(page);
    await expectAccessible(page);
    await keep(page, name.replaceAll(' ', '-'));
  });
}

/** Presses Tab until the element with the focus is one of those. */
async function tabTo(page: Page, selector: string, most = 120): Promise<void> {
  for (let press = 0; press < most; press += 1) {
    await page.keyboard.press('Tab');
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
  }
  throw new Error(`${selector} was not reached within ${most} presses of Tab`);
}

test('the list is used by keyboard alone, and the skip link comes first', async ({ page }) => {
  test.slow();
  await open(page, '/markets');
  await page.keyboard.press('Tab');
  await expect(page.locator(':focus')).toHaveText(/skip/i);

  await tabTo(page, '[data-testid=price-status] summary');
  await page.keyboard.press('Enter');
  const details = page.locator('.price-status-details');
  await expect(details).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(details).toBeHidden();
  await expect(page.locator('[data-testid=price-status] summary')).toBeFocused();

  await tabTo(page, 'input[name=search]');
  await page.keyboard.type('eth');
  await expect(page.locator('tr[data-coin=bitcoin]')).toHaveCount(0);
  await expect(page.locator('input[name=search]')).toBeFocused();
  await page.keyboard.press('Control+A');
  await page.keyboard.press('Delete');
  await expect(page.locator('tr[data-coin=bitcoin]')).toBeVisible();

  await tabTo(page, 'thead .col-price a');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/sort=price&order=desc/);
  await expect(page.locator('thead .col-price a')).toBeFocused();

  await tabTo(page, 'button[data-testid=watch]');
  const star = page.locator('button[data-testid=watch]:focus');
  await page.keyboard.press('Space');
  await expect(star).toHaveAttribute('aria-pressed', 'true');
  await page.keyboard.press('Space');
  await expect(star).toHaveAttribute('aria-pressed', 'false');

  await tabTo(page, 'a.coin');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/coins\//);
  await expect(page.locator('main')).toBeFocused();
});

test('a chart is used by keyboard alone', async ({ page }) => {
  await open(page, '/coins/bitcoin');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(page.locator('main')).toBeFocused();
  await tabTo(page, '.coin-chart .tabs a[href*="range=1y"]');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/range=1y/);
  await tabTo(page, '.coin-chart .tabs a[href*="kind=candles"]');
  await page.keyboard.press('Enter');
  await expect(page.locator('[data-testid=coin-chart][data-kind=candles]')).toBeVisible();
  await tabTo(page, '[data-testid=chart-table] summary');
  await page.keyboard.press('Enter');
  await expect(page.locator('[data-testid=chart-table] table')).toBeVisible();
});

test('development shows what the API does; production does not', async ({ page }) => {
  const debug = page.locator('[data-testid=debug-api-status]');
  await open(page, '/markets');
  await expect(debug).toBeVisible();
  const facing = await Desk.start(await production());
  try {
    await open(page, `${facing.url}/markets`);
    await expect(page.locator('[data-testid=markets-table] tr[data-coin=bitcoin]')).toBeVisible();
    await expect(debug).toHaveCount(0);
  } finally {
    await leave(page.context());
    await facing.stop();
  }
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false, colorScheme: 'dark' });

  test('the theme switch changes the theme and stays on the page', async ({ page, expectConsole }) => {
    expectConsole(unusedPreload);
    await page.goto('/markets?sort=name');
    await page.getByRole('button', { name: 'Switch to the light theme' }).click();
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'light');
    await expect(page).toHaveURL(/\/markets\?sort=name$/);
    await page.getByRole('button', { name: 'Switch to the dark theme' }).click();
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  });

  test('a ticker in the address leads to the coin and keeps the chart that was chosen', async ({ page, expectConsole }) => {
    expectConsole(unusedPreload);
    await page.goto('/coins/BTC?range=1y&kind=candles');
    await expect(page).toHaveURL(/\/coins\/bitcoin\?range=1y&kind=candles$/);
    await expect(page.locator('[data-testid=coin-chart]')).toHaveAttribute('data-kind', 'candles');
  });
});
