import type { Page } from '@playwright/test';
import { expect, expectAccessible, open, test } from '../support/test';

const ticker = '[data-testid=ticker]';
const track = `${ticker} .ticker-track`;

/** How far the strip has moved, in pixels. */
function moved(page: Page): Promise<number> {
  return page.locator(track).evaluate((strip) => 0 - new DOMMatrix(getComputedStyle(strip).transform).m41);
}

function playState(page: Page): Promise<string> {
  return page.locator(track).evaluate((strip) => getComputedStyle(strip).animationPlayState);
}

test('a coin in the moving ticker opens by a slow click', async ({ page }) => {
  await open(page, '/markets');
  await expect.poll(() => moved(page)).toBeGreaterThan(40);
  await page.mouse.move(640, 400);
  const box = await page.locator(ticker).boundingBox();
  if (!box) throw new Error('no ticker');
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  const under = await page.evaluate(([left, top]) =>
    document.elementFromPoint(left, top)?.closest('a')?.getAttribute('href'), [x, y] as const);
  expect(under).toMatch(/^\/coins\//);
  await page.mouse.click(x, y, { delay: 150 });
  await expect(page).toHaveURL(new RegExp(`${under}$`));
  await expect(page.locator('h1')).toBeVisible();
});

test('the ticker stands still under the pointer and moves on after it', async ({ page }) => {
  await open(page, '/markets');
  await expect.poll(() => moved(page)).toBeGreaterThan(5);
  await page.locator(ticker).hover();
  expect(await playState(page)).toBe('paused');
  const at = await moved(page);
  await page.mouse.move(640, 400);
  expect(await playState(page)).toBe('running');
  await expect.poll(() => moved(page)).toBeGreaterThan(at);
});

test('the keyboard finds the ticker at its beginning', async ({ page }) => {
  await open(page, '/markets');
  await expect.poll(() => moved(page)).toBeGreaterThan(5);
  const first = page.locator(`${ticker} a[data-coin]`).first();
  await page.keyboard.press('Tab');
  await expect(async () => {
    await page.keyboard.press('Tab');
    await expect(first).toBeFocused({ timeout: 50 });
  }).toPass();
  expect(await moved(page)).toBe(0);
  await expect(first).toBeInViewport();
});

test('the ticker does not move for those who prefer less motion', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await open(page, '/markets');
  expect(await page.locator(track).evaluate((strip) => strip.getAnimations().length)).toBe(0);
  expect(await moved(page)).toBe(0);
});

test('a ticker with old prices is marked for everybody and stays accessible', async ({ page }) => {
  await page.clock.install();
  await open(page, '/markets');
  await page.evaluate(() => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await page.clock.fastForward(301_000);
  const coin = page.locator(`${ticker} li`, { has: page.locator('a[data-coin=bitcoin]') });
  await expect(coin).toHaveClass(/stale/);
  await expect(coin).toContainText('No new price for more than 30 seconds');
  await expectAccessible(page);
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(sideways, 'horizontal scrolling').toBeLessThanOrEqual(0);
});
