import type { Page } from '@playwright/test';
import { join, test } from '../support/people';
import { expect, expectAccessible, keep, open } from '../support/test';

const strangers = [
  '/auth', '/auth/register', '/auth/forgot', '/auth/reset?token=x', '/auth/resend', '/auth/verify?token=x',
  '/auth/second-factor',
];
const members = ['', '/security', '/sessions', '/api-keys', '/wallets', '/appearance'].map((part) => `/settings${part}`);

/** The header is one row in which nothing lies over anything else or sticks out. */
async function expectTidyHeader(page: Page): Promise<void> {
  const faults = await page.evaluate(() => {
    const header = document.querySelector('.site-header') as HTMLElement;
    const parts = [...header.querySelectorAll('.brand, .main-nav a, .price-status > summary, .theme-switch, .user-link')];
    const boxes = parts
      .map((part) => ({ name: part.className || part.textContent || part.tagName, box: part.getBoundingClientRect() }))
      .filter(({ box }) => box.width > 0);
    const bar = header.getBoundingClientRect();
    const found = boxes
      .filter(({ box }) => box.top < bar.top || box.bottom > bar.bottom || box.left < bar.left || box.right > bar.right)
      .map(({ name }) => `${name} sticks out`);
    boxes.sort((one, other) => one.box.left - other.box.left);
    boxes.slice(1).forEach(({ name, box }, at) => {
      if (box.left < (boxes[at]?.box.right ?? 0)) found.push(`${name} lies over ${boxes[at]?.name}`);
    });
    return found;
  });
  expect(faults, 'header').toEqual([]);
}

async function expectWellMade(page: Page, path: string, name: string): Promise<void> {
  await open(page, path);
  await expect(page.locator('h1')).toHaveCount(1);
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(sideways, `horizontal scrolling at ${path}`).toBeLessThanOrEqual(0);
  await expectTidyHeader(page);
  await expectAccessible(page);
  await keep(page, `${path.slice(1).replace(/\W+/g, '-')}-${name}`);
}

for (const width of [360, 840, 1280]) {
  for (const colorScheme of ['dark', 'light'] as const) {
    test.describe(`${width} wide, ${colorScheme}`, () => {
      test.use({ viewport: { width, height: 800 }, colorScheme });

      test('the pages for signing in are tidy and accessible', async ({ page }) => {
        test.slow();
        for (const path of strangers) await expectWellMade(page, path, `${width}-${colorScheme}`);
      });

      test('the settings are tidy and accessible', async ({ page }) => {
        test.slow();
        await join(page, '/settings');
        await page.getByLabel('Name').fill('Maximiliane Hohenstein-Weatherby of Nether Wallop');
        await page.getByRole('button', { name: 'Save' }).click();
        await expect(page.getByTestId('user-menu')).toContainText('Maximiliane');
        for (const path of members) {
          await expectWellMade(page, path, `${width}-${colorScheme}`);
          // Where one is can be seen without scrolling.
          await expect(page.locator('.settings-nav [aria-current]')).toBeInViewport({ ratio: 1 });
        }
      });
    });
  }
}
