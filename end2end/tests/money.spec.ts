import { join, test } from '../support/people';
import { expect, expectAccessible, keep, open } from '../support/test';
import { bothWays } from '../support/ways';

bothWays(test, (go) => {
  test('paper money is deposited, is in the wallet, and stands among the transactions', async ({ page, expectConsole }) => {
    expectConsole(/status of 422/);
    await join(page, '/wallet', go);
    await expect(page.getByText('Nothing yet.')).toBeVisible();
    const form = page.getByTestId('deposit');
    await form.getByLabel('Amount').fill('a lot');
    await form.getByRole('button', { name: 'Deposit' }).click();
    await expect(form.getByText('Must be a decimal number')).toBeVisible();
    await form.getByLabel('Asset').selectOption('BTC');
    await form.getByLabel('Amount').fill('0.00000123');
    await form.getByRole('button', { name: 'Deposit' }).click();
    await expect(page.getByRole('status').filter({ hasText: '0.00000123 BTC are in your wallet' })).toBeVisible();
    await expect(page.getByTestId('balances').getByRole('row', { name: /BTC/ })).toContainText('0.00000123');
    await page.getByRole('link', { name: 'See all movements' }).click();
    await expect(page).toHaveURL('/transactions');
    await expect(page.getByTestId('transactions').getByRole('row')).toHaveCount(2);
    await page.getByLabel('Type').selectOption('Buys');
    await page.getByRole('button', { name: 'Show' }).click();
    await expect(page).toHaveURL(/type=buy/);
    await expect(page.getByText('Nothing fits.')).toBeVisible();
    await expect(page.getByLabel('Type')).toHaveValue('buy');
  });

  test('an address is added, waits for a day, and is deleted', async ({ page }) => {
    await join(page, '/wallet', go);
    const form = page.getByTestId('new-address');
    await form.getByLabel('Address').fill('bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4');
    await form.getByLabel('Label').fill('Cold');
    await form.getByRole('button', { name: 'Add address' }).click();
    const addresses = page.getByTestId('addresses').getByRole('listitem');
    await expect(addresses).toContainText('Usable from');
    await addresses.getByRole('button', { name: 'Disable' }).click();
    await expect(addresses).toContainText('Disabled');
    await addresses.getByRole('button', { name: 'Delete' }).click();
    await expect(addresses).toHaveCount(0);
  });
});

for (const width of [360, 1280]) {
  for (const colorScheme of ['dark', 'light'] as const) {
    test(`wallet and transactions are tidy and accessible, ${width} wide, ${colorScheme}`, async ({ page }) => {
      test.slow();
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme });
      await join(page, '/wallet');
      for (const [asset, amount, told] of [['USD', '12345.67', '12,345.67'], ['BTC', '0.12345678', '0.12345678']] as const) {
        const form = page.getByTestId('deposit');
        await form.getByLabel('Asset').selectOption(asset);
        await form.getByLabel('Amount').fill(amount);
        await form.getByRole('button', { name: 'Deposit' }).click();
        await expect(page.getByRole('status').filter({ hasText: `${told} ${asset}` })).toBeVisible();
      }
      for (const path of ['/wallet', '/transactions']) {
        await open(page, path);
        await expect(page.locator('h1')).toHaveCount(1);
        const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        expect(sideways, `horizontal scrolling at ${path}`).toBeLessThanOrEqual(0);
        await expectAccessible(page);
        await keep(page, `${path.slice(1)}-${width}-${colorScheme}`);
      }
    });
  }
}
