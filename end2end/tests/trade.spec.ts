import { join, test } from '../support/people';
import { expect, expectAccessible, keep, open } from '../support/test';
import { deposit } from '../support/trading';
import { bothWays } from '../support/ways';

for (const width of [360, 900, 1280, 1600]) {
  for (const colorScheme of ['dark', 'light'] as const) {
    test(`the page of a pair is tidy and accessible, ${width} wide, ${colorScheme}`, async ({ page }) => {
      test.slow();
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      await join(page, '/wallet');
      await deposit(page, { USD: '50000', BTC: '0.1' });
      await open(page, '/trade/BTC-USD');
      await keep(page, `trade-${width}-${colorScheme}`);
      await page.getByRole('button', { name: 'Limit', exact: true }).click();
      await page.getByLabel('Price (USD)').fill('100');
      await page.getByLabel('Quantity (BTC)').fill('0.1');
      await page.getByRole('button', { name: 'Review order' }).click();
      await expect(page.getByTestId('review')).toContainText('waits in the book');
      await keep(page, `trade-review-${width}-${colorScheme}`);
      await expectAccessible(page);
      await page.getByRole('button', { name: 'Place buy order' }).click();
      await expect(page.getByTestId('open-orders')).toContainText('Buy 0.1 BTC');
      const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(sideways, 'horizontal scrolling').toBeLessThanOrEqual(0);
      await expectAccessible(page);
      await keep(page, `trade-open-${width}-${colorScheme}`);
    });
  }
}

bothWays(test, (go) => {
  test('a market order is looked at, placed and filled', async ({ page }) => {
    await join(page, '/wallet', go);
    await deposit(page, { USD: '10000' });
    await go(page, '/trade/BTC-USD');
    await page.getByLabel('or for (USD)').fill('1000');
    await page.getByRole('button', { name: 'Review order' }).click();
    const review = page.getByTestId('review');
    await expect(review).toContainText('is filled at once');
    await expect(review).toContainText('0.2 %');
    await expect(page.getByTestId('available-USD')).toHaveText('10,000');
    await review.getByRole('button', { name: 'Place buy order' }).click();
    await expect(page.locator('.form-done')).toContainText('Bought');
    await expect(page.getByTestId('fills').getByRole('row')).toHaveCount(2);
    await expect(page.getByTestId('order-history')).toContainText('Filled');
    await expect(page.getByTestId('available-BTC')).not.toHaveText('0');
  });
});
