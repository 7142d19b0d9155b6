import { expect, expectAccessible, keep, open, test } from '../support/test';

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

test('everything is reached by keyboard, and the skip link comes first', async ({ page }) => {
  await open(page, '/markets');
  await page.keyboard.press('Tab');
  await expect(page.locator(':focus')).toHaveText(/skip/i);
  await page.keyboard.press('Enter');
  await expect(page.locator('main')).toBeFocused();
});

test('development shows what the API does; production does not', async ({ page }) => {
  await open(page, '/markets');
  await expect(page.locator('[data-testid=debug-api-status]')).toBeVisible();
});
