import type { Locator, Page } from '@playwright/test';
import { join, test } from '../support/people';
import { expect, expectAccessible, open } from '../support/test';

/** The interactive chart of a page, once it is there. */
async function plot(page: Page): Promise<Locator> {
  const live = page.locator('.chart-live');
  await expect(live.locator('canvas').first()).toBeVisible();
  await live.scrollIntoViewIfNeeded();
  return live;
}

/** The pointer and the keys read it, and nothing moves for it. */
async function expectReadable(page: Page, says: RegExp): Promise<void> {
  const live = await plot(page);
  const legend = page.getByTestId('chart-legend');
  await expect(legend).toHaveText('');
  const before = await live.boundingBox();
  if (before === null) throw new Error('no plot');
  await page.mouse.move(before.x + before.width * 0.3, before.y + before.height / 2);
  await expect(legend).toHaveText(says);
  expect(await live.boundingBox()).toEqual(before);
  const there = await legend.textContent();
  await page.mouse.move(before.x + before.width * 0.6, before.y + before.height / 2);
  await expect(legend).not.toHaveText(there ?? '');
  await page.mouse.move(before.x - 20, before.y - 20);
  await expect(legend).toHaveText('');
  await live.focus();
  await page.keyboard.press('End');
  await expect(legend).toHaveText(says);
  const last = (await legend.textContent() ?? '').split(': ')[0] ?? '';
  await page.keyboard.press('ArrowLeft');
  await expect(legend).not.toHaveText(new RegExp(`^${last}`));
  await page.keyboard.press('ArrowRight');
  await expect(legend).toHaveText(new RegExp(`^${last}`));
  await page.keyboard.press('Home');
  await expect(legend).toHaveText(says);
  await expect(legend).not.toHaveText(new RegExp(`^${last}`));
  // Links that the head of the page half covers are too small to be hit, wherever it was scrolled to.
  await page.evaluate(() => { scrollTo(0, 0); });
  await expectAccessible(page);
  await page.keyboard.press('Tab');
  await expect(legend).toHaveText('');
}

test('the chart of a coin, of its pair and of a portfolio say what is under the pointer and the keys', async ({ page }) => {
  test.slow();
  await join(page, '/dashboard');
  // Of all days since then a price is known.
  const day = (ago: number): string => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
  const sent = await page.request.post('/api/portfolio/import', {
    data: `date,type,asset,quantity,total\n${day(200)},buy,BTC,2,50000\n${day(180)},buy,BTC,1,1000\n`,
    headers: { 'Content-Type': 'text/csv', 'Sec-Fetch-Site': 'same-origin' },
  });
  expect(sent.status()).toBe(200);
  await open(page, '/dashboard?period=all');
  await expectReadable(page, /^\w{3} \d+, \d{4}: \$[\d,.]+$/);
  await open(page, '/coins/bitcoin?range=7d');
  await expectReadable(page, /^\w{3} \d+, \d{4}, \d\d:\d\d UTC: \$[\d,.]+$/);
  await open(page, '/trade/BTC-USD?kind=candles');
  await expectReadable(page, /UTC: open \$[\d,.]+, high \$[\d,.]+, low \$[\d,.]+, close \$[\d,.]+$/);
});
